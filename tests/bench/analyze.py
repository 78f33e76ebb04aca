"""Bench row "analyze": our metrics of the whole standard library, against mccabe, radon, lizard.

What is compared: one pass of each tool over every .py file of the running interpreter's standard
library without site-packages, sources in the page cache.

- ours: `measure_files`, one process: lines, complexity, nesting, length, parameters, docstrings,
  annotations, marked comments, fingerprints for the search of duplicates.
- radon: its API `radon.complexity.cc_visit` in this process (what `radon cc` calls for each file),
  without the start of a process or the printing.
- lizard: the command `lizard -t 2 -l python`, its output thrown away.
- through the daemon: the task `parallel.analyze` on a copy of the same files, from submission to
  the last byte of the three reports, with the search for duplicates; every part of the result is
  committed to the journal. Nothing kept from an earlier round is used, but in the row "again".
  The peers do not lint, so ruff runs in a row of its own.
- ideal2: two bare forks that split our work by size and send the encoded result through a pipe.

Caveats: the best of a few rounds of ours, radon and ideal2 (all are short), one of lizard; radon
counts more kinds of decisions, lizard reads tokens instead of parsing.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import tokenize
import warnings
from collections.abc import Callable
from pathlib import Path

import mccabe  # type: ignore[import-untyped]  # it has no stubs
import msgspec
from radon.complexity import cc_visit  # type: ignore[import-untyped]  # it has no stubs

from revo_edge.client.client import Client
from revo_edge.contract.tasks import TaskSpec, TaskState
from revo_edge.engines.files.tree import split_by_size, walk
from revo_edge.engines.parallel.measure import FileReport, Measured, measure_files
from tests.private import private_daemon

ROUNDS = 3
_STATEMENT_GRAPH = re.compile(r"(If|Loop|TryExcept) \d+")  # mccabe's name for no function


def main(argv: list[str]) -> int:
    """Print the row; a folder may be named instead of the standard library. 1 = a check failed."""
    root = argv[0] if argv else sysconfig.get_path("stdlib")
    tree = walk(root, [f"{root}/site-packages"])
    files = [(path, size) for path, size in tree.files if path.endswith(".py")]
    measured = measure_files(root, [path for path, _ in files])
    accounted = len(measured.files) + sum(
        skip.path.endswith(".py") for skip in [*measured.skipped, *tree.skipped]
    )
    on_disk = _count_python(root)
    compared, different = _compare(root, measured.files)
    print(f"the standard library of Python {sys.version.split()[0]}, {os.cpu_count()} cores")
    print(f".py files on disk            {on_disk:8,}")
    print(f"  measured                   {len(measured.files):8,}")
    print(f"  measured or skipped        {accounted:8,}")
    print(f"functions compared to mccabe {compared:8,}")
    print(f"  different complexity       {different:8,}")
    _print_times(root, files)
    return int(on_disk != accounted or different > 0)


def _print_times(root: str, files: list[tuple[str, int]]) -> None:
    paths = [path for path, _ in files]
    ours_s = _best(lambda: measure_files(root, paths))
    ideal2_s = _best(lambda: _measure_in_two_forks(root, files))
    radon_s = _best(lambda: _run_radon(root, paths))
    lizard_s = _time(lambda: _run_lizard(root))
    print(f"ours, one process            {ours_s:8.2f} s")
    print(f"ideal2 of ours               {ideal2_s:8.2f} s")
    print(f"radon cc (API, one process)  {radon_s:8.2f} s")
    print(f"lizard -t 2                  {lizard_s:8.2f} s")
    print(f"radon / ours, one process    {radon_s / ours_s:8.2f} x")
    print(f"radon / ideal2               {radon_s / ideal2_s:8.2f} x")
    print(f"lizard / ideal2              {lizard_s / ideal2_s:8.2f} x")
    _print_through_daemon(root, paths, ideal2_s, radon_s, lizard_s)


def _print_through_daemon(
    root: str, paths: list[str], ideal2_s: float, radon_s: float, lizard_s: float
) -> None:
    with tempfile.TemporaryDirectory() as folder, private_daemon() as daemon:
        for path in paths:
            copy = Path(folder, "tree", path)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(Path(root, path), copy)
        with Client(daemon.paths, deadline_s=30) as client:
            ours_s = _best(lambda: _analyze(client, folder, lint=False))
            linted_s = _best(lambda: _analyze(client, folder))
            again_s = _best(lambda: _analyze(client, folder, fresh=False))
    print(f"parallel.analyze, the daemon {ours_s:8.2f} s")
    print(f"  / ideal2                   {ours_s / ideal2_s:8.2f} x (budget 1.1)")
    print(f"  radon / it                 {radon_s / ours_s:8.2f} x (budget 1.6)")
    print(f"  lizard / it                {lizard_s / ours_s:8.2f} x (budget 3)")
    print(f"  with ruff beside it        {linted_s:8.2f} s")
    print(f"  again, nothing changed     {again_s:8.2f} s")
    print(f"    / the one before         {again_s / linted_s:8.2f} x (budget 0.2)")


def _analyze(client: Client, folder: str, *, fresh: bool = True, lint: bool = True) -> None:
    params = {
        "path": f"{folder}/tree",
        "out": f"{folder}/report",
        "fresh": fresh,
        "lint": lint,
        "remember": False,
    }
    info = client.wait(client.submit(TaskSpec("parallel.analyze", params)).id, 300)
    assert info.state is TaskState.SUCCEEDED, info


def _count_python(root: str) -> int:
    """Count without our walk, so that it cannot hide what it forgot."""
    count = 0
    for folder, folders, names in os.walk(root):
        if folder == root and "site-packages" in folders:
            folders.remove("site-packages")
        count += sum(name.endswith(".py") for name in names)
    return count


def _compare(root: str, reports: list[FileReport]) -> tuple[int, int]:
    """Count the functions that mccabe reports and those to which we give another number."""
    compared = different = 0
    for report in reports:
        if report.error is not None:
            continue
        ours = {(f.name, f.line): f.complexity for f in report.functions}
        for function, complexity in _run_mccabe(Path(root, report.path)).items():
            compared += 1
            different += ours.get(function) != complexity
    return compared, different


def _run_mccabe(path: Path) -> dict[tuple[str, int], int]:
    with tokenize.open(path) as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(file.read())
    visitor = mccabe.PathGraphingAstVisitor()
    visitor.preorder(tree, visitor)
    return {
        (graph.entity, graph.lineno): graph.complexity()
        for graph in visitor.graphs.values()
        if not _STATEMENT_GRAPH.fullmatch(graph.entity)
    }


def _run_radon(root: str, paths: list[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for path in paths:
            try:
                with tokenize.open(Path(root, path)) as file:
                    cc_visit(file.read())
            except (SyntaxError, UnicodeError):
                continue  # test data of the library that is broken on purpose


def _run_lizard(root: str) -> None:
    command = [sys.executable, "-m", "lizard", "-t", "2", "-l", "python"]
    subprocess.run(
        [*command, "-x", f"{root}/site-packages/*", root],
        check=False,  # it exits with 1 when a function is above its threshold
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _measure_in_two_forks(root: str, files: list[tuple[str, int]]) -> None:
    pipes = [_fork_measuring(root, chunk) for chunk in split_by_size(files, 2)]
    total = 0
    for pid, pipe in pipes:
        with open(pipe, "rb") as results:  # noqa: PTH123  a descriptor has no Path
            part = msgspec.msgpack.decode(results.read(), type=Measured)
        os.waitpid(pid, 0)
        total += len(part.files) + len(part.skipped)
    assert total == len(files)


def _fork_measuring(root: str, paths: list[str]) -> tuple[int, int]:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    with open(writing, "wb") as results:  # noqa: PTH123  a descriptor has no Path
        results.write(msgspec.msgpack.encode(measure_files(root, paths)))
    os._exit(0)


def _best(run: Callable[[], object]) -> float:
    return min(_time(run) for _ in range(ROUNDS))


def _time(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start
