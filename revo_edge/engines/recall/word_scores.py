"""Scores by the file of words: for each word its rarity times its impacts, added up row by row.

Import this module only where numpy is there.
"""

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from revo_edge.engines.recall.terms import LEAST_RARITY
from revo_edge.engines.recall.word_file import Table, WordFile

Longs = NDArray[np.int64]
Floats = NDArray[np.float32]


class Scored:
    """Versions with their scores, each above 0."""

    def __init__(self, seqs: Longs, scores: Floats) -> None:
        self._seqs = seqs
        self._scores = scores

    def __len__(self) -> int:
        return len(self._seqs)

    def best(self, count: int) -> list[tuple[int, float]]:
        """Return the best (seq, score), the best first; of equals the newer."""
        seqs, scores = self._seqs, self._scores
        if len(scores) > count:
            kept = np.argpartition(scores, len(scores) - count)[-count:]
            seqs, scores = seqs[kept], scores[kept]
        order = np.lexsort((-seqs, -scores))
        return list(zip(seqs[order].tolist(), scores[order].tolist(), strict=True))

    def among(self, seqs: Iterable[int]) -> "Scored":
        """Return those of these versions."""
        kept = np.isin(self._seqs, np.fromiter(seqs, np.int64))
        return Scored(self._seqs[kept], self._scores[kept])


class WordScores:
    """What the file says of one query at a time: `add` words, then take `scored`."""

    def __init__(self, file: WordFile) -> None:
        self._file = file
        self._sums: dict[str, Floats] = {}

    @property
    def last_seq(self) -> int:
        """The last version that the file may have."""
        return self._file.head.last_seq

    def add(self, name: str, words: Iterable[Sequence[str]]) -> None:
        """Add the scores of words, each given by its tokens; those of several are left out."""
        table = self._file.tables[name]
        sums = self._sums_of(name)
        for tokens in words:
            if len(tokens) != 1:
                continue
            rows, impacts = table.entries(tokens[0])
            if len(rows):
                rarity = _rarity(len(rows), len(table.seqs))
                sums[rows] += impacts * np.float32(rarity)  # a word has a row once

    def add_scores(self, name: str, scores: Iterable[tuple[int, float]]) -> None:
        """Add what was found in another way, by seq."""
        found = np.array(list(scores), np.float64).reshape(-1, 2)
        seqs = self._file.tables[name].seqs
        if not len(found) or not len(seqs):
            return
        rows = np.searchsorted(seqs, found[:, 0].astype(np.int64))
        rows[rows == len(seqs)] = 0
        there = seqs[rows] == found[:, 0]
        self._sums_of(name)[rows[there]] += found[there, 1].astype(np.float32)

    def scored(self, namespaces: Sequence[int], kinds: Sequence[int], least: int) -> "Scored":
        """Return what was found of these namespaces and kinds (none: of all), and begin anew.

        If there are more than `least`, what is far below the best is left out.
        """
        most = max((float(sums.max(initial=0)) for sums in self._sums.values()), default=0.0)
        found = Scored(np.empty(0, np.int64), np.empty(0, np.float32))
        for share in (0.5, 0.25, 0.0):
            found = self._above(share * most, namespaces, kinds)
            if len(found) >= least:
                break
        self._sums.clear()
        return found

    def _above(self, score: float, namespaces: Sequence[int], kinds: Sequence[int]) -> "Scored":
        seqs, scores = [np.empty(0, np.int64)], [np.empty(0, np.float32)]
        for name, sums in self._sums.items():
            table = self._file.tables[name]
            rows = np.flatnonzero(sums > score)
            rows = rows[_allowed(table, rows, namespaces, kinds)]
            seqs.append(table.seqs[rows])
            scores.append(sums[rows])
        return Scored(np.concatenate(seqs), np.concatenate(scores))

    def _sums_of(self, name: str) -> Floats:
        if name not in self._sums:
            self._sums[name] = np.zeros(len(self._file.tables[name].seqs), np.float32)
        return self._sums[name]


def _rarity(rows: int, total: int) -> float:
    """Return the inverse document frequency as FTS5 has it."""
    return max(math.log((total - rows + 0.5) / (rows + 0.5)), LEAST_RARITY)


def _allowed(
    table: Table, rows: Longs, namespaces: Sequence[int], kinds: Sequence[int]
) -> NDArray[np.bool_]:
    kept = np.ones(len(rows), bool)
    for column, wanted in ((table.spaces, namespaces), (table.kinds, kinds)):
        if wanted:
            kept &= np.isin(column[rows], list(wanted))
    return kept
