"""The file of vectors: made from memory.db in one go, mapped read-only, never changed in place.

    offset 0     magic, length of the head, CRC-32 of the head, the head (msgpack); padded to 4 KiB
    vectors      count x dim   float16   unit vectors, ordered by namespace, then by seq
    starts       spaces + 1    int64     where the rows of each namespace begin
    namespaces   spaces        int32     their numbers, ascending
    seqs         count         int64     the version each row belongs to
    by_seq       count         int32     the rows in the order of their seqs

All little-endian; each part begins at a multiple of 64 bytes. The rows of a namespace stand together,
so that a search within it reads one stretch of the file. A graph of a large file lies beside it,
under the same name with another suffix (see graph.py).

It is a cache: whatever is wrong with it, the answer is to build it anew from memory.db (see
vector_build.py), so a file is either sound or refused. What is small is checked when it is opened;
`verify` also reads the vectors.

Import this module only where vectors are used: it needs numpy.
"""

import contextlib
import os
import struct
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

MAGIC = b"REVOVEC\n"
FORMAT = 2
SUFFIX = ".vectors"
NEW_SUFFIX = ".vectors-new"
"""A file that is being written; one that was left lying is removed by `remove_leftovers`."""
SCRATCH_SUFFIX = ".vectors-scratch"
GRAPH_SUFFIX = ".usearch"
GRAPH_NEW_SUFFIX = ".usearch-new"
HEAD_BYTES = 4096
_ALIGN = 64
_PREFIX = struct.Struct("<8sII")
_BLOCK_ROWS = 4096

Halves = NDArray[np.float16]
Longs = NDArray[np.int64]
Ints = NDArray[np.int32]
Nothing = Callable[[], None]
Says = TypeVar("Says", bound=msgspec.Struct)


class BadVectorFile(Exception):
    """Raised when a file is not a sound file of this model's vectors; build it anew."""


class Head(msgspec.Struct, frozen=True):
    """What the file says about itself; `generation` is that of the store it was made from."""

    format: int
    model: str
    dim: int
    count: int
    spaces: int
    generation: int
    check_small: int
    """CRC-32 of all parts but the vectors."""
    check_vectors: int


class Layout(NamedTuple):
    """The rows of a file to be written, as they are kept in memory: all but the vectors."""

    starts: Longs
    namespaces: Ints
    seqs: Longs


class Named(NamedTuple):
    """What is written in the head of a file."""

    model: str
    dim: int
    generation: int


class _Part(NamedTuple):
    dtype: str
    shape: tuple[int, ...]
    offset: int

    @property
    def end(self) -> int:
        return self.offset + int(np.prod(self.shape)) * np.dtype(self.dtype).itemsize


def _parts(dim: int, count: int, spaces: int) -> dict[str, _Part]:
    shapes: tuple[tuple[str, str, tuple[int, ...]], ...] = (
        ("vectors", "<f2", (count, dim)),
        ("starts", "<i8", (spaces + 1,)),
        ("namespaces", "<i4", (spaces,)),
        ("seqs", "<i8", (count,)),
        ("by_seq", "<i4", (count,)),
    )
    parts: dict[str, _Part] = {}
    offset = HEAD_BYTES
    for name, dtype, shape in shapes:
        parts[name] = _Part(dtype, shape, offset)
        offset = -(-parts[name].end // _ALIGN) * _ALIGN
    return parts


class VectorFile:
    """A sound file, mapped read-only; it stays readable when it is replaced or removed."""

    def __init__(self, path: Path, model: str, dim: int) -> None:
        """Map a file; raise BadVectorFile when it is not one of this model, OSError when absent."""
        with path.open("rb") as file:
            self.head = _read_head(file, path)
            size = os.fstat(file.fileno()).st_size
            self._expect(path, model, dim, size)
            # As a plain array: to slice a memmap costs ten times as much, for each namespace.
            whole = np.asarray(np.memmap(file, np.uint8, "r", shape=(size,)))
        self.path = path
        parts = _parts(dim, self.head.count, self.head.spaces)
        self.vectors: Halves = _view(whole, parts["vectors"])
        self.starts: Longs = _view(whole, parts["starts"])
        self.namespaces: Ints = _view(whole, parts["namespaces"])
        self.seqs: Longs = _view(whole, parts["seqs"])
        self.by_seq: Ints = _view(whole, parts["by_seq"])
        small = (self.starts, self.namespaces, self.seqs, self.by_seq)
        if _check(small) != self.head.check_small:
            raise BadVectorFile(f"{path} is damaged: its tables do not fit their check sum")
        self.sorted_seqs: Longs = self.seqs[self.by_seq]

    def _expect(self, path: Path, model: str, dim: int, size: int) -> None:
        head = self.head
        if head.format != FORMAT:
            raise BadVectorFile(f"{path} has format {head.format}; this version reads {FORMAT}")
        if (head.model, head.dim) != (model, dim):
            has, wants = f"{head.model} ({head.dim})", f"{model} ({dim})"
            raise BadVectorFile(f"{path} holds vectors of {has}, not of {wants}")
        if not 0 <= head.spaces <= head.count:
            raise BadVectorFile(f"{path} is damaged: {head.count} vectors of {head.spaces} spaces")
        expected = _parts(dim, head.count, head.spaces)["by_seq"].end
        if size != expected:
            raise BadVectorFile(f"{path} has {size} bytes where {expected} belong")

    def verify(self) -> None:
        """Read all vectors and raise BadVectorFile when one has changed; 1 s for 1,000,000."""
        if _check((self.vectors,)) != self.head.check_vectors:
            raise BadVectorFile(f"{self.path} is damaged: its vectors do not fit their check sum")

    def rows_of(self, seqs: Longs) -> Longs:
        """Return the rows of those of these seqs that are in the file."""
        places = np.searchsorted(self.sorted_seqs, seqs)
        places[places == self.head.count] = 0
        if self.head.count == 0:
            return np.empty(0, np.int64)
        known = places[self.sorted_seqs[places] == seqs]
        rows: Longs = self.by_seq[known].astype(np.int64)
        return rows

    def namespaces_of(self, rows: Longs) -> Ints:
        """Return the namespace of each of these rows."""
        found: Ints = self.namespaces[np.searchsorted(self.starts, rows, side="right") - 1]
        return found

    def stretches(self, namespaces: Collection[int] | None) -> list[tuple[int, int]]:
        """Return from where to where the rows of these namespaces are; None: of all."""
        if namespaces is None:
            return [(0, self.head.count)] if self.head.count else []
        inside = np.isin(self.namespaces, list(namespaces))
        edges = np.flatnonzero(np.diff(inside, prepend=False, append=False))
        firsts, lasts = self.starts[edges[::2]].tolist(), self.starts[edges[1::2]].tolist()
        return list(zip(firsts, lasts, strict=True))


def _view(whole: NDArray[np.uint8], part: _Part) -> NDArray[Any]:
    return whole[part.offset : part.end].view(part.dtype).reshape(part.shape)


def _check(arrays: Sequence[NDArray[Any]]) -> int:
    check = 0
    for array in arrays:
        check = zlib.crc32(np.ascontiguousarray(array).data.cast("B") if array.size else b"", check)
    return check


def _read_head(file: BinaryIO, path: Path) -> Head:
    start = file.read(HEAD_BYTES)
    if len(start) < HEAD_BYTES or not start.startswith(MAGIC):
        raise BadVectorFile(f"{path} is not a file of vectors")
    return unpack_head(start, Head, path)


def pack_head(magic: bytes, head: msgspec.Struct) -> bytes:
    """Return what a file says about itself as a block of HEAD_BYTES, with its check sum."""
    packed = msgspec.msgpack.encode(head)
    if _PREFIX.size + len(packed) > HEAD_BYTES:
        raise ValueError("the name of the model is longer than 3,900 bytes")
    block = _PREFIX.pack(magic, len(packed), zlib.crc32(packed)) + packed
    return block.ljust(HEAD_BYTES, b"\0")


def unpack_head(block: bytes, type_: type[Says], path: Path) -> Says:
    """Return what `pack_head` was given; raises BadVectorFile for a damaged block."""
    _, length, check = _PREFIX.unpack_from(block)
    packed = block[_PREFIX.size : _PREFIX.size + length]
    if zlib.crc32(packed) != check:
        raise BadVectorFile(f"{path} is damaged: its head does not fit its check sum")
    try:
        return msgspec.msgpack.decode(packed, type=type_)
    except msgspec.MsgspecError as error:
        raise BadVectorFile(f"{path} is damaged: {error}") from error


def write(
    path: Path,
    layout: Layout,
    blocks: Iterator[Halves],
    named: Named,
    written: Callable[[int], None] = lambda rows: None,
) -> Head:
    """Write a file beside `path` and rename it: a reader sees the old one or the new one, whole.

    `blocks` yields the vectors in the order of `layout.seqs`; `written` is told how many rows are
    done and may raise to give up. Raises OSError when the disk refuses; `path` is then unchanged.
    """
    with put_in_place(path, NEW_SUFFIX) as file:
        return _write_parts(file, layout, blocks, named, written)


@contextlib.contextmanager
def put_in_place(path: Path, suffix: str) -> Iterator[BinaryIO]:
    """Open a file beside `path` and rename it to `path` when all is written and on the disk.

    When that fails, nothing of it is left. Raises OSError when the disk refuses.
    """
    new = path.with_suffix(suffix)
    try:
        with new.open("wb") as file:
            new.chmod(0o600)
            yield file
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        sync_folder(path.parent)
    finally:
        new.unlink(missing_ok=True)


def _write_parts(
    file: BinaryIO,
    layout: Layout,
    blocks: Iterator[Halves],
    named: Named,
    written: Callable[[int], None],
) -> Head:
    model, dim, generation = named
    count, spaces = len(layout.seqs), len(layout.namespaces)
    parts = _parts(dim, count, spaces)
    file.seek(HEAD_BYTES)
    check = rows = 0
    for block in blocks:
        packed = np.ascontiguousarray(block, "<f2").tobytes()
        check = zlib.crc32(packed, check)
        file.write(packed)
        rows += len(block)
        written(rows)
    if rows != count:
        raise ValueError(f"{rows} vectors came for {count} rows")
    by_seq = np.argsort(layout.seqs, kind="stable").astype("<i4")
    small = {**layout._asdict(), "by_seq": by_seq}
    packed_small = {
        name: _packed(small[name], part) for name, part in parts.items() if name in small
    }
    for name, array in packed_small.items():
        file.seek(parts[name].offset)
        file.write(array.tobytes())
    file.truncate(parts["by_seq"].end)
    check_small = _check(list(packed_small.values()))
    head = Head(FORMAT, model, dim, count, spaces, generation, check_small, check)
    file.seek(0)
    file.write(pack_head(MAGIC, head))
    return head


def _packed(array: NDArray[Any], part: _Part) -> NDArray[Any]:
    return np.ascontiguousarray(array, part.dtype).reshape(part.shape)


def copy_without(
    old: VectorFile, path: Path, removed: Longs, *, generation: int, check_cancelled: Nothing
) -> Head:
    """Write the file again without these seqs: what `forget` asks for, in seconds.

    There is no graph beside the new file: one cannot be made smaller, only built anew, and until
    that is done searches compare every vector. When readers have the new file, the caller removes
    the old one and its graph, for both hold what was forgotten: see `remove`.
    """
    keep = np.ones(old.head.count, bool)
    keep[old.rows_of(np.asarray(removed, np.int64))] = False
    starts = np.concatenate(([0], np.cumsum(keep)))[old.starts].astype(np.int64)
    filled = np.diff(starts) > 0
    layout = Layout(
        np.concatenate((starts[:-1][filled], starts[-1:])), old.namespaces[filled], old.seqs[keep]
    )

    def blocks() -> Iterator[Halves]:
        for start in range(0, old.head.count, _BLOCK_ROWS):
            check_cancelled()
            stop = start + _BLOCK_ROWS
            yield old.vectors[start:stop][keep[start:stop]]

    graph_of(path).unlink(missing_ok=True)
    return write(path, layout, blocks(), Named(old.head.model, old.head.dim, generation))


def graph_of(path: Path) -> Path:
    """Return where the graph of a file of vectors lies."""
    return path.with_suffix(GRAPH_SUFFIX)


def remove(path: Path) -> None:
    """Remove a file of vectors and its graph, also one that is being built.

    Their bytes are gone from the disk when the last reader has let go of them. The vectors go first:
    `graph.build` looks for them when it has put a graph in place, and takes it away without them.
    """
    path.unlink(missing_ok=True)
    graph_of(path).unlink(missing_ok=True)
    path.with_suffix(GRAPH_NEW_SUFFIX).unlink(missing_ok=True)


def remove_leftovers(folder: Path, keep: Path | None = None) -> None:
    """Remove files that were never finished, and those that `keep` has replaced.

    Call it when nothing is being built: it would take that for a leftover.
    """
    kept = () if keep is None else (keep, graph_of(keep))
    order = (SUFFIX, NEW_SUFFIX, SCRATCH_SUFFIX, GRAPH_SUFFIX, GRAPH_NEW_SUFFIX)
    found = [path for path in folder.iterdir() if path.suffix in order and path not in kept]
    for path in sorted(found, key=lambda path: order.index(path.suffix)):
        path.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
