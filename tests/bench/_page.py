"""Saved runs of benchmarks, and the page that quotes them: docs/benchmarks.md."""

import ast
import contextlib
import importlib
import io
import os
import platform
import subprocess
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import msgspec
import zmq

from revo_edge import __version__
from tests.bench._rows import Row, Table, load_1m, print_table, verdict
from tests.harness import REPOSITORY

SAVED = REPOSITORY / "docs" / "benchmarks"
ORDER = (
    "ipc",
    "pool",
    "journal",
    "analyze",
    "test",
    "recall",
    "recall_vectors",
    "recall_speed",
    "recall_ingest",
    "outlook",
    "start",
    "desktop",
)
_HEAD = """\
# Benchmarks

Written by `python -m tests.bench --markdown > docs/benchmarks.md` from the runs in `docs/benchmarks`.

Every figure of this page was printed by a command of this page. Nearly all are ratios: what is
measured stands beside a named peer that ran in the same minute on the same machine, because a
time alone says more of the machine than of the program. The peer is a bare piece of C or Python
that does no more than the task itself (the floor), or the program that people use for it today.

- **measured** and **peer** are in the unit of the row, **ratio** is measured by peer;
- **budget** is what we hold ourselves to; a row that misses it says so, and stays here;
- what to keep in mind about a row stands below its table.

Run one: it takes a few minutes, wants a machine that does nothing else, and says how busy the
machine was. `packaging/test.sh` has installed what it needs:

```
.venv/bin/python -m tests.bench ipc                  # print it
.venv/bin/python -m tests.bench --save ipc           # print it, and keep it for this page
.venv/bin/python -m tests.bench --markdown > docs/benchmarks.md
```
"""


class Run(msgspec.Struct, frozen=True, omit_defaults=True):
    """One run: `at` in UTC; a benchmark that prints no rows is kept as the text that it printed."""

    name: str
    at: str
    commit: str
    version: str
    machine: str
    load_1m: tuple[float, float]
    code: int
    rows: tuple[Row, ...] = ()
    text: str = ""
    arguments: tuple[str, ...] = ()


def measure(name: str, arguments: Sequence[str], at: str) -> Run:
    """Run a benchmark, print it, and return what it printed."""
    module = importlib.import_module(f"tests.bench.{name}")
    as_rows = '"--json"' in Path(module.__file__ or "").read_text(encoding="utf-8")
    before, printed = load_1m(), io.StringIO()
    with contextlib.redirect_stdout(printed):
        code: int = module.main([*arguments, *(["--json"] if as_rows else [])])
    text = printed.getvalue()
    facts = (name, at, commit(), __version__, machine())
    if not as_rows:
        print(text, end="")
        return Run(*facts, (before, load_1m()), code, text=text, arguments=tuple(arguments))
    table = msgspec.json.decode(text, type=Table)
    print_table(table)
    return Run(*facts, table.load_1m, code, rows=table.rows, arguments=tuple(arguments))


def save(run: Run, folder: Path = SAVED) -> Path:
    """Write the run where the page looks for it; the run before is replaced."""
    folder.mkdir(exist_ok=True)
    file = folder / f"{run.name}.json"
    file.write_bytes(msgspec.json.format(msgspec.json.encode(run)) + b"\n")
    return file


def page(folder: Path = SAVED) -> str:
    """Return the whole page; a benchmark without a saved run says how to make one."""
    parts = [_HEAD]
    for name in ORDER:
        file = folder / f"{name}.json"
        run = msgspec.json.decode(file.read_bytes(), type=Run) if file.exists() else None
        parts.append("\n".join(_section(name, run)))
    return "\n".join(parts)


def date_of(at: float) -> str:
    """Return the day and minute in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def commit() -> str:
    """Return the commit that is measured, with a + when files were changed since."""

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", *words], cwd=REPOSITORY, capture_output=True, text=True, check=True
        ).stdout.strip()

    try:
        return git("rev-parse", "--short=12", "HEAD") + ("+" if git("status", "--short") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def machine() -> str:
    """Return processor, memory, system and versions in words."""
    cpu = next(_values("/proc/cpuinfo", "model name"), platform.machine())
    memory_kb = next(_values("/proc/meminfo", "MemTotal"), "0 kB").split()[0]
    libraries = ", ".join(_versions())
    return (
        f"{os.cpu_count()} cores of {cpu}, {int(memory_kb) / 1e6:.0f} GB, "
        f"Linux {platform.release()}, Python {platform.python_version()}, {libraries}"
    )


def _versions() -> Iterator[str]:
    for package in ("pyzmq", "msgspec", "PySide6-Essentials"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            yield f"{package} {metadata.version(package)}"
    yield f"libzmq {zmq.zmq_version()}"


def _values(file: str, key: str) -> Iterator[str]:
    for line in Path(file).read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == key:
            yield value.strip()


def _section(name: str, run: Run | None) -> Iterator[str]:
    source = (Path(__file__).parent / f"{name}.py").read_text(encoding="utf-8")
    yield f"## {name}\n"
    yield f"{ast.get_docstring(ast.parse(source))}\n"
    if run is None:
        yield f"Not measured yet: `python -m tests.bench --save {name}`.\n"
        return
    before, after = run.load_1m
    command = " ".join(("python -m tests.bench", name, *run.arguments))
    yield (
        f"`{command}` on {run.at}, version {run.version}, commit {run.commit}. "
        f"{run.machine}; load before {before:.2f}, after {after:.2f}.\n"
    )
    if run.text:
        yield f"```\n{run.text.rstrip()}\n```\n"
    else:
        yield from _table(run.rows)


def _table(rows: Sequence[Row]) -> Iterator[str]:
    yield "| what | measured | peer | ratio | budget | |\n|---|---:|---:|---:|---|---|"
    for row in rows:
        peer = f"{row.peer:,.2f} {row.unit}" if row.peer is not None else "-"
        ratio = f"{row.ratio:.2f}x" if row.ratio is not None else "-"
        cells = (
            row.what,
            f"{row.measured:,.2f} {row.unit}".rstrip(),
            peer,
            ratio,
            row.budget,
            verdict(row),
        )
        yield f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
    yield ""
    for row in rows:
        peer = f"peer: {row.peer_name}. " if row.peer_name else ""
        if peer or row.caveat:
            yield f"- {row.what}: {peer}{row.caveat}".rstrip()
    yield ""
