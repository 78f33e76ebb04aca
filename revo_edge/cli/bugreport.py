"""`revo bugreport`: one archive that helps to find a fault, without what is private."""

import getpass
import io
import json
import os
import platform
import sqlite3
import sys
import tarfile
import time
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import closing
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from revo_edge._version import __version__
from revo_edge.cli.options import confirm, json_option, yes_option
from revo_edge.cli.output import plain, say, show_json, show_table
from revo_edge.cli.redact import GONE, SET, Redactor, harmless, is_secret
from revo_edge.client.units import size
from revo_edge.errors import Conflict, RevoError, SettingsError
from revo_edge.paths import Paths, find_paths
from revo_edge.settings import load_settings, setting_names

if TYPE_CHECKING:
    from revo_edge.cli.verdict import Check

LOG_LINES = 500
LOG_TAIL_BYTES = 1_000_000
FOLDER = "revo-bugreport"
_PACKAGES = ("pyzmq", "msgspec", "click", "rich", "psutil", "pyside6-essentials", "pyqtgraph")
_TABLES = ("task", "asked", "children", "reply", "audit", "tombstone", "worker_group")
_LEAST_SECRET_CHARS = 6
_FOLDERS = ("PWD", "OLDPWD")
"""Variables of every shell that are named like a password."""


@click.command(epilog="Example: revo bugreport --show | less")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
@click.option("--lines", type=click.IntRange(0, 100_000), default=LOG_LINES, help="Lines of logs.")
@click.option("--show", is_flag=True, help="Print all that would be in it, and write nothing.")
@yes_option
@json_option
def bugreport(*, out: Path | None, lines: int, show: bool, yes: bool, as_json: bool) -> None:
    """Write an archive for a bug report: checks, versions, settings, logs, counts, metrics.

    Holds no params, results or logs of tasks. Secrets, your name and your paths are taken out.
    Says what it holds and asks before it writes. Sends nothing. Works without a daemon.
    """
    target = out or Path(time.strftime(f"{FOLDER}-%Y%m%d-%H%M%S.tar.gz"))
    if not show and target.exists():
        raise Conflict(f"{target} is there already. Name another file by --out.")
    files = collect(find_paths(), lines)
    if show:
        _print(files, as_json=as_json)
        return
    if not as_json:
        show_table(("file", ">size"), [(name, size(len(data))) for name, data in files.items()])
        say("`revo bugreport --show` prints all of it.")
    confirm(f"Write {target}?", yes=yes)
    _write(target, files)
    if as_json:
        sizes = [{"name": name, "bytes": len(data)} for name, data in files.items()]
        show_json({"file": str(target.absolute()), "files": sizes})
    else:
        say(f"Written: {target}, {size(target.stat().st_size)}. Nothing was sent anywhere.")


def collect(paths: Paths, lines: int = LOG_LINES) -> dict[str, bytes]:
    """Return the files of the report by name, redacted; starts and changes nothing."""
    from revo_edge.cli.checks import run_checks  # noqa: PLC0415 - zmq only when needed

    redactor = make_redactor(paths, os.environ)
    checks = list(run_checks(paths))
    documents: dict[str, object] = {
        "doctor.json": {"schema": 1, "ok": all(c.ok for c in checks), "checks": checks},
        "versions.json": _versions(),
        "settings.json": _settings(paths, os.environ),
        "journal.json": _journal(paths),
        "metrics.json": _metrics(paths, checks),
    }
    found = {name: _json(redactor, document) for name, document in documents.items()}
    for log in (paths.daemon_log, paths.logs / "daemon.start.log"):
        found[log.name] = redactor.text(_tail(log, lines)).encode(errors="replace")
    return found


def make_redactor(paths: Paths, env: Mapping[str, str]) -> Redactor:
    """Return what takes out everything that is known here to be private."""
    folders = {
        str(paths.home): "$REVO_HOME",
        str(paths.config): "$REVO_CONFIG",
        str(paths.sockets): "$REVO_SOCKETS",
        str(Path.home()): "~",
        os.path.realpath("."): "$PWD",
    }
    for variable in ("REVO_HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        if env.get(variable, "").startswith("/"):
            folders.setdefault(env[variable], f"${variable}")
    names = {_user(): "[user]", platform.node(): "[host]"}
    return Redactor(folders, names, _secrets(paths, env))


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def _secrets(paths: Paths, env: Mapping[str, str]) -> Iterator[str]:
    """Yield values that may be secret: they may also stand where no name tells it.

    Those with a secret's name, and what our own settings hold where a number would be expected.
    """
    for name, value in env.items():
        ours = name.startswith("REVO_") and name != "REVO_HOME" and harmless(value) == SET
        if (ours or is_secret(name)) and name not in _FOLDERS and len(value) >= _LEAST_SECRET_CHARS:
            yield value
    for name, value in _written(paths):
        if isinstance(value, str) and (is_secret(name) or harmless(value) == SET):
            yield value


def _written(paths: Paths) -> Iterator[tuple[str, Any]]:
    """Yield the dotted names and values of settings.toml, whatever stands in it."""
    try:
        tables = tomllib.loads(paths.settings_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    for section, table in tables.items():
        if isinstance(table, dict):
            yield from ((f"{section}.{key}", value) for key, value in table.items())
        else:
            yield section, table


def _versions() -> dict[str, object]:
    return {
        "revo": __version__,
        "python": sys.version,
        "frozen": bool(getattr(sys, "frozen", False)),
        "sqlite": sqlite3.sqlite_version,
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "packages": {name: _version(name) for name in _PACKAGES},
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _settings(paths: Paths, env: Mapping[str, str]) -> dict[str, object]:
    """Names are told, values only where they cannot be private: numbers, switches, levels."""
    known = setting_names()
    try:
        load_settings(paths.settings_file, env)
        problem = None
    except SettingsError as error:
        problem = error.msg
    variables = {name: value for name, value in env.items() if name.startswith("REVO_")}
    return {
        "problem": problem,
        "file": {
            name if name in known else "[unknown setting]": _shown(name, value)
            for name, value in _written(paths)
        },
        "environment": {name: _shown(name, value) for name, value in variables.items()},
    }


def _shown(name: str, value: object) -> object:
    return GONE if is_secret(name) else harmless(value)


def _journal(paths: Paths) -> dict[str, object]:
    """Counts only: no ids, titles, params or results."""
    from revo_edge.cli.check_files import open_journal  # noqa: PLC0415 - as above

    if not paths.journal.exists():
        return {"there": False}
    try:
        with closing(open_journal(paths)) as db:
            groups = db.execute("SELECT kind, state, count(*) FROM task GROUP BY 1, 2").fetchall()
            return {
                "there": True,
                "bytes": paths.journal.stat().st_size,
                "schema": db.execute("PRAGMA user_version").fetchone()[0],
                "tasks": [{"kind": k, "state": s, "count": n} for k, s, n in groups],
                "rows": {name: _rows(db, name) for name in _TABLES},
            }
    except (sqlite3.Error, RevoError) as error:
        return {"there": True, "problem": str(error)}


def _rows(db: sqlite3.Connection, table: str) -> int:
    return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - a name of ours


def _metrics(paths: Paths, checks: list["Check"]) -> dict[str, object]:
    import msgspec  # noqa: PLC0415 - as above

    from revo_edge.client.client import Client  # noqa: PLC0415

    answered = any(check.name == "control" and check.detail.startswith("pid") for check in checks)
    if not answered:
        return {"problem": "the daemon does not answer"}
    try:
        with Client(paths) as client:
            history = client.metrics()
            return {
                "health": client.health(),
                "workers": len(client.workers().workers),
                "engines": {
                    # an error's text may quote what a task worked on
                    name: msgspec.structs.replace(
                        some[-1], last_error=SET * bool(some[-1].last_error)
                    )
                    for name, some in history.engines.items()
                    if some
                },
                "host": history.host[-1:],
                "self": history.self_[-1:],
            }
    except RevoError as error:
        return {"problem": error.msg}


def _tail(path: Path, lines: int) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - LOG_TAIL_BYTES))
            text = file.read().decode(errors="replace")
    except OSError as error:
        return f"{error.strerror}\n"
    kept = text.splitlines()[-lines:] if lines else []
    return "".join(f"{line}\n" for line in kept)


def _json(redactor: Redactor, document: object) -> bytes:
    return json.dumps(redactor.value(plain(document)), indent=1).encode() + b"\n"


def _print(files: Mapping[str, bytes], *, as_json: bool) -> None:
    if as_json:
        show_json({"files": {name: data.decode() for name, data in files.items()}})
        return
    for name, data in files.items():
        click.echo(f"==> {name} ({size(len(data))})\n{data.decode()}")


def _write(target: Path, files: Mapping[str, bytes]) -> None:
    """Write the archive for the user alone; the members carry no owner."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(f"{FOLDER}/{name}")
            member.size, member.mtime = len(data), int(time.time_ns() // 1_000_000_000)
            archive.addfile(member, io.BytesIO(data))
    try:
        fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SettingsError(
            f"Cannot write {target}: {error.strerror}. Name another file by --out."
        ) from None
    with os.fdopen(fd, "wb") as file:
        file.write(packed.getvalue())
