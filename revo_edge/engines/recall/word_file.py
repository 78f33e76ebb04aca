"""The file of words: which rows hold a word and what it tells there; mapped read-only.

    offset 0   magic, length of the head, CRC-32 of the head, the head (msgpack); padded to 4 KiB
    then, for each table of words (see text.py), with n rows, t words and p entries:
    seqs       n      int64     the versions, ascending
    spaces     n      int32     the namespace of each
    kinds      n      uint8     the kind of each
    starts     t + 1  int64     where the entries of each word begin
    cuts       t + 1  int64     where the name of each word begins
    names      bytes  uint8     the words as the tokenizer makes them, ascending, in UTF-8
    rows       p      uint32    the rows that hold a word, ascending
    impacts    p      float32   what the word tells there: bm25 without the word's rarity

All little-endian; each part begins at a multiple of 64 bytes. It is a cache of the full text of
memory.db: whatever is wrong with it, the answer is to build it anew (see word_build.py).

Import this module only where numpy is there.
"""

import bisect
import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from revo_edge.engines.recall.meta import WORDS_SUFFIX
from revo_edge.engines.recall.vector_file import HEAD_BYTES, BadVectorFile, unpack_head

MAGIC = b"REVOWRD\n"
FORMAT = 1
SUFFIX = WORDS_SUFFIX
NEW_SUFFIX = ".words-new"
SCRATCH_SUFFIX = ".words-scratch"
ALIGN = 64
_MARK_WORDS = 64
"""Each so manyth word is kept in memory, to find one with few reads."""

SMALL = ("seqs", "spaces", "kinds", "starts", "cuts", "names")
"""The parts that are checked when a file is opened."""
DTYPES: Mapping[str, str] = {
    "seqs": "<i8",
    "spaces": "<i4",
    "kinds": "u1",
    "starts": "<i8",
    "cuts": "<i8",
    "names": "u1",
    "rows": "<u4",
    "impacts": "<f4",
}


class BadWordFile(Exception):
    """Raised when a file is not a sound file of words; build it anew."""


class Size(msgspec.Struct, frozen=True):
    """How large the parts of one table are, and the CRC-32 of the small ones."""

    rows: int
    words: int
    name_bytes: int
    entries: int
    check: int

    def counts(self) -> dict[str, int]:
        """Return how many numbers each part has."""
        return {
            "seqs": self.rows,
            "spaces": self.rows,
            "kinds": self.rows,
            "starts": self.words + 1,
            "cuts": self.words + 1,
            "names": self.name_bytes,
            "rows": self.entries,
            "impacts": self.entries,
        }


class Head(msgspec.Struct, frozen=True):
    """What the file says about itself: versions up to `last_seq` are in it if they held then."""

    format: int
    generation: int
    last_seq: int
    tables: dict[str, Size]


class Place(NamedTuple):
    """Where a part of a table lies: bytes from the start of the file."""

    offset: int
    end: int


def places(head: Head) -> dict[tuple[str, str], Place]:
    """Return where each part of each table lies."""
    found: dict[tuple[str, str], Place] = {}
    offset = HEAD_BYTES
    for table, size in head.tables.items():
        for part, count in size.counts().items():
            end = offset + count * np.dtype(DTYPES[part]).itemsize
            found[table, part] = Place(offset, end)
            offset = -(-end // ALIGN) * ALIGN
    return found


class Table:
    """The words of one table, mapped."""

    def __init__(self, parts: Mapping[str, NDArray[Any]]) -> None:
        self.seqs: NDArray[np.int64] = parts["seqs"]
        self.spaces: NDArray[np.int32] = parts["spaces"]
        self.kinds: NDArray[np.uint8] = parts["kinds"]
        self._starts: NDArray[np.int64] = parts["starts"]
        self._cuts: NDArray[np.int64] = parts["cuts"]
        self._names = parts["names"]
        self._marks = [self._name(n) for n in range(0, len(self._starts) - 1, _MARK_WORDS)]
        self._rows: NDArray[np.uint32] = parts["rows"]
        self._impacts: NDArray[np.float32] = parts["impacts"]

    def entries(self, word: str) -> tuple[NDArray[np.uint32], NDArray[np.float32]]:
        """Return the rows that hold a word, and what it tells in each; both may be empty."""
        wanted = word.encode("utf-8", "replace")
        block = max(bisect.bisect_right(self._marks, wanted) - 1, 0)
        low = block * _MARK_WORDS
        high = min(low + _MARK_WORDS, len(self._starts) - 1)
        while low < high:
            middle = (low + high) // 2
            if self._name(middle) < wanted:
                low = middle + 1
            else:
                high = middle
        if low == len(self._starts) - 1 or self._name(low) != wanted:
            return self._rows[:0], self._impacts[:0]
        start, stop = int(self._starts[low]), int(self._starts[low + 1])
        return self._rows[start:stop], self._impacts[start:stop]

    def _name(self, number: int) -> bytes:
        return self._names[self._cuts[number] : self._cuts[number + 1]].tobytes()


class WordFile:
    """A sound file, mapped read-only; it stays readable when it is replaced or removed."""

    def __init__(self, path: Path) -> None:
        """Map a file; raise BadWordFile when it is damaged, OSError when it is absent."""
        with path.open("rb") as file:
            block = file.read(HEAD_BYTES)
            self.head = _read_head(block, path)
            where = places(self.head)
            size = os.fstat(file.fileno()).st_size
            if size != max((place.end for place in where.values()), default=HEAD_BYTES):
                raise BadWordFile(f"{path} is cut short")
            whole = np.asarray(np.memmap(file, np.uint8, "r", shape=(size,)))
        self.path = path
        self.tables: dict[str, Table] = {}
        for name, table in self.head.tables.items():
            parts = {
                part: whole[where[name, part].offset : where[name, part].end].view(dtype)
                for part, dtype in DTYPES.items()
            }
            if check_of(parts) != table.check:
                raise BadWordFile(f"{path} is damaged: {name} does not fit its check sum")
            self.tables[name] = Table(parts)

    def __len__(self) -> int:
        return sum(size.rows for size in self.head.tables.values())


def remove_leftovers(folder: Path, keep: Path) -> None:
    """Remove files that were never finished, and those that `keep` has replaced."""
    for path in folder.iterdir():
        if path.suffix.startswith(SUFFIX) and path != keep:
            path.unlink(missing_ok=True)


def check_of(parts: Mapping[str, NDArray[Any]]) -> int:
    """Return the CRC-32 of the small parts of a table."""
    check = 0
    for part in SMALL:
        array = np.ascontiguousarray(parts[part], DTYPES[part])
        check = zlib.crc32(array.data.cast("B") if array.size else b"", check)
    return check


def _read_head(block: bytes, path: Path) -> Head:
    if len(block) < HEAD_BYTES or not block.startswith(MAGIC):
        raise BadWordFile(f"{path} is not a file of words")
    try:
        head = unpack_head(block, Head, path)
    except BadVectorFile as error:
        raise BadWordFile(str(error)) from error
    if head.format != FORMAT:
        raise BadWordFile(f"{path} has format {head.format}; this version reads {FORMAT}")
    return head
