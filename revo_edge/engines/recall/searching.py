"""Search: candidates by words and by vectors, put in order, and only the best of them read."""

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from revo_edge.contract.recall import Filter
from revo_edge.engines.recall import filters, ranking
from revo_edge.engines.recall.filters import Where
from revo_edge.engines.recall.ranking import Candidate, Ranked
from revo_edge.engines.recall.schema import KINDS

CANDIDATES = 200
"""So many are looked at from each side at least."""
OVERFETCH = 1_000
"""A filter is first tried on so many of the best; mostly enough of them fit."""
_RANK = f"bm25({', '.join(map(str, ranking.WEIGHTS))})"

Scores = list[tuple[int, float]]
"""(seq of a version, score), the best first."""


class Vectors(Protocol):
    """What finds versions by meaning."""

    def missing(self, db: sqlite3.Connection) -> str:
        """Say why no vectors can take part; empty: they can."""

    def near(self, db: sqlite3.Connection, query: str, where: Where, limit: int) -> Scores:
        """Return the versions nearest to a query; those that do not fit `where` are dropped later."""

    def like(self, db: sqlite3.Connection, seq: int, where: Where, limit: int) -> Scores:
        """Return the versions nearest to a version."""

    def note(self) -> dict[str, float]:
        """Return figures for the metrics."""

    def close(self) -> None:
        """Let go of files."""


class NoVectors:
    """Stands where there are none, and says why."""

    def __init__(self, why: str) -> None:
        self._why = why

    def missing(self, db: sqlite3.Connection) -> str:
        """Say why."""
        del db
        return self._why

    def near(self, db: sqlite3.Connection, query: str, where: Where, limit: int) -> Scores:
        """Find nothing."""
        del db, query, where, limit
        return []

    def like(self, db: sqlite3.Connection, seq: int, where: Where, limit: int) -> Scores:
        """Find nothing."""
        del db, seq, where, limit
        return []

    def note(self) -> dict[str, float]:
        """Say nothing."""
        return {}

    def close(self) -> None:
        """Have nothing to close."""


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


def search(db: sqlite3.Connection, vectors: Vectors, question: Question) -> Found:
    """Return the `k` best; raise NotFound for an unknown namespace."""
    where = filters.where(db, question.filter)
    limit = max(CANDIDATES, 2 * question.k)
    lexical: Scores = []
    if question.mode != "vector":
        lexical = by_words(db, ranking.match(question.text), where, limit)
    missing = "" if question.mode == "lexical" else vectors.missing(db)
    dense: Scores = []
    if question.mode != "lexical" and not missing:
        if question.like is None:
            dense = vectors.near(db, question.text, where, limit)
        else:
            dense = vectors.like(db, question.like, where, limit)
    found, expiry = _candidates(db, where, question, dict(lexical), dict(dense))
    ranked = ranking.order(found, question.now)[: question.k]
    ends = [expiry[each.seq] for each in ranked if each.seq in expiry]
    return Found(ranked, len(found), missing, min(ends, default=None))


def by_words(db: sqlite3.Connection, match: str, where: Where, limit: int) -> Scores:
    """Return the versions that fit best by their words, best first."""
    if not match:
        return []
    scoped = _scoped(match, where)
    found = _by_words(db, "words", scoped, where, limit)
    if _looks_back(where):
        found = sorted(found + _by_words(db, "old_words", scoped, where, limit), key=_score)
    return found[:limit]


def _by_words(db: sqlite3.Connection, table: str, scoped: str, where: Where, limit: int) -> Scores:
    if where.plain:
        return _ask(db, table, scoped, "", (limit,))
    best = _ask(db, table, scoped, "", (OVERFETCH,))
    fitting = _fitting(db, where, [seq for seq, _ in best])
    if len(fitting) >= limit or len(best) < OVERFETCH:
        return [each for each in best if each[0] in fitting][:limit]
    among = f"AND +rowid IN (SELECT seq FROM version WHERE {where.sql})"  # noqa: S608
    return _ask(db, table, scoped, among, (*where.values, limit))


def _ask(
    db: sqlite3.Connection, table: str, scoped: str, among: str, values: tuple[object, ...]
) -> Scores:
    query = (
        f"SELECT rowid, -rank FROM {table} WHERE {table} MATCH ? "  # noqa: S608
        f"AND rank MATCH '{_RANK}' {among} ORDER BY rank LIMIT ?"
    )
    return list(db.execute(query, (scoped, *values)))


def _scoped(match: str, where: Where) -> str:
    parts = [f"- scope : ({match})"]
    for letter, numbers in (("n", where.namespaces), ("k", where.kinds)):
        if numbers:
            parts.append(f"scope : ({' OR '.join(f'{letter}{number}' for number in numbers)})")
    return " AND ".join(parts)


def _looks_back(where: Where) -> bool:
    return "valid_from <= ?" in where.sql


def _score(each: tuple[int, float]) -> float:
    return -each[1]


def _fitting(db: sqlite3.Connection, where: Where, seqs: Sequence[int]) -> set[int]:
    marks = ", ".join("?" * len(seqs))
    query = f"SELECT seq FROM version NOT INDEXED WHERE seq IN ({marks}) AND {where.check}"  # noqa: S608
    return {seq for (seq,) in db.execute(query, (*seqs, *where.values))}


def _candidates(
    db: sqlite3.Connection,
    where: Where,
    question: Question,
    lexical: dict[int, float],
    dense: dict[int, float],
) -> tuple[list[Candidate], dict[int, float]]:
    """Return those that fit and have not expired, and when they will."""
    seqs = list(lexical | dense)
    marks = ", ".join("?" * len(seqs))
    query = (
        "SELECT seq, kind, moment, importance, pinned, expires_at "  # noqa: S608
        f"FROM version NOT INDEXED WHERE seq IN ({marks}) AND {where.check} AND (expires_at IS NULL OR expires_at > ?)"
    )
    found, expiry = [], {}
    rows = db.execute(query, (*seqs, *where.values, question.now))
    for seq, kind, moment, importance, pinned, expires_at in rows:
        if seq == question.like:
            continue
        if expires_at is not None:
            expiry[seq] = expires_at
        scores = (lexical.get(seq), dense.get(seq))
        found.append(Candidate(seq, KINDS[kind], moment, importance, bool(pinned), *scores))
    return found, expiry
