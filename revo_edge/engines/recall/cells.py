"""Dividing vectors into cells of near ones, and building the file of them.

A search in a large namespace reads only the cells whose centres are nearest to the query: an inverted
file (Sivic and Zisserman 2003; Jegou, Douze and Schmid 2011, "IVFADC" without the quantiser), the
cells found by spherical k-means (Dhillon and Modha 2001) on a sample. It is preferred to a graph
(HNSW) because it is built a hundred times faster, and because to forget a vector for good is to copy
the file without it, where a graph would have to be built again.

Import this module only where vectors are used: it needs numpy.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from revo_edge.engines.recall.vector_file import (
    MIXED,
    SCRATCH_SUFFIX,
    Halves,
    Head,
    Ints,
    Layout,
    Longs,
    Named,
    Nothing,
    write,
)

WHOLE = 512
"""Namespaces with fewer vectors share cells; as few are one cell."""
_ROUNDS = 6
_SAMPLE = 32
"""So many vectors for each cell are looked at to find the centres."""
_ROWS = 4096
"""So many are compared with the centres at a time: 6 MB of float32."""

Floats = NDArray[np.float32]
Row = tuple[int, int, bytes]
"""seq, number of the namespace, vector (float16, little-endian)."""
Progress = Callable[[int, int], None]


class Build(NamedTuple):
    """What is written in the head of the file, and how the work reports; both may raise to stop."""

    model: str
    dim: int
    generation: int
    progress: Progress = lambda done, total: None
    check_cancelled: Nothing = lambda: None


def build(path: Path, rows: Iterable[Row], about: Build) -> Head:
    """Write a file with these rows (each seq once), and rename it to `path` when it is whole.

    The rows pass through a scratch file beside `path`, so that memory holds some 30 bytes for each
    vector and not the vectors; the disk needs twice the size of the file for a while. Progress is
    told in rows, of twice their number: they are divided, then written. Raises ValueError for a
    vector of another length, OSError when the disk refuses; `path` is then as it was.
    """
    scratch = path.with_suffix(SCRATCH_SUFFIX)
    try:
        with scratch.open("w+b") as file:
            scratch.chmod(0o600)
            seqs, namespaces = _spool(file, rows, about)
            vectors = _mapped(file, len(seqs), about.dim)
            order, layout = _divide(vectors, seqs, namespaces, about)
            return _write(path, vectors, order, layout, about)
    finally:
        scratch.unlink(missing_ok=True)


def _spool(file: BinaryIO, rows: Iterable[Row], about: Build) -> tuple[Longs, Ints]:
    seqs: list[int] = []
    namespaces: list[int] = []
    for seq, namespace, vector in rows:
        if len(vector) != 2 * about.dim:
            raise ValueError(
                f"the vector of version {seq} has {len(vector)} bytes where {2 * about.dim} belong:"
                " embed it again"
            )
        file.write(vector)
        seqs.append(seq)
        namespaces.append(namespace)
        if len(seqs) % _ROWS == 0:
            about.check_cancelled()
    file.flush()
    found = np.array(seqs, np.int64)
    if min(namespaces, default=0) < 0:
        raise ValueError("a namespace has a number below 0")
    if len(np.unique(found)) != len(found):
        raise ValueError("a version came twice among the vectors")
    return found, np.array(namespaces, np.int32)


def _mapped(file: BinaryIO, count: int, dim: int) -> Halves:
    if count == 0:
        return np.empty((0, dim), np.float16)
    return np.memmap(file, "<f2", "r", shape=(count, dim))


def _write(path: Path, vectors: Halves, order: Longs, layout: Layout, about: Build) -> Head:
    count = len(order)

    def blocks() -> Iterator[Halves]:
        for start in range(0, count, _ROWS):
            about.check_cancelled()
            yield vectors[order[start : start + _ROWS]]

    def written(rows: int) -> None:
        about.progress(count + rows, 2 * count)

    named = Named(about.model, about.dim, about.generation)
    return write(path, layout, blocks(), named, written)


def _divide(vectors: Halves, seqs: Longs, namespaces: Ints, about: Build) -> tuple[Longs, Layout]:
    """Return in which order the rows are written, and the tables that go with it."""
    orders: list[Longs] = [np.empty(0, np.int64)]
    centres: list[Halves] = [np.empty((0, about.dim), np.float16)]
    sizes: list[int] = [0]
    owners: list[int] = []
    done = 0
    groups = _groups(namespaces)
    by_namespace = np.lexsort((seqs, groups))
    for namespace, first, last in _runs(groups[by_namespace]):
        rows = by_namespace[first:last]
        progress = _shifted(about.progress, done, 2 * len(seqs))
        cell_of, found = _cells(vectors, rows, about, progress)
        used, counts = np.unique(cell_of, return_counts=True)
        orders.append(rows[np.argsort(cell_of, kind="stable")])
        centres.append(found[used].astype(np.float16))
        sizes += counts.tolist()
        owners += [namespace] * len(used)
        done += len(rows)
        about.progress(done, 2 * len(seqs))
    order = np.concatenate(orders)
    starts = np.cumsum(np.array(sizes, np.int64))
    mixed = namespaces[order][groups[order] == MIXED]
    owned = np.array(owners, np.int32)
    return order, Layout(np.concatenate(centres), starts, owned, mixed, seqs[order])


def _groups(namespaces: Ints) -> Ints:
    """Return the namespace of each row; small ones together are the group MIXED."""
    _, place, counts = np.unique(namespaces, return_inverse=True, return_counts=True)
    return np.where(counts[place] < WHOLE, np.int32(MIXED), namespaces)


def _shifted(progress: Progress, done: int, total: int) -> Callable[[int], None]:
    return lambda rows: progress(done + rows, total)


def _runs(values: Ints) -> Iterator[tuple[int, int, int]]:
    """Yield (value, start, stop) for each run of a sorted array."""
    found, starts = np.unique(values, return_index=True)
    for value, start, stop in zip(found, starts, [*starts[1:], len(values)], strict=False):
        yield int(value), int(start), int(stop)


def _cells(
    vectors: Halves, rows: Longs, about: Build, progress: Callable[[int], None]
) -> tuple[Ints, Floats]:
    """Return the cell of each of these rows of one group, and the centres."""
    if len(rows) < WHOLE:
        return np.zeros(len(rows), np.int32), _unit(_sum(vectors[rows]))
    centres = _centres(vectors, rows, about.check_cancelled)
    cell_of = np.empty(len(rows), np.int32)
    for start in range(0, len(rows), _ROWS):
        about.check_cancelled()
        block = vectors[rows[start : start + _ROWS]].astype(np.float32)
        cell_of[start : start + _ROWS] = _nearest(block, centres)
        progress(start + len(block))
    return cell_of, centres


def _centres(vectors: Halves, rows: Longs, check_cancelled: Nothing) -> Floats:
    """Find centres by spherical k-means on a sample; the same rows give the same centres."""
    cells = round(2 * math.sqrt(len(rows)))
    chance = np.random.default_rng(len(rows))
    chosen = np.sort(chance.choice(len(rows), min(len(rows), _SAMPLE * cells), replace=False))
    sample = np.nan_to_num(vectors[rows[chosen]].astype(np.float32))
    centres = sample[chance.choice(len(sample), cells, replace=False)]
    for _ in range(_ROUNDS):
        cell_of = np.empty(len(sample), np.int32)
        for start in range(0, len(sample), _ROWS):
            check_cancelled()
            cell_of[start : start + _ROWS] = _nearest(sample[start : start + _ROWS], centres)
        order = np.argsort(cell_of, kind="stable")
        used, starts = np.unique(cell_of[order], return_index=True)
        sums = np.add.reduceat(sample[order], starts, axis=0)
        # A cell that lost all its vectors starts again from one of the sample.
        centres = sample[chance.choice(len(sample), cells, replace=False)]
        centres[used] = _unit(sums)
    return centres


def _nearest(block: Floats, centres: Floats) -> NDArray[np.intp]:
    return np.argmax(block @ centres.T, axis=1)


def _sum(vectors: Halves) -> Floats:
    return vectors.sum(axis=0, dtype=np.float32)[np.newaxis]


def _unit(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.maximum(lengths, np.float32(1e-12))
