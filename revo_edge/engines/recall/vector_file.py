"""The file of vectors: made from memory.db in one go, mapped read-only, never changed in place.

    offset 0     magic, length of the head, CRC-32 of the head, the head (msgpack); padded to 4 KiB
    vectors      count x dim   float16   unit vectors, ordered by cell, then by seq
    centres      cells x dim   float16   the mean direction of each cell
    starts       cells + 1     int64     where the rows of each cell begin
    namespaces   cells         int32     whose rows they are, ascending; MIXED ones come first
    mixed        mixed         int32     the namespace of each row of the mixed cells
    seqs         count         int64     the version each row belongs to
    by_seq       count         int32     the rows in the order of their seqs

All little-endian; each part begins at a multiple of 64 bytes. The rows of a namespace stand together,
so that a search within it reads one stretch of the file. A large namespace is divided into cells
of vectors that are near one another (see cells.py); small ones share mixed cells, for many small
cells that are each of one namespace would hide the nearest from a search through all of them.

It is a cache: whatever is wrong with it, the answer is to build it anew from memory.db, so a file is
either sound or refused. What is small is checked when it is opened; `verify` also reads the vectors.

Import this module only where vectors are used: it needs numpy.
"""

import contextlib
import os
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

MAGIC = b"REVOVEC\n"
FORMAT = 1
SUFFIX = ".vectors"
NEW_SUFFIX = ".vectors-new"
"""A file that is being written; one that was left lying is removed by `remove_leftovers`."""
MIXED = -1
"""Stands for the namespace of a cell whose rows are of several."""
_HEAD_BYTES = 4096
_ALIGN = 64
_PREFIX = struct.Struct("<8sII")
_BLOCK_ROWS = 4096

Halves = NDArray[np.float16]
Longs = NDArray[np.int64]
Ints = NDArray[np.int32]
Nothing = Callable[[], None]


class BadVectorFile(Exception):
    """Raised when a file is not a sound file of this model's vectors; build it anew."""


class Head(msgspec.Struct, frozen=True):
    """What the file says about itself; `generation` is that of the store it was made from."""

    format: int
    model: str
    dim: int
    count: int
    cells: int
    mixed: int
    generation: int
    check_small: int
    """CRC-32 of all parts but the vectors."""
    check_vectors: int


class Layout(NamedTuple):
    """The rows of a file to be written, as they are kept in memory: all but the vectors."""

    centres: Halves
    starts: Longs
    namespaces: Ints
    mixed: Ints
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


def _parts(dim: int, count: int, cells: int, mixed: int) -> dict[str, _Part]:
    shapes: tuple[tuple[str, str, tuple[int, ...]], ...] = (
        ("vectors", "<f2", (count, dim)),
        ("centres", "<f2", (cells, dim)),
        ("starts", "<i8", (cells + 1,)),
        ("namespaces", "<i4", (cells,)),
        ("mixed", "<i4", (mixed,)),
        ("seqs", "<i8", (count,)),
        ("by_seq", "<i4", (count,)),
    )
    parts: dict[str, _Part] = {}
    offset = _HEAD_BYTES
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
            whole = np.memmap(file, np.uint8, "r", shape=(size,))
        self.path = path
        parts = _parts(dim, self.head.count, self.head.cells, self.head.mixed)
        self.vectors: Halves = _view(whole, parts["vectors"])
        self.centres: Halves = _view(whole, parts["centres"])
        self.starts: Longs = _view(whole, parts["starts"])
        self.namespaces: Ints = _view(whole, parts["namespaces"])
        self.mixed: Ints = _view(whole, parts["mixed"])
        self.seqs: Longs = _view(whole, parts["seqs"])
        self.by_seq: Ints = _view(whole, parts["by_seq"])
        small = (self.centres, self.starts, self.namespaces, self.mixed, self.seqs, self.by_seq)
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
        if not 0 <= max(head.cells, head.mixed) <= head.count or min(head.cells, head.mixed) < 0:
            raise BadVectorFile(f"{path} is damaged: {head.cells} cells of {head.count} vectors")
        expected = _parts(dim, head.count, head.cells, head.mixed)["by_seq"].end
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
        return self.by_seq[known].astype(np.int64)

    def namespaces_of(self, rows: Longs) -> Ints:
        """Return the namespace of each of these rows."""
        cells = np.searchsorted(self.starts, rows, side="right") - 1
        found: Ints = self.namespaces[cells]
        inside = rows < self.head.mixed
        found[inside] = self.mixed[rows[inside]]
        return found


def _view(whole: NDArray[np.uint8], part: _Part) -> NDArray[Any]:
    return whole[part.offset : part.end].view(part.dtype).reshape(part.shape)


def _check(arrays: Sequence[NDArray[Any]]) -> int:
    check = 0
    for array in arrays:
        check = zlib.crc32(np.ascontiguousarray(array).data.cast("B") if array.size else b"", check)
    return check


def _read_head(file: BinaryIO, path: Path) -> Head:
    start = file.read(_HEAD_BYTES)
    if len(start) < _HEAD_BYTES or not start.startswith(MAGIC):
        raise BadVectorFile(f"{path} is not a file of vectors")
    _, length, check = _PREFIX.unpack_from(start)
    packed = start[_PREFIX.size : _PREFIX.size + length]
    if zlib.crc32(packed) != check:
        raise BadVectorFile(f"{path} is damaged: its head does not fit its check sum")
    try:
        return msgspec.msgpack.decode(packed, type=Head)
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
    new = path.with_suffix(NEW_SUFFIX)
    try:
        with new.open("wb") as file:
            new.chmod(0o600)
            head = _write_parts(file, layout, blocks, named, written)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        _sync_folder(path.parent)
    finally:
        new.unlink(missing_ok=True)
    return head


def _write_parts(
    file: BinaryIO,
    layout: Layout,
    blocks: Iterator[Halves],
    named: Named,
    written: Callable[[int], None],
) -> Head:
    model, dim, generation = named
    count, cells, mixed = len(layout.seqs), len(layout.namespaces), len(layout.mixed)
    parts = _parts(dim, count, cells, mixed)
    file.seek(_HEAD_BYTES)
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
    head = Head(FORMAT, model, dim, count, cells, mixed, generation, check_small, check)
    _write_head(file, head)
    return head


def _packed(array: NDArray[Any], part: _Part) -> NDArray[Any]:
    return np.ascontiguousarray(array, part.dtype).reshape(part.shape)


def _write_head(file: BinaryIO, head: Head) -> None:
    packed = msgspec.msgpack.encode(head)
    if _PREFIX.size + len(packed) > _HEAD_BYTES:
        raise ValueError("the name of the model is longer than 4,000 bytes")
    file.seek(0)
    file.write(_PREFIX.pack(MAGIC, len(packed), zlib.crc32(packed)) + packed)


def copy_without(
    old: VectorFile, path: Path, removed: Longs, *, generation: int, check_cancelled: Nothing
) -> Head:
    """Write the file again without these seqs: what `forget` asks for, in seconds.

    The cells stay as they are. Where the old file had another name, the caller removes it; its bytes
    are gone from the disk's names at once, and from the disk when the last reader has let go of it.
    """
    keep = np.ones(old.head.count, bool)
    keep[old.rows_of(np.asarray(removed, np.int64))] = False
    before = np.concatenate(([0], np.cumsum(keep)))
    starts = before[old.starts]
    filled = np.diff(starts) > 0
    layout = Layout(
        _centres_without(old, keep, filled),
        np.concatenate((starts[:-1][filled], starts[-1:])).astype(np.int64),
        old.namespaces[filled],
        old.mixed[keep[: old.head.mixed]],
        old.seqs[keep],
    )

    def blocks() -> Iterator[Halves]:
        for start in range(0, old.head.count, _BLOCK_ROWS):
            check_cancelled()
            stop = start + _BLOCK_ROWS
            yield old.vectors[start:stop][keep[start:stop]]

    return write(path, layout, blocks(), Named(old.head.model, old.head.dim, generation))


def _centres_without(old: VectorFile, keep: NDArray[np.bool_], filled: NDArray[np.bool_]) -> Halves:
    """Return the centres of the cells that are left; one that lost a row is the mean of the rest.

    A centre is made of its rows: kept as it was, it would still tell of one that was forgotten.
    """
    centres = old.centres.copy()
    for cell in np.flatnonzero(filled):
        rows = slice(old.starts[cell], old.starts[cell + 1])
        if not keep[rows].all():
            centres[cell] = centre_of(old.vectors[rows][keep[rows]])
    return centres[filled]


def centre_of(vectors: Halves) -> Halves:
    """Return the mean direction of some vectors, a unit vector (or zeros)."""
    total = vectors.sum(axis=0, dtype=np.float32)
    return (total / max(float(np.linalg.norm(total)), 1e-12)).astype(np.float16)


def remove_leftovers(folder: Path, keep: Path | None = None) -> None:
    """Remove files that were never finished, and those that `keep` has replaced."""
    for path in folder.iterdir():
        if path.suffix in (SUFFIX, NEW_SUFFIX, SCRATCH_SUFFIX) and path != keep:
            with contextlib.suppress(FileNotFoundError):
                path.unlink()


SCRATCH_SUFFIX = ".vectors-scratch"


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
