"""Duplicates: the same text in the same place, and texts that say almost the same.

Of each text a bottom-k sketch is kept: the smallest hashes of its pairs of words (Broder, "On the
resemblance and containment of documents", 1997). Texts that share one are compared word by word.
"""

import re
import sqlite3
import zlib
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from revo_edge.contract.recall import Near
from revo_edge.engines.recall.rows import Row, read_rows
from revo_edge.engines.recall.words import spaced

SKETCH_SIZE = 4
NEAR = 0.7
"""From this share of common words on, two texts say almost the same."""
NEAR_REPORTED = 5
CANDIDATES = 32
"""So many texts are compared at most; a shingle that more texts share is boilerplate."""
WORDS_COMPARED = 5_000
"""Of a longer text the beginning is compared."""

_WORD = re.compile(r"\w+")


def original(db: sqlite3.Connection, row: Row) -> Row | None:
    """Return the oldest item that holds with the same text in the same namespace and place."""
    where = "WHERE hash = ? AND valid_to IS NULL AND namespace = ? AND place = ? AND kind = ?"
    values = (row.hash, row.namespace, row.place, row.kind)
    return next(read_rows(db, f"{where} ORDER BY seq LIMIT 1", values), None)


def words_of(text: str) -> list[str]:
    """Return the words that are compared."""
    return _WORD.findall(spaced(text.casefold()))[:WORDS_COMPARED]


def sketch(words: list[str]) -> list[int]:
    """Return the smallest hashes of the pairs of words."""
    shingles = [f"{first} {second}" for first, second in pairwise(words)]
    hashes = {zlib.crc32(shingle.encode()) for shingle in shingles or words}
    return sorted(hashes)[:SKETCH_SIZE]


def similarity(some: Counter[str], others: Counter[str]) -> float:
    """Return the share of words two texts have in common (Jaccard, with repetitions)."""
    common = (some & others).total()
    return common / (some.total() + others.total() - common or 1)


def near(db: sqlite3.Connection, row: Row, words: list[str], shingles: list[int]) -> list[Near]:
    """Return the items that hold in the row's namespace and say almost the same, nearest first."""
    own = Counter(words)
    found: dict[str, float] = {}
    for other in _candidates(db, row, shingles):
        share = similarity(own, Counter(words_of(other.text)))
        if share >= NEAR:
            found[other.id] = max(share, found.get(other.id, 0.0))
    best = sorted(found.items(), key=lambda each: (-each[1], each[0]))
    return [Near(item, round(share, 3)) for item, share in best[:NEAR_REPORTED]]


def keep_sketch(db: sqlite3.Connection, seq: int, shingles: Iterable[int]) -> None:
    """Keep the sketch of a version."""
    pairs = [(shingle, seq) for shingle in shingles]
    db.executemany("INSERT OR IGNORE INTO sketch VALUES (?, ?)", pairs)


def _candidates(db: sqlite3.Connection, row: Row, shingles: list[int]) -> Iterable[Row]:
    common: Counter[int] = Counter()
    for shingle in shingles:
        query = "SELECT seq FROM sketch WHERE shingle = ? ORDER BY seq DESC LIMIT ?"
        common.update(seq for (seq,) in db.execute(query, (shingle, CANDIDATES * 8)))
    seqs = [seq for seq, _ in common.most_common(CANDIDATES)]
    marks = ", ".join("?" * len(seqs))
    where = f"WHERE seq IN ({marks}) AND namespace = ? AND valid_to IS NULL AND id <> ?"
    return read_rows(db, where, (*seqs, row.namespace, row.id)) if seqs else ()
