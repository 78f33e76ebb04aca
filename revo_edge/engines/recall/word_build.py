"""Building the file of words from the full text of memory.db.

    impact = f * (K1 + 1) / (f + K1 * (1 - B + B * length / mean length))

with `f` the number of times a row has the word, each time weighted by its column. Times the rarity
of the word that is FTS5's own bm25 (https://www.sqlite.org/fts5.html#the_bm25_function), so that
what the file finds and what FTS5 finds can stand in one list.

The full text is read a few words at a time: a long read would let the writer's log grow. What was
changed in between makes the file neither wrong nor whole for those rows: new ones are after
`last_seq`, and what no longer holds is dropped by the search. Only the words around a turn may be
those from before, until the next build.

Import this module only where numpy is there.
"""

import itertools
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from revo_edge.engines.recall import meta, ranking
from revo_edge.engines.recall.schema import KIND_NUMBER, KINDS, SHAPES
from revo_edge.engines.recall.text import Table
from revo_edge.engines.recall.vector_file import HEAD_BYTES, pack_head, put_in_place
from revo_edge.engines.recall.word_file import (
    DTYPES,
    FORMAT,
    MAGIC,
    NEW_SUFFIX,
    SCRATCH_SUFFIX,
    Head,
    Size,
    check_of,
    places,
)

K1, B = 1.2, 0.75
READ_INSTANCES = 300_000
"""So many are read at once: some 0.4 s."""
_FETCH = 50_000
_BLOCK = 1 << 20

Parts = dict[str, NDArray[Any]]
Triples = NDArray[np.int64]


class Report(NamedTuple):
    """How the work tells how far it is, in words of the index; both may raise to stop."""

    progress: Callable[[int, int], None] = lambda done, total: None
    check_cancelled: Callable[[], None] = lambda: None


def build(path: Path, db: sqlite3.Connection, report: Report) -> Head:
    """Write a file and rename it to `path` when it is whole.

    Entries pass through scratch files beside it; memory holds some 20 bytes for each row. Raises
    OSError when the disk refuses; `path` is then as it was.
    """
    generation, last_seq = meta.number(db, "generation"), meta.last_seq(db)
    counted = _Counted(report, sum(_count_words(db, shape) for shape in SHAPES))
    scratches = [path.with_suffix(f"{SCRATCH_SUFFIX}{n}") for n in range(len(SHAPES))]
    try:
        tables = {
            shape.name: _Reading(db, shape, scratch, counted).read()
            for shape, scratch in zip(SHAPES, scratches, strict=True)
        }
        sizes = {name: _size(parts) for name, parts in tables.items()}
        head = Head(FORMAT, generation, last_seq, sizes)
        _write(path, head, tables)
    finally:
        for scratch in scratches:
            scratch.unlink(missing_ok=True)
    return head


class _Counted:
    """Words that are done, of how many."""

    def __init__(self, report: Report, total: int) -> None:
        self._report = report
        self._total = total
        self._done = 0

    def add(self, words: int) -> None:
        self._done += words
        self._report.check_cancelled()
        self._report.progress(min(self._done, self._total), self._total)


def _count_words(db: sqlite3.Connection, shape: Table) -> int:
    _vocabulary(db, shape)
    return int(db.execute(f"SELECT count(*) FROM temp.{shape.name}_row").fetchone()[0])  # noqa: S608


def _vocabulary(db: sqlite3.Connection, shape: Table) -> None:
    """Make the two views of a table's words: one row for each word, and for each place of it."""
    for form in ("row", "instance"):
        db.execute(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.{shape.name}_{form} "
            f"USING fts5vocab(main, {shape.name}, {form})"
        )


class _Reading:
    """Reads one table: its rows, then its words with their entries."""

    def __init__(
        self, db: sqlite3.Connection, shape: Table, scratch: Path, counted: _Counted
    ) -> None:
        self._db = db
        self._shape = shape
        self._scratch = scratch
        self._counted = counted
        self._weights = np.array((0.0, *shape.weights), np.float32)
        self._seqs, self._spaces, self._kinds = self._read_rows()
        self._lengths = np.zeros(len(self._seqs), np.int64)
        self._names: list[bytes] = []
        self._starts: list[int] = [0]

    def read(self) -> Parts:
        """Return the parts of the table; the large ones are mapped."""
        with self._scratch.open("w+b") as file:
            self._scratch.chmod(0o600)
            for words, found in self._batches():
                self._write_entries(file, words, found)
                self._counted.add(len(words))
            file.flush()
            entries = _mapped(file, self._starts[-1])
        self._weigh(entries)
        cuts = np.concatenate(([0], np.cumsum([len(name) for name in self._names])))
        return {
            "seqs": self._seqs,
            "spaces": self._spaces,
            "kinds": self._kinds,
            "starts": np.array(self._starts, np.int64),
            "cuts": cuts.astype(np.int64),
            "names": np.frombuffer(b"".join(self._names), np.uint8),
            "rows": entries["row"],
            "impacts": entries["impact"],
        }

    def _read_rows(self) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint8]]:
        kinds = [KIND_NUMBER[k] for k in KINDS if ranking.table_of(KIND_NUMBER[k]) is self._shape]
        marks = ", ".join("?" * len(kinds))
        query = (
            "SELECT seq, namespace, kind FROM version WHERE valid_to IS NULL "  # noqa: S608 - marks only
            f"AND kind IN ({marks}) ORDER BY seq"
        )
        flat = itertools.chain.from_iterable(self._db.execute(query, kinds))
        found = np.fromiter(flat, np.int64).reshape(-1, 3)
        return (
            np.ascontiguousarray(found[:, 0]),
            found[:, 1].astype(np.int32),
            found[:, 2].astype(np.uint8),
        )

    def _batches(self) -> Iterator[tuple[list[tuple[str, int]], Triples]]:
        """Yield words in order with how many places each has, and the places; both of one state."""
        last = ""
        while True:
            self._db.execute("BEGIN")
            try:
                words = self._next_words(last)
                found = self._places(words) if words else None
            finally:
                self._db.execute("ROLLBACK")
            if found is None:
                return
            yield words, found
            last = words[-1][0]

    def _next_words(self, last: str) -> list[tuple[str, int]]:
        words: list[tuple[str, int]] = []
        total = 0
        query = f"SELECT term, cnt FROM temp.{self._shape.name}_row WHERE term > ?"  # noqa: S608
        for term, count in self._db.execute(query, (last,)):
            words.append((term, count))
            total += count
            if total >= READ_INSTANCES:
                break
        return words

    def _places(self, words: Sequence[tuple[str, int]]) -> Triples:
        """Return (number of the word, version, column) of each place where one of these stands."""
        columns = " ".join(f"WHEN '{c}' THEN {n}" for n, c in enumerate(self._shape.columns, 1))
        query = (
            f"SELECT doc, CASE col {columns} ELSE 0 END "  # noqa: S608 - names of text.py
            f"FROM temp.{self._shape.name}_instance WHERE term >= ? AND term <= ?"
        )
        found = self._db.execute(query, (words[0][0], words[-1][0]))
        flat = [np.empty(0, np.int64)]
        while some := found.fetchmany(_FETCH):
            each = itertools.chain.from_iterable(some)
            flat.append(np.fromiter(each, np.int64, 2 * len(some)))
        places = np.concatenate(flat).reshape(-1, 2)
        numbers = np.repeat(np.arange(len(words)), [count for _, count in words])
        return np.column_stack((numbers, places))

    def _write_entries(
        self, file: BinaryIO, words: Sequence[tuple[str, int]], places: Triples
    ) -> None:
        """Write an entry for each row that has one of these words."""
        entries, counts = self._entries(places, len(words))
        entries.tofile(file)
        for (term, _), count in zip(words, counts.tolist(), strict=True):
            if count:
                self._names.append(term.encode())
                self._starts.append(self._starts[-1] + count)

    def _entries(self, places: Triples, words: int) -> tuple[Any, NDArray[np.int64]]:
        """Return an entry for each (word, row), with its weighted count; and how many a word has."""
        rows = np.searchsorted(self._seqs, places[:, 1])
        rows[rows == len(self._seqs)] = 0
        there = np.zeros(len(places), bool)
        if len(self._seqs):
            there = self._seqs[rows] == places[:, 1]
        numbers, rows, columns = places[there, 0], rows[there], places[there, 2]
        self._lengths += np.bincount(rows, minlength=len(self._seqs))
        weights = self._weights[columns]
        weighed = weights > 0
        numbers, rows, weights = numbers[weighed], rows[weighed], weights[weighed]
        keys = numbers * max(len(self._seqs), 1) + rows
        firsts = np.flatnonzero(np.diff(keys, prepend=-1))
        entries = np.empty(len(firsts), _ENTRY)
        entries["row"] = rows[firsts]
        entries["impact"] = np.add.reduceat(weights, firsts) if len(firsts) else 0
        return entries, np.bincount(numbers[firsts], minlength=words)

    def _weigh(self, entries: Any) -> None:
        """Turn the counts of the entries into impacts, now that all lengths are known."""
        mean = max(float(self._lengths.mean()), 1.0) if len(self._lengths) else 1.0
        norms = (K1 * (1 - B + B * self._lengths / mean)).astype(np.float32)
        for start in range(0, len(entries), _BLOCK):
            block = entries[start : start + _BLOCK]
            counts = block["impact"].copy()
            block["impact"] = counts * np.float32(K1 + 1) / (counts + norms[block["row"]])


_ENTRY = np.dtype([("row", "<u4"), ("impact", "<f4")])


def _mapped(file: BinaryIO, count: int) -> Any:
    return np.memmap(file, _ENTRY, "r+", shape=(count,)) if count else np.empty(0, _ENTRY)


def _size(parts: Parts) -> Size:
    return Size(
        rows=len(parts["seqs"]),
        words=len(parts["starts"]) - 1,
        name_bytes=len(parts["names"]),
        entries=len(parts["rows"]),
        check=check_of(parts),
    )


def _write(path: Path, head: Head, tables: dict[str, Parts]) -> None:
    with put_in_place(path, NEW_SUFFIX) as file:
        file.write(pack_head(MAGIC, head))
        end = HEAD_BYTES
        for (table, part), place in places(head).items():
            file.seek(place.offset)
            array = tables[table][part]
            for start in range(0, len(array), _BLOCK):
                block = np.ascontiguousarray(array[start : start + _BLOCK], DTYPES[part])
                file.write(block.tobytes())
            end = place.end
        file.truncate(end)
