"""Speed of Perfect Recall end to end: real daemon, client and search over a large memory.

The texts are real: spans of the standard library's files. Their vectors are synthetic, around some
thousand centres, for to make a million with the model would take hours; they are put into memory.db
as the embedding task does, and written to the file and graph as the index task does, before the
daemon starts. Every query is another one, so that none is answered from the cache of queries; it is
made into a vector by the real model.
"""

import argparse
import itertools
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import psutil
from numpy.typing import NDArray

from revo_edge import Client
from revo_edge.contract.kinds import Lane
from revo_edge.contract.recall import ItemKind, NewItem, RecallStore, Source
from revo_edge.contract.recall_writes import RecallSwap, RecallVectors
from revo_edge.embed import builtin
from revo_edge.engines.recall import (
    graph,
    vector_build,
    vector_file,
    vectors,
    word_build,
    word_file,
)
from revo_edge.engines.recall.meta import INDEXES
from revo_edge.engines.recall.opening import Options
from revo_edge.engines.recall.reading import reading
from revo_edge.engines.recall.schema import KINDS
from revo_edge.engines.recall.writer import Writer
from revo_edge.errors import Unavailable
from tests.bench._recall_client import Asked
from tests.bench._rows import Row, load_1m, percentile, show
from tests.harness import REPOSITORY, wait_for
from tests.private import make_daemon, private_home

DIM = 384
SPACES = 50
STORE_ITEMS = 100
VECTOR_ROWS = 1_000
CLIENTS = 10
VECTORS_LIMIT_S = 60.0
INDEX = "1.vectors"
BUDGETS_MS = {100_000: (15.0, 40.0, 150.0), 1_000_000: (None, 150.0, None)}
"""Items -> p50 and p99 of one client, p99 of ten."""

Floats = NDArray[np.float32]


class Model(NamedTuple):
    """Whose vectors they are said to be; without one searches go by words alone."""

    id: str
    why_not: str


def main(argv: list[str]) -> int:
    """Print the rows; return 1 when one missed its budget."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench recall_speed")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=500, help="of each client")
    parser.add_argument("--keep", type=Path, help="fill the memory there, or ask one filled before")
    args = parser.parse_args(argv)
    load = load_1m()
    model = find_model()
    with private_home() as paths:
        rows = list(filled(args.keep or paths.home, args.items, model))
        if args.keep:
            shutil.copytree(args.keep, paths.home, dirs_exist_ok=True)
        queries = paths.home.parent / "queries.txt"
        queries.write_text("\n".join(made_queries((CLIENTS + 2) * args.queries)))
        daemon = make_daemon(paths)
        daemon.start()
        try:
            with Client(paths, deadline_s=60.0) as client:
                rows.append(vectors_take_part(client, model))
                rows += asked(queries, args.queries, args.items)
                rows += memory(client)
        finally:
            daemon.stop()
    return show(f"recall_speed, {args.items:,} items", rows, load, as_json=args.json)


def find_model() -> Model:
    """Return the built-in model's id, or why there is none."""
    try:
        return Model(builtin.load().id, "")
    except Unavailable as error:
        return Model("", error.msg)


def filled(home: Path, count: int, model: Model) -> Iterator[Row]:
    """Fill memory.db with the writer's own code, then write the files that searches read.

    It goes on where an earlier run was broken off: a million takes hours.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    writer = Writer(home, Options(model=model.id))
    try:
        yield _timed("store the texts", count, lambda: _store(writer, count))
        yield Row("memory.db", (home / "memory.db").stat().st_size / 1e6, "MB", "none", True)
        if model.id:
            yield _timed("store the vectors", count, lambda: _put_vectors(writer, count, model))
            yield from _indexed(home, writer, count, model)
        yield from _sorted_words(home, writer, count)
    finally:
        writer.close()


def _timed(what: str, count: int, act: Callable[[], object]) -> Row:
    began, cpu = time.perf_counter(), time.process_time()
    act()
    wall_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu
    caveat = f"{cpu_s:.0f} CPU s, {count / wall_s:,.0f} a second"
    return Row(what, wall_s, "s", "none", True, caveat=caveat)


def _store(writer: Writer, count: int) -> None:
    items = itertools.islice(_items(count), int(writer.note()["stored"]), None)
    while batch := tuple(itertools.islice(items, STORE_ITEMS)):
        writer.call("recall.store", RecallStore(batch, "keep"))


def _items(count: int) -> Iterator[NewItem]:
    """Yield spans of 30 to 150 words of all kinds, in namespaces of very different sizes."""
    chance = np.random.default_rng(7)
    words = _words()
    weights = 1 / np.arange(1, SPACES + 1)
    spaces = chance.choice(SPACES, count, p=weights / weights.sum()).tolist()
    lengths = chance.integers(30, 151, count).tolist()
    start = 0
    for number, length in enumerate(lengths):
        start = start + length if start + 2 * length < len(words) else int(chance.integers(0, 150))
        kind = KINDS[number % len(KINDS)]
        space, source = spaces[number], Source()
        if kind is ItemKind.CONVERSATION:
            talk = number // 200
            source = Source(session=f"s{talk}", turn=number, speaker=f"Who{number % 3}")
            space = spaces[talk]
        text = " ".join(words[start : start + length])
        yield NewItem(text=text, namespace=f"space-{space}", kind=kind, source=source)


def _words() -> list[str]:
    folder = Path(sysconfig.get_path("stdlib"))
    files = sorted(path for path in folder.rglob("*.py") if "site-packages" not in path.parts)
    texts = (path.read_text("utf-8", errors="ignore") for path in files)
    return [word for text in texts for word in text.replace("\0", "").split()]


def _put_vectors(writer: Writer, count: int, model: Model) -> None:
    chance = np.random.default_rng(3)
    centres = _unit(chance.standard_normal((max(count // 50, 1), DIM), np.float32))
    there = int(writer.note()["embedded"])
    for start in range(1, count + 1, VECTOR_ROWS):
        seqs = range(start, min(start + VECTOR_ROWS, count + 1))
        noise = chance.standard_normal((len(seqs), DIM), np.float32) * np.float32(0.9 / DIM**0.5)
        found = _unit(centres[chance.integers(0, len(centres), len(seqs))] + noise).astype("<f2")
        if start <= there:
            continue  # made again for the same random numbers, and there since an earlier run
        rows = tuple((seq, row.tobytes()) for seq, row in zip(seqs, found, strict=True))
        writer.call("recall.put_vectors", RecallVectors(model.id, rows))


def _unit(numbers: Floats) -> Floats:
    lengths: Floats = np.linalg.norm(numbers, axis=1, keepdims=True)
    return numbers / lengths


def _indexed(home: Path, writer: Writer, count: int, model: Model) -> Iterator[Row]:
    path = home / INDEXES / INDEX
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if not path.exists():
        yield _timed("write the file of vectors", count, lambda: _build(home, path, model))
    if count > vectors.EXACT_ROWS and not vector_file.graph_of(path).exists():
        file = vector_file.VectorFile(path, model.id, DIM)
        yield _timed("build the graph", count, lambda: graph.build(file))
        size = vector_file.graph_of(path).stat().st_size
        yield Row("the graph", size / 1e6, "MB", "none", True)
    yield Row("the file of vectors", path.stat().st_size / 1e6, "MB", "none", True)
    writer.call("recall.swap_index", RecallSwap(INDEX))


def _sorted_words(home: Path, writer: Writer, count: int) -> Iterator[Row]:
    path = home / INDEXES / "1.words"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if path.exists():
        return
    with reading(home) as db:
        if db is None:
            raise SystemExit("there is no memory.db")
        report = word_build.Report()
        yield _timed("write the file of words", count, lambda: word_build.build(path, db, report))
    head = word_file.WordFile(path).head
    writer.call("recall.swap_index", RecallSwap(path.name, head.generation, head.last_seq))
    yield Row("the file of words", path.stat().st_size / 1e6, "MB", "none", True)


def _build(home: Path, path: Path, model: Model) -> None:
    with reading(home) as db:
        if db is None:
            raise SystemExit("there is no memory.db")
        (generation,) = db.execute("SELECT value FROM meta WHERE name = 'generation'").fetchone()
        rows = db.execute("SELECT vector.seq, namespace, data FROM vector JOIN version USING (seq)")
        vector_build.build(path, rows, vector_build.Build(model.id, DIM, generation))


def made_queries(count: int) -> list[str]:
    """Return as many different queries: 3 to 8 words that stand together somewhere."""
    chance = np.random.default_rng(11)
    words = [word for word in _words() if word.isalpha()]
    found: dict[str, None] = {}
    while len(found) < count:
        start, length = int(chance.integers(0, len(words) - 8)), int(chance.integers(3, 9))
        found[" ".join(words[start : start + length])] = None
    return list(found)


def vectors_take_part(client: Client, model: Model) -> Row:
    """Wait until searches go by vectors too; the row says why they do not."""
    why = model.why_not or "they were not loaded in time"
    numbers = itertools.count()

    def take_part() -> bool:
        nonlocal why
        why = client.recall.search(f"are they there {next(numbers)}").lexical_only
        return not why

    try:
        wait_for(take_part, VECTORS_LIMIT_S)
    except AssertionError:
        return Row("vectors take part", 0, "", "1", False, caveat=why)
    return Row("vectors take part", 1, "", "1", True)


def asked(queries: Path, count: int, items: int) -> Iterator[Row]:
    """Ask with one client, within one namespace, and with ten clients at once."""
    p50_ms, p99_ms, ten_p99_ms = BUDGETS_MS.get(items, (None, None, None))
    (one,) = _clients(queries, count, [0])
    yield _row("1 client, p50", one, 50, p50_ms)
    yield _row("1 client, p99", one, 99, p99_ms)
    (within,) = _clients(queries, count, [count], "space-0")
    yield _row("1 client in the largest namespace, p50", within, 50, None)
    yield _row("1 client in the largest namespace, p99", within, 99, p99_ms)
    many = _clients(queries, count, [(2 + number) * count for number in range(CLIENTS)])
    together = Asked(
        [ms for each in many for ms in each.took_ms],
        sum(each.hits for each in many),
        sum(each.cached for each in many),
    )
    yield _row(f"{CLIENTS} clients, p50", together, 50, None)
    yield _row(f"{CLIENTS} clients, p99", together, 99, ten_p99_ms)


def _clients(queries: Path, count: int, firsts: Sequence[int], *more: str) -> list[Asked]:
    """Run a process for each of these first queries, and let them begin together."""
    processes = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.bench._recall_client",
                queries,
                f"{first}",
                f"{count}",
                *more,
            ],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for first in firsts
    ]
    for process in processes:
        if process.stdout is None or process.stdout.readline() != b"ready\n":
            raise SystemExit("a client did not start")
    for process in processes:
        if process.stdin is not None:
            process.stdin.write(b"go\n")
            process.stdin.flush()
    return [msgspec.json.decode(process.communicate()[0], type=Asked) for process in processes]


def _row(what: str, seen: Asked, percent: float, budget_ms: float | None) -> Row:
    measured = percentile(seen.took_ms, percent)
    if seen.cached:
        raise SystemExit(f"{seen.cached} answers came from the cache")
    ok = budget_ms is None or measured < budget_ms
    budget = "none" if budget_ms is None else f"< {budget_ms:g} ms"
    caveat = f"{len(seen.took_ms)} queries, {seen.hits / len(seen.took_ms):.1f} hits each"
    return Row(what, measured, "ms", budget, ok, caveat=caveat)


def memory(client: Client) -> Iterator[Row]:
    """Weigh each process of the lane after all that was asked."""
    for worker in client.workers().workers:
        if worker.lane is Lane.RESIDENT and worker.pid:
            found = psutil.Process(worker.pid).memory_full_info()
            mapped = f"RSS {found.rss / 1e6:.0f} MB, of it shared {found.shared / 1e6:.0f} MB"
            yield Row(f"{worker.id}: USS", found.uss / 1e6, "MB", "none", True, caveat=mapped)
