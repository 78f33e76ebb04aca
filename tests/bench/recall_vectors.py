"""Vector search alone: the file, its graph and the exact scan beside other stores, same vectors.

The vectors are synthetic: unit vectors of 384 numbers around some thousand centres, in 50 namespaces
of very different sizes. All stores are asked for the same 10 nearest, some queries at a time in
turn, so that they see the same load; what is right is known from comparing everything in single precision. CPU time is told
beside wall time, for on a busy machine wall time tells of the others.

Peers run in a Python of their own: `--peers-python PATH`, one that has chromadb, lancedb, or
sqlite-vec with apsw. Without it their rows are left out. `--folder` keeps what was built; what is
there is used again, and its build time is then not told.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from revo_edge.engines.recall import graph, vector_build
from revo_edge.engines.recall.vector_file import VectorFile, graph_of
from revo_edge.engines.recall.vectors import Vectors
from tests.bench import _vector_peers
from tests.bench._rows import Row, load_1m, percentile, show

DIM = 384
K = _vector_peers.K
SPACES = 50
IN_TURN = 10
"""So many queries to one store, then to the next."""
MODEL = "synthetic"
RECALL_BUDGET = 0.97
PEERS = tuple(_vector_peers.PEERS)
TIMES: dict[str, float] = {"chromadb": 1.0, "lancedb": 0.2, "sqlite-vec": 0.2}
"""Our time is at most so much of theirs, in the search through all of the vectors."""

Floats = NDArray[np.float32]
Search = Callable[[int, int | None], "Took"]
"""(number of the query, namespace or None)"""


class Took(NamedTuple):
    """One search: rows of the vectors that it found, and its seconds."""

    rows: list[int]
    wall_s: float
    cpu_s: float


class Data(NamedTuple):
    """What is searched; a namespace for each vector."""

    folder: Path
    vectors: Floats
    namespaces: NDArray[np.int32]
    queries: Floats


class Measured(NamedTuple):
    """Searches of one store."""

    recall: float
    wall_ms: list[float]
    cpu_ms: list[float]


def main(argv: list[str]) -> int:
    """Print the rows; return 1 when one missed its budget."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench recall_vectors")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--vectors", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=200, help="for each row")
    parser.add_argument("--peers-python", type=Path, help="a Python that has the peers")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=PEERS)
    parser.add_argument("--folder", type=Path, help="keep what is built here; default: nowhere")
    args = parser.parse_args(argv)
    load = load_1m()
    with ExitStack() as stack:
        folder = args.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        data = made(folder, args.vectors)
        rows = list(built(data))
        index = opened(data)
        rows += resident(data)
        searches: dict[str, Search] = {"ours": of_index(index, data)}
        if args.peers_python is None:
            print("peers are left out: say --peers-python PATH to have them", file=sys.stderr)
        else:
            peers = stack.enter_context(running(args.peers_python, folder, args.peers))
            searches |= peers
        rows += compared(searches, data, min(args.queries, len(data.queries)))
    return show("recall_vectors", rows, load, as_json=args.json)


def made(folder: Path, count: int) -> Data:
    """Make the vectors, or read those that are there."""
    paths = [folder / f"{name}.npy" for name in ("vectors", "namespaces", "queries")]
    if not all(path.exists() for path in paths):
        chance = np.random.default_rng(3)
        centres = _unit(chance.standard_normal((max(count // 50, 1), DIM), np.float32))
        weights = 1 / np.arange(1, SPACES + 1)
        namespaces = chance.choice(SPACES, count, p=weights / weights.sum()).astype(np.int32)
        arrays = _around(centres, count, chance), namespaces, _around(centres, 1_000, chance)
        for path, array in zip(paths, arrays, strict=True):
            np.save(path, array)
    vectors, namespaces, queries = (np.load(path, mmap_mode="r") for path in paths)
    if len(vectors) != count:
        raise SystemExit(f"{folder} holds {len(vectors)} vectors, not {count}: choose another")
    return Data(folder, vectors, np.asarray(namespaces), np.asarray(queries))


def _around(centres: Floats, count: int, chance: np.random.Generator) -> Floats:
    """Return vectors whose cosine to a centre is about .74, and to one another about .55."""
    found = np.empty((count, DIM), np.float32)
    for start in range(0, count, 20_000):
        block = found[start : start + 20_000]
        block[:] = centres[chance.integers(0, len(centres), len(block))]
        block += chance.standard_normal(block.shape, np.float32) * np.float32(0.9 / DIM**0.5)
        block[:] = _unit(block)
    return found


def _unit(vectors: Floats) -> Floats:
    lengths: Floats = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / lengths


def built(data: Data) -> Iterator[Row]:
    """Build the file and its graph, unless they are there."""
    path = data.folder / "ours.vectors"
    numbers = enumerate(zip(data.vectors, data.namespaces, strict=True), 1)
    rows = ((seq, int(space), vector.astype("<f2").tobytes()) for seq, (vector, space) in numbers)
    if not path.exists():
        about = vector_build.Build(MODEL, DIM, 1)
        yield _timed("build the file", lambda: vector_build.build(path, rows, about))
    yield _size("size of the file", path)
    if not graph_of(path).exists():
        file = VectorFile(path, MODEL, DIM)
        yield _timed("build the graph", lambda: graph.build(file))
    yield _size("size of the graph", graph_of(path))


def _timed(what: str, act: Callable[[], object]) -> Row:
    began, cpu = time.perf_counter(), time.process_time()
    act()
    wall_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu
    return Row(what, cpu_s, "CPU s", "none", True, caveat=f"{wall_s:.0f} s on the wall")


def _size(what: str, path: Path) -> Row:
    return Row(what, path.stat().st_size / 1e6, "MB", "none", True)


def opened(data: Data) -> Vectors:
    """Open the file and its graph as a reader does."""
    index = Vectors(DIM, VectorFile(data.folder / "ours.vectors", MODEL, DIM))
    if index.wants_graph:
        raise SystemExit("there is no graph: is usearch installed?")
    return index


_RESIDENT = """
import resource, sys, numpy, psutil
import numkong, usearch.index
from pathlib import Path
from revo_edge.engines.recall.vectors import Vectors
from revo_edge.engines.recall.vector_file import VectorFile
queries = numpy.load(sys.argv[2])
before = psutil.Process().memory_info()
index = Vectors({dim}, VectorFile(Path(sys.argv[1]), "{model}", {dim}))
opened = psutil.Process().memory_info()
for query in queries[:300]:
    index.search(query, 10)
after = psutil.Process().memory_info()
private = [(info.rss - info.shared) / 1e6 for info in (before, opened, after)]
print(private[2] - private[0], (after.shared - before.shared) / 1e6)
"""


def resident(data: Data) -> Iterator[Row]:
    """Measure what a process that searches the graph takes of memory, in one of its own."""
    script = _RESIDENT.format(dim=DIM, model=MODEL)
    paths = [str(data.folder / name) for name in ("ours.vectors", "queries.npy")]
    done = subprocess.run(
        [sys.executable, "-c", script, *paths], capture_output=True, text=True, check=True
    )
    own, mapped = map(float, done.stdout.split())
    caveat = "after 300 searches through all; readers share what is mapped"
    yield Row("memory of a reader's own", own, "MB", "none", True, caveat=caveat)
    yield Row("memory mapped", mapped, "MB", "none", True, caveat=caveat)


def of_index(index: Vectors, data: Data) -> Search:
    """Return how our own index is asked."""

    def search(number: int, namespace: int | None) -> Took:
        query = data.queries[number]
        began, cpu = time.perf_counter(), time.process_time()
        spaces = None if namespace is None else (namespace,)
        rows = (index.search(query, K, namespaces=spaces).seqs - 1).tolist()
        return Took(rows, time.perf_counter() - began, time.process_time() - cpu)

    return search


@contextmanager
def running(python: Path, folder: Path, names: Sequence[str]) -> Iterator[dict[str, Search]]:
    """Run the peers; those that are not installed there are told of and left out."""
    script = Path(_vector_peers.__file__)
    process = subprocess.Popen(
        [python, script, folder, *names], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    if process.stdin is None or process.stdout is None:
        raise AssertionError("pipes were asked for")
    found: dict[str, Search] = {}
    with process:
        for name in names:
            ready = json.loads(process.stdout.readline() or '{"missing": "it ended"}')
            if "missing" in ready:
                print(f"{name} is left out: {ready['missing']}", file=sys.stderr)
                continue
            took = f"{ready['wall_s']:.0f} s, {ready['cpu_s']:.0f} CPU s"
            print(f"{name} is ready after {took} (if it was not there before)", file=sys.stderr)
            found[name] = _of_peer(name, process.stdin, process.stdout)
        yield found
        process.stdin.close()


def _of_peer(name: str, asking: IO[str], answers: IO[str]) -> Search:
    def search(number: int, namespace: int | None) -> Took:
        asked: dict[str, Any] = {"name": name, "query": number, "namespace": namespace}
        print(json.dumps(asked), file=asking, flush=True)
        return msgspec.json.decode(answers.readline(), type=_Answer).took()

    return search


class _Answer(msgspec.Struct):
    rows: list[int]
    wall_s: float
    cpu_s: float

    def took(self) -> Took:
        return Took(self.rows, self.wall_s, self.cpu_s)


def compared(searches: dict[str, Search], data: Data, queries: int) -> Iterator[Row]:
    """Yield the rows of each choice of namespaces."""
    sizes = np.bincount(data.namespaces, minlength=SPACES)
    twentieth = int(np.argmin(np.abs(sizes - len(data.vectors) / 20)))
    largest = int(np.argmax(sizes))
    for what, namespace in (
        (f"all of {SPACES} namespaces", None),
        (f"the largest ({sizes[largest]:,})", largest),
        (f"one of a twentieth ({sizes[twentieth]:,})", twentieth),
    ):
        measured = _ask_in_turn(searches, data, queries, namespace)
        yield from _rows(what, measured, queries, judged=namespace is None)


def _ask_in_turn(
    searches: dict[str, Search], data: Data, queries: int, namespace: int | None
) -> dict[str, Measured]:
    best = _best(data, queries, namespace)
    found = {name: Measured(0.0, [], []) for name in searches}
    for first in range(0, queries, IN_TURN):
        for name, search in searches.items():
            search(first, namespace)  # what the others took from the caches comes back
            for number in range(first, min(first + IN_TURN, queries)):
                took = search(number, namespace)
                recall, wall_ms, cpu_ms = found[name]
                wall_ms.append(1e3 * took.wall_s)
                cpu_ms.append(1e3 * took.cpu_s)
                share = len(best[number] & set(took.rows)) / K
                found[name] = Measured(recall + share / queries, wall_ms, cpu_ms)
    return found


def _best(data: Data, queries: int, namespace: int | None) -> list[set[int]]:
    """Return for each query the nearest, by comparing everything in single precision."""
    inside = np.arange(len(data.vectors))
    if namespace is not None:
        inside = np.flatnonzero(data.namespaces == namespace)
    searched = np.asarray(data.vectors[inside])
    return [
        set(inside[np.argpartition(-(searched @ query), K)[:K]].tolist())
        for query in data.queries[:queries]
    ]


def _rows(what: str, measured: dict[str, Measured], queries: int, *, judged: bool) -> Iterator[Row]:
    ours = measured["ours"]
    budget = f">= {RECALL_BUDGET}"
    yield Row(
        f"{what}: recall@{K}",
        ours.recall,
        "",
        budget,
        ours.recall >= RECALL_BUDGET,
        caveat=f"{ours.recall:.4f} in {queries} queries",
    )
    peers = [name for name in measured if name != "ours"]
    for name in peers or [""]:
        theirs = measured.get(name)
        for kind in ("wall", "cpu"):
            yield _row(what, kind, ours, theirs, name, judged=judged, queries=queries)


def _row(
    what: str,
    kind: str,
    ours: Measured,
    theirs: Measured | None,
    name: str,
    *,
    judged: bool,
    queries: int,
) -> Row:
    mine = ours.wall_ms if kind == "wall" else ours.cpu_ms
    caveat = f"{queries} queries; p99 {percentile(mine, 99):.2f} ms"
    if theirs is None:
        return Row(f"{what}: {kind} p50", percentile(mine, 50), "ms", "none", True, caveat=caveat)
    other = theirs.wall_ms if kind == "wall" else theirs.cpu_ms
    p50, its = percentile(mine, 50), percentile(other, 50)
    most = TIMES[name] if judged else 1.0
    return Row(
        f"{what}: {kind} p50, {name}",
        p50,
        "ms",
        f"<= {most:g}x",
        p50 <= most * its,
        its,
        name,
        f"{caveat}, its {percentile(other, 99):.2f} ms; its recall@{K} {theirs.recall:.3f}",
    )
