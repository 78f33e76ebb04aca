"""The checks of `revo doctor`. Each looks at the real thing and changes nothing."""

import fcntl
import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import zmq

from revo_edge._version import __version__
from revo_edge.cli.check_daemon import (
    MEASURED,
    check_measured,
    check_sockets,
    check_versions,
)
from revo_edge.cli.check_files import check_files
from revo_edge.cli.check_machine import check_machine
from revo_edge.cli.engine import restart_hints
from revo_edge.cli.gui import desktop_command, install_line, is_installed
from revo_edge.cli.verdict import Check, guarded, unchecked, warned
from revo_edge.client.client import Client
from revo_edge.client.launch import read_endpoint
from revo_edge.client.units import duration, size
from revo_edge.contract.endpoint import Endpoint
from revo_edge.errors import DeadlineExceeded, RevoError
from revo_edge.paths import SOCKET_PATH_LIMIT_BYTES, Paths
from revo_edge.settings import load_settings

DISK_LEAST_BYTES = 500 * 1000 * 1000
ANSWER_LIMIT_S = 5.0
OLDEST_PYTHON = (3, 11)


def run_checks(paths: Paths) -> Iterator[Check]:
    """Yield all checks, those of a part that is missing as wrong."""
    yield _interpreter()
    yield _libraries()
    yield _settings(paths)
    yield from guarded("home", lambda: _folder("home", paths.home))
    yield from guarded("sockets", lambda: _folder("sockets", paths.sockets))
    yield _socket_path(paths)
    yield from guarded("disk", lambda: _disk(paths))
    yield from guarded("lock", lambda: _lock(paths))
    yield from check_files(paths)
    yield from check_machine()
    yield _desktop()
    yield from _daemon(paths)


def _interpreter() -> Check:
    found = ".".join(map(str, sys.version_info[:3]))
    return Check(
        "interpreter",
        sys.version_info >= OLDEST_PYTHON,
        f"Python {found}, {sys.executable}",
        "Install Python 3.11 or newer and run packaging/start.sh again.",
    )


def _libraries() -> Check:
    return Check(
        "libraries",
        zmq.has("ipc"),
        f"revo {__version__}, pyzmq {zmq.__version__}, libzmq {zmq.zmq_version()}",
        "This libzmq has no ipc transport: pip install --force-reinstall pyzmq",
    )


def _settings(paths: Paths) -> Check:
    file = paths.settings_file
    try:
        load_settings(file)
    except RevoError as error:
        return Check("settings", ok=False, detail=error.msg, mend=f"Edit {file}")
    return Check("settings", ok=True, detail=str(file) if file.exists() else "all defaults")


def _folder(name: str, path: Path) -> Check:
    """A folder that is not there is made when the daemon starts; so its parent must allow it."""
    if not path.exists():
        parent = next(folder for folder in path.parents if folder.exists())
        return Check(
            name,
            os.access(parent, os.W_OK | os.X_OK),
            f"{path} is not there yet",
            f"You cannot create it in {parent}. Set REVO_HOME to a folder of your own.",
        )
    info = path.stat()
    mode = stat.S_IMODE(info.st_mode)
    if info.st_uid != os.getuid():
        return Check(
            name,
            ok=False,
            detail=f"{path} belongs to uid {info.st_uid}, not to you ({os.getuid()})",
            mend="Set REVO_HOME and XDG_RUNTIME_DIR to folders of your own.",
        )
    good = stat.S_ISDIR(info.st_mode) and mode == 0o700 and os.access(path, os.W_OK)
    return Check(name, good, f"{path}, mode {mode:04o}", f"chmod 0700 {path}")


def _socket_path(paths: Paths) -> Check:
    longest = len(os.fsencode(paths.sockets)) + 2
    return Check(
        "socket path",
        longest <= SOCKET_PATH_LIMIT_BYTES,
        f"{longest} bytes of {SOCKET_PATH_LIMIT_BYTES}",
        "Set XDG_RUNTIME_DIR to a shorter path.",
    )


def _disk(paths: Paths) -> Check:
    there = next(folder for folder in (paths.home, *paths.home.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    return Check(
        "disk",
        free >= DISK_LEAST_BYTES,
        f"{size(free)} free for {paths.home}",
        f"Free at least {size(DISK_LEAST_BYTES)}: `du -sh {paths.home}/*` shows what is kept.",
    )


def _lock(paths: Paths) -> Check:
    """The lock must be held by exactly the process that wrote endpoint.json."""
    endpoint = read_endpoint(paths)
    owner = _lock_owner(paths.lock)
    if endpoint is None:
        if owner is None:
            return Check("lock", ok=True, detail="free")
        return Check(
            "lock",
            ok=False,
            detail=f"{paths.lock} is held (its text says pid {owner or 'unknown'}), "
            "but no daemon says where it listens",
            mend=f"It may be starting or hung. If this stays: `fuser -v {paths.lock}` names it, "
            "end that process, then `revo up`.",
        )
    if owner != str(endpoint.pid):
        held = f"pid {owner or 'unknown'} holds it" if owner is not None else "the file was removed"
        return Check(
            "lock",
            ok=False,
            detail=f"pid {endpoint.pid} serves without holding {paths.lock}: {held}",
            mend="revo restart",
        )
    # read_endpoint has compared the start time: this pid was not given to another program
    return Check(
        "lock", ok=True, detail=f"held by pid {owner}, alive since tick {endpoint.start_ticks}"
    )


def _lock_owner(path: Path) -> str | None:
    """Return what the holder of the lock wrote into it; None when nobody holds it."""
    try:
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return file.read(32).decode(errors="replace").strip()
    except FileNotFoundError:
        pass
    return None


def _desktop() -> Check:
    """The desktop is an extra, so it may be missing; if it is there, it says itself what it needs."""
    if not is_installed():
        return Check("desktop", ok=True, detail=f"not installed; {install_line()} adds it")
    asked = subprocess.run(  # noqa: S603 - our own program with fixed arguments
        desktop_command("--check"), capture_output=True, text=True, check=False
    )
    found, _, mend = (asked.stdout or asked.stderr).strip().partition("\n")
    return Check("desktop", asked.returncode == 0, found, mend)


def _daemon(paths: Paths) -> Iterator[Check]:
    endpoint = read_endpoint(paths)
    if endpoint is None:
        yield Check("daemon", ok=False, detail="not running", mend="revo up")
        yield from _unasked("the daemon is not running", "socket files", "control")
        return
    yield from guarded("socket files", lambda: check_sockets(paths, endpoint))
    with Client(paths, deadline_s=ANSWER_LIMIT_S) as client:
        yield from _answers(client, paths, endpoint)


def _unasked(why: str, *first: str) -> Iterator[Check]:
    """Name the checks that nobody answers, so that none seems to have passed."""
    for name in (*first, "versions", "stream", *MEASURED, "health"):
        yield unchecked(name, why)


def _answers(client: Client, paths: Paths, endpoint: Endpoint) -> Iterator[Check]:
    logs = "`revo daemon logs` says why; `revo restart` starts it anew."
    try:
        began = time.monotonic()
        hello = client.hello()
        took = duration(time.monotonic() - began)
    except RevoError as error:
        hung = isinstance(error, DeadlineExceeded)
        mend = f"kill -KILL {endpoint.pid}; revo up   (its tasks go on)" if hung else logs
        yield Check("control", ok=False, detail=error.msg, mend=mend)
        yield from _unasked("the daemon did not answer")
        return
    yield Check("control", ok=True, detail=f"pid {hello.pid} answered in {took}")
    yield check_versions(hello)
    try:
        began = time.monotonic()
        with client.subscribe(("sys.heartbeat.",)) as stream:
            next(stream)
        took = duration(time.monotonic() - began)
        yield Check("stream", ok=True, detail=f"heartbeat after {took}")
    except RevoError as error:
        yield Check("stream", ok=False, detail=error.msg, mend=logs)
    yield _engines(client)
    yield _templates(client)
    yield from check_measured(client, paths)
    health = client.health()
    problems = " ".join(health.problems) or "no problems"
    yield Check("health", health.status == "ok", problems, "Do what it says, or: revo daemon logs")


def _engines(client: Client) -> Check:
    found = client.engines().engines
    wrong = [engine.detail for engine in found if engine.status == "error"]
    hints = restart_hints(found)
    if hints and not wrong:
        return warned("engines", False, "; ".join(hints), "revo restart")
    there = sum(engine.status in ("online", "busy") for engine in found)
    detail = " ".join(wrong) or f"{there} that can be used"
    return Check("engines", not wrong, detail, "Mend the file that is named, then: revo restart")


def _templates(client: Client) -> Check:
    found = client.template_list()
    wrong = " ".join(broken.text for broken in found.broken)
    detail = wrong or f"{len(found.templates)} to run"
    return Check("templates", not wrong, detail, "Mend the file; `revo template check FILE` looks.")
