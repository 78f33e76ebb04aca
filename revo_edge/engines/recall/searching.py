"""Search: candidates by words and by vectors, put in order, and only the best of them read."""

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from revo_edge.contract.recall import Filter, ItemKind
from revo_edge.engines.recall import filters, fusion, ranking
from revo_edge.engines.recall import query as queries
from revo_edge.engines.recall.by_words import Words
from revo_edge.engines.recall.filters import Where
from revo_edge.engines.recall.fusion import Candidate, Ranked
from revo_edge.engines.recall.schema import KINDS
from revo_edge.errors import RevoError

if TYPE_CHECKING:
    from revo_edge.embed.base import Vectors as Matrix

CANDIDATES = 64
"""So many are looked at from each side at least."""


class Vectors(Protocol):
    """What finds versions by meaning."""

    def missing(self, db: sqlite3.Connection) -> str:
        """Say why no vectors can take part; empty: they can."""

    def start(self, text: str) -> "Callable[[], Matrix]":
        """Begin with the vector of a query; what is returned waits for it."""

    def of_version(self, db: sqlite3.Connection, seq: int) -> "Matrix | None":
        """Return the vector of a version, if it has one."""

    def near(
        self, db: sqlite3.Connection, vector: "Matrix", where: Where, limit: int, *, checked: bool
    ) -> list[int]:
        """Return the versions nearest to a vector that fit `where`.

        Not `checked`: only its namespaces, for what holds no more is dropped later.
        """

    def rows(self, seqs: Sequence[int]) -> "Matrix":
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
    """Searches one connection to the memory in `home`; `vectors` None: by words, and `why` says so."""

    def __init__(
        self, db: sqlite3.Connection, home: Path, vectors: Vectors | None, why: str
    ) -> None:
        self._db = db
        self._vectors = vectors
        self._why = why
        self.words = Words(db, home)

    def close(self) -> None:
        """Let go of what is kept in memory."""
        self.words.close()

    def missing(self) -> str:
        """Say why vectors take no part; empty: they do."""
        return self._why if self._vectors is None else self._vectors.missing(self._db)

    def run(self, question: Question) -> Found:
        """Return the `k` best; raise NotFound for an unknown namespace."""
        where = filters.where(self._db, question.filter)
        query = queries.parse(question.text, question.now)
        missing = "" if question.mode == "lexical" else self.missing()
        waits = None if question.mode == "lexical" or missing else self._vector(question)
        # A model that runs on this machine works on the query meanwhile.
        lexical = self._by_words(question, query, where, checked=not where.plain)
        vector = None
        try:
            vector = waits() if waits else None
        except RevoError as error:  # a server of models that is away costs the vectors only
            missing = error.msg
        found, expiry = self._gather(question, query, where, lexical, vector)
        asked = fusion.Asked(query.asks_when, vector is not None, question.now)
        ranked = self._rank(found, asked, vector, question.k)
        ends = [expiry[each.seq] for each in ranked if each.seq in expiry]
        return Found(ranked, len(found), missing, min(ends, default=None))

    def _by_words(
        self, question: Question, query: queries.Query, where: Where, *, checked: bool
    ) -> dict[int, float]:
        if question.mode == "vector":
            return {}
        return dict(self.words.find(query, where, _limit(question), checked=checked))

    def _gather(
        self,
        question: Question,
        query: queries.Query,
        where: Where,
        lexical: dict[int, float],
        vector: "Matrix | None",
    ) -> tuple[list[Candidate], dict[int, float]]:
        """Return the candidates of both sides, and when they expire.

        What is derived may still name versions that hold no more. They are dropped here; only when
        that leaves few are both sides asked again to look each version up themselves.
        """
        checked = not where.plain
        while True:
            seqs = dict.fromkeys(lexical)
            if vector is not None and self._vectors is not None:
                limit = _limit(question)
                near = self._vectors.near(self._db, vector, where, limit, checked=checked)
                seqs |= dict.fromkeys(near)
            found = self._candidates(list(seqs), where, question, lexical)
            if checked or 2 * len(found[0]) >= len(seqs):
                return found
            checked = True
            lexical = self._by_words(question, query, where, checked=True)

    def _vector(self, question: Question) -> "Callable[[], Matrix | None]":
        if self._vectors is None:
            return lambda: None
        if question.like is not None:
            of_version = self._vectors.of_version(self._db, question.like)
            return lambda: of_version
        return self._vectors.start(question.text)

    def _rank(
        self, found: Sequence[Candidate], asked: fusion.Asked, vector: "Matrix | None", k: int
    ) -> list[Ranked]:
        if vector is None or self._vectors is None or not found:
            return fusion.rank(found, asked, k)
        matrix = self._vectors.rows([each.seq for each in found])
        return fusion.rank_by_vectors(found, asked, vector, matrix, k)

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
            name = _KIND_NAMES[kind]
            candidate = Candidate(
                seq,
                name,
                bm25=lexical.get(seq, 0.0),
                session=session if name == _TURNS else "",
                tells_when=bool(cues & ranking.TELLS_WHEN),
                asks=bool(cues & ranking.ASKS),
                at=moment,
                importance=importance,
                pinned=bool(pinned),
            )
            found.append(candidate)
        return found, expiry


def _limit(question: Question) -> int:
    return max(CANDIDATES, 2 * question.k)


_TURNS = ItemKind.CONVERSATION.value
_KIND_NAMES = tuple(kind.value for kind in KINDS)
