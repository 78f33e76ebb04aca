"""A graph through the vectors of a large file: where comparing each of them would take too long.

Each vector is linked with near ones, in levels that grow thinner; a search walks from link to link
towards the query (HNSW: Malkov and Yashunin 2018, as usearch has it). It finds nearly all of the
best, not surely all. One graph serves all namespaces: what is asked for of some of them is filtered
out of more than is wanted.

    offset 0     as usearch writes it: the number of vectors and their bytes (uint32 each),
                 the vectors (float16), the keys and links; a key is the seq of a version
    last 4 KiB   magic, length of the head, CRC-32 of the head, the head (msgpack)

It is a cache beside the file of vectors it was built from, and of use with exactly that file. A
damaged link would lead out of the file, so all of them are checked when it is opened (0.2 s for
1,000,000); the vectors are not: a damaged one is only found in the wrong place.

It holds vectors and cannot be made smaller. To forget one for good, the graph is removed (see
`vector_file.remove`); searches compare every vector until it has been built anew.

Import this module only where vectors are used: it needs numpy, and usearch where there is a graph.
"""

import logging
import os
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec
import numpy as np
from numpy.typing import NDArray

from revo_edge.engines.recall.vector_build import Progress
from revo_edge.engines.recall.vector_file import (
    GRAPH_NEW_SUFFIX,
    HEAD_BYTES,
    BadVectorFile,
    Longs,
    Nothing,
    VectorFile,
    graph_of,
    pack_head,
    sync_folder,
    unpack_head,
)

if TYPE_CHECKING:
    from usearch.index import Index

log = logging.getLogger(__name__)

MAGIC = b"REVOHNSW"
FORMAT = 1
LINKS = 16
"""Of a vector on each level, twice as many on the lowest; M of the paper."""
EXPANSION_BUILD = 128
"""So many are looked at to find the links of a new one; efConstruction of the paper."""
EXPANSION_SEARCH = 64
"""So many are kept in sight during a search at least; ef of the paper."""
_ROWS = 512
"""Added at a time: about a second, after which a cancel is seen."""
_CHECKED_BYTES = 1 << 20

Floats = NDArray[np.float32]
Stamp = tuple[int, int]


class GraphHead(msgspec.Struct, frozen=True):
    """What the graph says about itself and about the file of vectors that it is of."""

    format: int
    model: str
    dim: int
    count: int
    generation: int
    check_small: int
    check_vectors: int
    check_links: int
    """CRC-32 of what follows the vectors, up to the head."""


class Graph:
    """The graph of a file of vectors, mapped read-only."""

    def __init__(self, file: VectorFile) -> None:
        """Map it; raises FileNotFoundError, BadVectorFile, ImportError when usearch is missing."""
        path = graph_of(file.path)
        with path.open("rb") as opened:
            end = _check(opened, file, path)
            self._whole = np.memmap(opened, np.uint8, "r", shape=(end,))
        self._index = _new_index(file.head.dim)
        try:
            self._index.view(self._whole.data)
        except RuntimeError as error:
            raise BadVectorFile(f"{path} is damaged: {error}") from error

    def search(self, unit: Floats, count: int) -> tuple[Longs, Floats]:
        """Return about the `count` nearest, the nearest first: their seqs and cosines."""
        found = self._index.search(unit.astype(np.float16), count, threads=1)
        cosines = np.float32(1.0) - np.asarray(found.distances, np.float32)
        return np.asarray(found.keys).astype(np.int64), cosines


def beside(file: VectorFile) -> Graph | None:
    """Map the graph of a file if there is one; say in the log why one that is there is not used."""
    try:
        return Graph(file)
    except FileNotFoundError:
        return None
    except (BadVectorFile, OSError, ImportError) as error:
        log.warning("Searches compare every vector, for the graph is not used: %s", error)
        return None


def stamp_of(file: VectorFile) -> Stamp | None:
    """Return what tells the graph that is beside a file from another; None: there is none."""
    try:
        found = graph_of(file.path).stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


def build(
    file: VectorFile,
    progress: Progress = lambda done, total: None,
    check_cancelled: Nothing = lambda: None,
    earlier: VectorFile | None = None,
) -> GraphHead:
    """Build the graph of a file beside it, with one thread; a reader sees none or a whole one.

    It takes minutes for 100,000 vectors and as much memory as the graph has bytes: lower the
    priority of the process first. If `earlier` has a graph and all its vectors are in `file` too,
    only the others are added to that. Progress is told in rows; it and `check_cancelled` may raise
    to stop. Raises OSError when the disk refuses, ImportError when usearch is missing, and
    BadVectorFile when the file of vectors was removed meanwhile: then there is no graph.
    """
    index, rows = _begun(file, earlier) or (_new_index(file.head.dim), np.arange(file.head.count))
    there = file.head.count - len(rows)
    for start in range(0, len(rows), _ROWS):
        check_cancelled()
        some = rows[start : start + _ROWS]
        vectors = np.nan_to_num(file.vectors[some])
        index.add(file.seqs[some].astype(np.uint64), vectors, threads=1, copy=True)
        progress(there + start + len(some), file.head.count)
    path = graph_of(file.path)
    head = _save(index, file, path)
    if not file.path.exists():  # forgotten from meanwhile: see `vector_file.remove`
        path.unlink(missing_ok=True)
        raise BadVectorFile(f"{file.path} was replaced while its graph was built")
    sync_folder(path.parent)
    return head


def _begun(file: VectorFile, earlier: VectorFile | None) -> "tuple[Index, Longs] | None":
    """Return the graph of an earlier file to go on with, and the rows of `file` that it lacks.

    None: there is none, or it has a vector that `file` has not: such a one may have been forgotten.
    """
    if earlier is None or _of(earlier) != _of(file):
        return None
    rows = file.rows_of(earlier.seqs)
    if len(rows) < earlier.head.count or not _same(file, rows, earlier):
        return None
    path = graph_of(earlier.path)
    index = _new_index(file.head.dim)
    try:
        with path.open("rb") as opened:
            _check(opened, earlier, path)
        index.load(str(path))
    except (OSError, BadVectorFile, RuntimeError) as error:
        log.info("The graph is built from nothing: %s", error)
        return None
    return index, np.setdiff1d(np.arange(file.head.count), rows)


def _of(file: VectorFile) -> tuple[str, int]:
    return file.head.model, file.head.dim


def _same(file: VectorFile, rows: Longs, earlier: VectorFile) -> bool:
    blocks = range(0, len(rows), _ROWS)
    return all(
        np.array_equal(
            file.vectors[rows[start : start + _ROWS]].view(np.uint16),
            earlier.vectors[start : start + _ROWS].view(np.uint16),
        )
        for start in blocks
    )


def _save(index: "Index", file: VectorFile, path: Path) -> GraphHead:
    new = path.with_suffix(GRAPH_NEW_SUFFIX)
    try:
        new.touch(mode=0o600)
        index.save(str(new))
        with new.open("r+b") as opened:
            head = _write_head(opened, file)
            os.fsync(opened.fileno())
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
    return head


def _new_index(dim: int) -> "Index":
    from usearch.index import Index  # noqa: PLC0415  # it comes with an extra

    return Index(
        ndim=dim,
        metric="ip",
        dtype="f16",
        connectivity=LINKS,
        expansion_add=EXPANSION_BUILD,
        expansion_search=EXPANSION_SEARCH,
        enable_key_lookups=False,
    )


def _write_head(opened: BinaryIO, file: VectorFile) -> GraphHead:
    about = file.head
    end = opened.seek(0, os.SEEK_END)
    head = GraphHead(
        FORMAT,
        about.model,
        about.dim,
        about.count,
        about.generation,
        about.check_small,
        about.check_vectors,
        _check_links(opened, file, end),
    )
    opened.seek(end)
    opened.write(pack_head(MAGIC, head))
    opened.flush()
    return head


def _read_head(opened: BinaryIO, end: int, path: Path) -> GraphHead:
    opened.seek(max(end, 0))
    block = opened.read(HEAD_BYTES)
    if len(block) < HEAD_BYTES or not block.startswith(MAGIC):
        raise BadVectorFile(f"{path} is not a whole graph of vectors")
    return unpack_head(block, GraphHead, path)


def _check(opened: BinaryIO, file: VectorFile, path: Path) -> int:
    """Return where its head begins; raises BadVectorFile unless it is sound and of this file."""
    end = os.fstat(opened.fileno()).st_size - HEAD_BYTES
    head = _read_head(opened, end, path)
    _expect(head, file, path)
    if _check_links(opened, file, end) != head.check_links:
        raise BadVectorFile(f"{path} is damaged: its links do not fit their check sum")
    return end


def _expect(head: GraphHead, file: VectorFile, path: Path) -> None:
    if head.format != FORMAT:
        raise BadVectorFile(f"{path} has format {head.format}; this version reads {FORMAT}")
    of = (head.model, head.dim, head.count, head.generation, head.check_small, head.check_vectors)
    its = file.head
    if of != (its.model, its.dim, its.count, its.generation, its.check_small, its.check_vectors):
        raise BadVectorFile(f"{path} is the graph of another file than {file.path}")


def _check_links(opened: BinaryIO, file: VectorFile, end: int) -> int:
    """Return the CRC-32 of what follows the vectors, and of the counts before them."""
    opened.seek(0)
    check = zlib.crc32(opened.read(8))
    at = opened.seek(8 + 2 * file.head.count * file.head.dim)
    while at < end:
        block = opened.read(min(_CHECKED_BYTES, end - at))
        if not block:
            break
        check = zlib.crc32(block, check)
        at += len(block)
    return check
