"""Search: candidates by words and by vectors, put in order, and only the best of them read."""

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from revo_edge.contract.recall import Filter
from revo_edge.engines.recall import filters, fusion, ranking, terms
from revo_edge.engines.recall import query as queries
from revo_edge.engines.recall.filters import Where
from revo_edge.engines.recall.fusion import Candidate, Ranked
from revo_edge.engines.recall.schema import KIND_NUMBER, KINDS, OLD, SHAPES
from revo_edge.engines.recall.text import TOKENIZE, Table
from revo_edge.errors import RevoError

if TYPE_CHECKING:
    from revo_edge.embed.base import Vectors as Matrix

CANDIDATES = 200
"""So many are looked at from each side at least."""
OVERFETCH = 1_000
"""A filter is first tried on so many of the best; mostly enough of them fit."""

Scores = list[tuple[int, float]]
"""(seq of a version, score), the best first."""


class Vectors(Protocol):
    """What finds versions by meaning."""

    def missing(self, db: sqlite3.Connection) -> str:
        """Say why no vectors can take part; empty: they can."""

    def of_query(self, text: str) -> "Matrix":
        """Return the vector of a query."""

    def of_version(self, db: sqlite3.Connection, seq: int) -> "Matrix | None":
        """Return the vector of a version, if it has one."""

    def near(self, db: sqlite3.Connection, vector: "Matrix", where: Where, limit: int) -> list[int]:
        """Return the versions nearest to a vector that fit `where`."""

    def rows(self, db: sqlite3.Connection, seqs: Sequence[int]) -> "Matrix":
        """Return a row for each version, of zeros where there is no vector."""

    def rest(self) -> float | None:
        """Load what a search needs; return in how many seconds to come back."""

    def note(self) -> dict[str, float]:
        """Return figures for the metrics."""

    def close(self) -> None:
        """Let go of files."""


class Question(NamedTuple):
    """What is looked for, within one read transaction; `now` is UTC.

    `like` is the seq of a version to find the like of; then `text` holds its words.
    """

    text: str
    filter: Filter
    k: int
    now: float
    mode: str = "auto"
    like: int | None = None


class Found(NamedTuple):
    """The best, with how many candidates there were and why vectors took no part."""

    ranked: list[Ranked]
    candidates: int
    lexical_only: str
    until: float | None
    """When the first of them expires."""


class Search:
    """Searches one connection; `vectors` None: by words alone, and `why` says so."""

    def __init__(self, db: sqlite3.Connection, vectors: Vectors | None, why: str) -> None:
        self._db = db
        self._vectors = vectors
        self._why = why
        self._counts = {shape.name: terms.Counts(db, shape.name, TOKENIZE) for shape in SHAPES}

    def close(self) -> None:
        """Let go of what is kept in memory."""
        for counts in self._counts.values():
            counts.close()

    def missing(self) -> str:
        """Say why vectors take no part; empty: they do."""
        return self._why if self._vectors is None else self._vectors.missing(self._db)

    def run(self, question: Question) -> Found:
        """Return the `k` best; raise NotFound for an unknown namespace."""
        where = filters.where(self._db, question.filter)
        limit = max(CANDIDATES, 2 * question.k)
        query = queries.parse(question.text, question.now)
        lexical: dict[int, float] = {}
        if question.mode != "vector":
            lexical = dict(self.by_words(query, where, limit))
        missing = "" if question.mode == "lexical" else self.missing()
        vector = None
        if question.mode != "lexical" and not missing:
            try:
                vector = self._vector(question)
            except RevoError as error:  # a server of models that is away costs the vectors only
                missing = error.msg
        seqs = dict.fromkeys(lexical)
        if vector is not None and self._vectors is not None:
            seqs |= dict.fromkeys(self._vectors.near(self._db, vector, where, limit))
        found, expiry = self._candidates(list(seqs), where, question, lexical)
        asked = fusion.Asked(query.asks_when, vector is not None, question.now)
        ranked = self._rank(found, asked, vector)[: question.k]
        ends = [expiry[each.seq] for each in ranked if each.seq in expiry]
        return Found(ranked, len(found), missing, min(ends, default=None))

    def by_words(self, query: queries.Query, where: Where, limit: int) -> Scores:
        """Return the versions that fit best by their words; a score is positive."""
        said = (*query.terms, *query.phrases)
        if not said:
            return []
        found: Scores = []
        for shape in _shapes(where):
            asked = list(terms.wider(self._counts[shape.name].of(said, self._rows(shape))))
            found += self._by_words(shape, shape.name, asked, where, limit)
            if where.back:
                found += self._by_words(shape, OLD + shape.name, [_all(said)], where, limit)
        return sorted(found, key=_score)[:limit]

    def _rows(self, shape: Table) -> int:
        kinds = _kinds_of(shape)
        query = f"SELECT coalesce(sum(items), 0) FROM total WHERE {_in('kind', kinds)}"  # noqa: S608 - marks only
        return int(self._db.execute(query, tuple(kinds)).fetchone()[0])

    def _scoped(self, match: str, where: Where, shape: Table, table: str) -> str:
        """Restrict to namespaces and kinds, unless a table has no others: a word of all rows is dear."""
        parts = [f"- scope : ({match})"]
        kinds = _kinds_of(shape)
        if where.kinds and not kinds <= set(where.kinds):
            parts.append(_any("k", where.kinds))
        if where.namespaces and (table != shape.name or self._others(where.namespaces, kinds)):
            parts.append(_any("n", where.namespaces))
        return " AND ".join(parts)

    def _others(self, namespaces: Sequence[int], kinds: frozenset[int]) -> bool:
        query = (
            f"SELECT 1 FROM total WHERE items > 0 AND {_in('kind', kinds)} "  # noqa: S608 - marks only
            f"AND NOT {_in('namespace', namespaces)} LIMIT 1"
        )
        return self._db.execute(query, (*kinds, *namespaces)).fetchone() is not None

    def _by_words(
        self, shape: Table, table: str, asked: Sequence[terms.Asked], where: Where, limit: int
    ) -> Scores:
        """Ask for the rarest words, then for more of them until enough is found.

        A filter is tried on the best; when hardly any of them fits it goes into the statement.
        """
        best: Scores = []
        for each in asked:
            match = each.match()
            if not match:
                return []
            count = limit if where.plain else OVERFETCH
            best = self._ask(shape, table, self._scoped(match, where, shape, table), "", (count,))
            fitting = best if where.plain else self._fitting(where, best)
            if len(fitting) >= limit:
                return fitting[:limit]
            if len(best) == count and 10 * len(fitting) < limit:
                break
        else:
            if where.plain or len(best) < OVERFETCH:
                return fitting if asked else []
        among = f"AND +rowid IN (SELECT seq FROM version WHERE {where.sql})"  # noqa: S608
        match = self._scoped(asked[-1].match(), where, shape, table)
        return self._ask(shape, table, match, among, (*where.values, limit))

    def _ask(
        self, shape: Table, table: str, match: str, among: str, values: tuple[object, ...]
    ) -> Scores:
        weights = ", ".join(map(str, (0.0, *shape.weights)))
        query = (
            f"SELECT rowid, -rank FROM {table} WHERE {table} MATCH ? "  # noqa: S608
            f"AND rank MATCH 'bm25({weights})' {among} ORDER BY rank LIMIT ?"
        )
        return list(self._db.execute(query, (match, *values)))

    def _fitting(self, where: Where, best: Scores) -> Scores:
        marks = ", ".join("?" * len(best))
        query = f"SELECT seq FROM version NOT INDEXED WHERE seq IN ({marks}) AND {where.check}"  # noqa: S608
        fit = {seq for (seq,) in self._db.execute(query, (*(s for s, _ in best), *where.values))}
        return [each for each in best if each[0] in fit]

    def _vector(self, question: Question) -> "Matrix | None":
        if self._vectors is None:
            return None
        if question.like is not None:
            return self._vectors.of_version(self._db, question.like)
        return self._vectors.of_query(question.text)

    def _rank(
        self, found: Sequence[Candidate], asked: fusion.Asked, vector: "Matrix | None"
    ) -> list[Ranked]:
        if vector is None or self._vectors is None or not found:
            return fusion.rank(found, asked)
        matrix = self._vectors.rows(self._db, [each.seq for each in found])
        return fusion.rank_by_vectors(found, asked, vector, matrix)

    def _candidates(
        self, seqs: Sequence[int], where: Where, question: Question, lexical: dict[int, float]
    ) -> tuple[list[Candidate], dict[int, float]]:
        """Return those that fit and have not expired, and when they will."""
        marks = ", ".join("?" * len(seqs))
        query = (
            "SELECT seq, kind, moment, importance, pinned, expires_at, session, cues "  # noqa: S608
            f"FROM version NOT INDEXED WHERE seq IN ({marks}) AND {where.check} "
            "AND (expires_at IS NULL OR expires_at > ?)"
        )
        found: list[Candidate] = []
        expiry: dict[int, float] = {}
        for row in self._db.execute(query, (*seqs, *where.values, question.now)):
            seq, kind, moment, importance, pinned, expires_at, session, cues = row
            if seq == question.like:
                continue
            if expires_at is not None:
                expiry[seq] = expires_at
            candidate = Candidate(
                seq,
                KINDS[kind].value,
                bm25=lexical.get(seq, 0.0),
                session=session if KINDS[kind].value == _TURNS else "",
                tells_when=bool(cues & ranking.TELLS_WHEN),
                asks=bool(cues & ranking.ASKS),
                at=moment,
                importance=importance,
                pinned=bool(pinned),
            )
            found.append(candidate)
        return found, expiry


_TURNS = "conversation"


def _shapes(where: Where) -> Iterator[Table]:
    wanted = {ranking.table_of(kind).name for kind in where.kinds}
    return (shape for shape in SHAPES if not wanted or shape.name in wanted)


def _all(said: Sequence[str]) -> terms.Asked:
    return terms.Asked(tuple(said), ())


def _in(column: str, values: Collection[int]) -> str:
    return f"{column} IN ({', '.join('?' * len(values))})"


def _any(letter: str, numbers: Sequence[int]) -> str:
    return f"scope : ({' OR '.join(f'{letter}{number}' for number in numbers)})"


def _kinds_of(shape: Table) -> frozenset[int]:
    numbers = (KIND_NUMBER[kind] for kind in KINDS)
    return frozenset(number for number in numbers if ranking.table_of(number) is shape)


def _score(each: tuple[int, float]) -> float:
    return -each[1]
