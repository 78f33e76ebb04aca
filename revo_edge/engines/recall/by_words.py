"""Candidates by words: the file of words for all that is in it, FTS5 for what came since.

FTS5 scores every row that has one of the words, some 3 us each, and a common word is in a fifth of
all rows; the file adds up the same bm25 from arrays, some hundred times as fast. Without a file (a
small memory, or no numpy) FTS5 answers alone, within a budget of rows: see terms.py.
"""

import logging
import sqlite3
import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from revo_edge.engines.recall import meta, ranking, terms
from revo_edge.engines.recall.filters import Where
from revo_edge.engines.recall.meta import INDEXES
from revo_edge.engines.recall.query import Query
from revo_edge.engines.recall.schema import KIND_NUMBER, KINDS, OLD, SHAPES
from revo_edge.engines.recall.text import TOKENIZE, Table

if TYPE_CHECKING:
    from revo_edge.engines.recall.word_scores import WordScores

log = logging.getLogger(__name__)

OVERFETCH = 1_000
"""A filter is first tried on so many of the best; mostly enough of them fit."""

ENOUGH = 4
"""When a quarter of what was asked for has the rarest words, no more rows are looked at."""
TAIL_BUDGET_ROWS = 50_000
"""What FTS5 is asked of a tail costs counting its words: 0.05 us a row, of the whole table."""

Scores = list[tuple[int, float]]
"""(seq of a version, score), the best first."""


class Words:
    """Finds by words what one connection sees; `home` is where the file of words is."""

    def __init__(self, db: sqlite3.Connection, home: Path) -> None:
        self._db = db
        self._folder = home / INDEXES
        self._tokens = terms.Tokens(TOKENIZE)
        self._counts = {shape.name: terms.Counts(db, shape.name, self._tokens) for shape in SHAPES}
        self._file: WordScores | None = None
        self._served = ""

    def close(self) -> None:
        """Let go of what is kept in memory."""
        self._tokens.close()
        self._file = None

    def find(self, query: Query, where: Where, limit: int, *, checked: bool = True) -> Scores:
        """Return the versions that fit best by their words; a score is positive.

        Not `checked`, for a plain `where`: some of them may not hold any more.
        """
        said = (*query.terms, *query.phrases)
        if not said:
            return []
        self._sync()
        found: Scores = []
        after = 0
        if self._file is not None:
            found += self._in_file(self._file, said, where, limit, checked=checked)
            after = self._file.last_seq
        has_tail = meta.last_seq(self._db) > after
        for shape in _shapes(where):
            if has_tail:
                words = self._counts[shape.name].of(said, self._rows(shape))
                asked = (
                    [terms.choose(words, TAIL_BUDGET_ROWS)] if after else list(terms.wider(words))
                )
                found += self._by_full_text(shape, shape.name, asked, where, limit, after)
            if where.back:
                everything = [terms.Asked(tuple(said), ())]
                found += self._by_full_text(shape, OLD + shape.name, everything, where, limit, 0)
        return sorted(found, key=_score)[:limit]

    def _sync(self) -> None:
        """Take up another file; one that is damaged or gone is done without until it is built anew."""
        served = meta.text(self._db, "words")
        if served == self._served:
            return
        self._served, self._file = served, None
        if not served:
            return
        from revo_edge.engines.recall import word_file, word_scores  # noqa: PLC0415 - need numpy

        try:
            self._file = word_scores.WordScores(word_file.WordFile(self._folder / served))
        except (OSError, word_file.BadWordFile) as error:
            log.warning("The file of words is not used: %s", error)

    def _in_file(
        self, file: "WordScores", said: Sequence[str], where: Where, limit: int, *, checked: bool
    ) -> Scores:
        """Return the best of the file: of a narrow filter exactly those that it leaves."""
        tokens = self._tokens.of(said)
        phrases = [word for word, its in zip(said, tokens, strict=True) if len(its) > 1]
        for shape in _shapes(where):
            file.add(shape.name, tokens)
            for phrase in phrases:
                file.add_scores(shape.name, self._phrase(shape, phrase, file.last_seq))
        if not checked:
            return file.scored(where.namespaces, where.kinds, limit).best(limit)
        scored = file.scored(where.namespaces, where.kinds, sys.maxsize)
        best = scored.best(OVERFETCH)
        fitting = self._fitting(where, best)
        if len(fitting) >= limit or len(best) < OVERFETCH:
            return fitting[:limit]
        query = f"SELECT seq FROM version WHERE {where.sql}"  # noqa: S608 - conditions of filters.py
        return scored.among(seq for (seq,) in self._db.execute(query, where.values)).best(limit)

    def _phrase(self, shape: Table, phrase: str, last: int) -> Scores:
        """Return the rows of the file that hold words one after the other: the file has no places."""
        if self._counts[shape.name].of([phrase], self._rows(shape))[0].rows > terms.BUDGET_ROWS:
            return []
        match = terms.Asked((phrase,), ()).match()
        return self._ask(shape, shape.name, match, "AND rowid <= ?", (last, -1))

    def _rows(self, shape: Table) -> int:
        kinds = _kinds_of(shape)
        query = f"SELECT coalesce(sum(items), 0) FROM total WHERE {_in('kind', kinds)}"  # noqa: S608 - marks only
        return int(self._db.execute(query, tuple(kinds)).fetchone()[0])

    def _scope(self, where: Where, shape: Table, table: str) -> str:
        """Return what restricts to namespaces and kinds; empty when a table has no others.

        A word that all rows have is dear.
        """
        parts: list[str] = []
        kinds = _kinds_of(shape)
        if where.kinds and not kinds <= set(where.kinds):
            parts.append(_any("k", where.kinds))
        if where.namespaces and (table != shape.name or self._others(where.namespaces, kinds)):
            parts.append(_any("n", where.namespaces))
        return "".join(f" AND {part}" for part in parts)

    def _others(self, namespaces: Sequence[int], kinds: frozenset[int]) -> bool:
        query = (
            f"SELECT 1 FROM total WHERE items > 0 AND {_in('kind', kinds)} "  # noqa: S608 - marks only
            f"AND NOT {_in('namespace', namespaces)} LIMIT 1"
        )
        return self._db.execute(query, (*kinds, *namespaces)).fetchone() is not None

    def _by_full_text(
        self,
        shape: Table,
        table: str,
        asked: Sequence[terms.Asked],
        where: Where,
        limit: int,
        after: int,
    ) -> Scores:
        """Ask for the rarest words, then for more of them until enough is found.

        Where nothing else restricts, any row with one of the rarest words is enough: the others
        have common words only. A filter is tried on the best; when hardly any of them fits it goes
        into the statement.
        """
        scope = self._scope(where, shape, table)
        enough = 1 if where.plain and not scope else limit // ENOUGH
        count = limit if where.plain else OVERFETCH
        best: Scores = []
        for each in asked:
            match = each.match()
            if not match:
                return []
            whole = f"- scope : ({match}){scope}"
            many = max(terms.BUDGET_ROWS, self._rows(shape) // 2)
            if len(each.needed) == 1 and each.rows > many:
                best = self._newest(table, whole, after, count)
            else:
                best = self._ask(shape, table, whole, "AND rowid > ?", (after, count))
            fitting = best if where.plain else self._fitting(where, best)
            if len(fitting) >= enough:
                return fitting[:limit]
            if len(best) == count and 10 * len(fitting) < limit:
                break
        else:
            if where.plain or len(best) < OVERFETCH:
                return fitting if asked else []
        among = f"AND rowid > ? AND +rowid IN (SELECT seq FROM version WHERE {where.sql})"  # noqa: S608
        whole = f"- scope : ({asked[-1].match()}){scope}"
        return self._ask(shape, table, whole, among, (after, *where.values, limit))

    def _ask(
        self, shape: Table, table: str, match: str, among: str, values: tuple[object, ...]
    ) -> Scores:
        weights = ", ".join(map(str, (0.0, *shape.weights)))
        query = (
            f"SELECT rowid, -rank FROM {table} WHERE {table} MATCH ? "  # noqa: S608
            f"AND rank MATCH 'bm25({weights})' {among} ORDER BY rank LIMIT ?"
        )
        return list(self._db.execute(query, (match, *values)))

    def _newest(self, table: str, match: str, after: int, count: int) -> Scores:
        """Return the newest rows: a word that half of all rows hold scores them alike."""
        query = (
            f"SELECT rowid FROM {table} WHERE {table} MATCH ? AND rowid > ? "  # noqa: S608
            "ORDER BY rowid DESC LIMIT ?"
        )
        found = self._db.execute(query, (match, after, count))
        return [(seq, terms.LEAST_RARITY) for (seq,) in found]

    def _fitting(self, where: Where, best: Scores) -> Scores:
        marks = ", ".join("?" * len(best))
        query = f"SELECT seq FROM version NOT INDEXED WHERE seq IN ({marks}) AND {where.check}"  # noqa: S608
        fit = {seq for (seq,) in self._db.execute(query, (*(s for s, _ in best), *where.values))}
        return [each for each in best if each[0] in fit]


def _shapes(where: Where) -> Iterator[Table]:
    wanted = {ranking.table_of(kind).name for kind in where.kinds}
    return (shape for shape in SHAPES if not wanted or shape.name in wanted)


def _in(column: str, values: Collection[int]) -> str:
    return f"{column} IN ({', '.join('?' * len(values))})"


def _any(letter: str, numbers: Sequence[int]) -> str:
    return f"scope : ({' OR '.join(f'{letter}{number}' for number in numbers)})"


def _kinds_of(shape: Table) -> frozenset[int]:
    numbers = (KIND_NUMBER[kind] for kind in KINDS)
    return frozenset(number for number in numbers if ranking.table_of(number) is shape)


def _score(each: tuple[int, float]) -> float:
    return -each[1]
