"""Building the file of vectors from what memory.db holds of them.

Import this module only where vectors are used: it needs numpy.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from revo_edge.engines.recall.vector_file import (
    SCRATCH_SUFFIX,
    Halves,
    Head,
    Ints,
    Layout,
    Longs,
    Named,
    Nothing,
    graph_of,
    write,
)

_ROWS = 4096
"""So many are written at a time: 3 MB."""

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
    told in rows. Raises ValueError for a vector of another length, OSError when the disk refuses;
    `path` is then as it was. A graph of the file it replaces is removed: see graph.py.
    """
    scratch = path.with_suffix(SCRATCH_SUFFIX)
    try:
        with scratch.open("w+b") as file:
            scratch.chmod(0o600)
            seqs, namespaces = _spool(file, rows, about)
            vectors = _mapped(file, len(seqs), about.dim)
            graph_of(path).unlink(missing_ok=True)
            return _write(path, vectors, seqs, namespaces, about)
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


def _write(path: Path, vectors: Halves, seqs: Longs, namespaces: Ints, about: Build) -> Head:
    order = np.lexsort((seqs, namespaces))
    spaces, counts = np.unique(namespaces, return_counts=True)
    starts = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)

    def blocks() -> Iterator[Halves]:
        for start in range(0, len(order), _ROWS):
            about.check_cancelled()
            yield vectors[order[start : start + _ROWS]]

    layout = Layout(starts, spaces, seqs[order])
    named = Named(about.model, about.dim, about.generation)
    return write(path, layout, blocks(), named, lambda rows: about.progress(rows, len(order)))
