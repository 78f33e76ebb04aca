"""Ranking: what the words found and what the vectors found, made one list, each hit explained.

    score = (lexical + w * cosine) / (1 + w) * (1 + boosts)

`lexical` is bm25 divided by the best bm25 of this search, so it lies between 0 and 1; `w` depends
on the kind of item (WEIGHTS). This convex combination keeps the distances that fusion by rank
throws away (Bruch, Gai, Ingber 2023, "An Analysis of Fusion Functions for Hybrid Retrieval").
Boosts are bounded: they order what is about equal and can neither hide nor force a hit.
"""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from revo_edge.embed.base import Vectors


class Weights(msgspec.Struct, frozen=True):
    """What the vectors are worth for a kind of item, beside a lexical score of at most 1.

    `cosine` multiplies the cosine, from which `density` times the item's density was taken;
    `feedback` is how much the best hits move the query. All measured: docs/engines/recall.md.
    """

    cosine: float
    density: float = 0.0
    feedback: float = 0.0


WEIGHTS: Mapping[str, Weights] = {
    "conversation": Weights(0.6),
    "document": Weights(2.0, feedback=0.5),
    "note": Weights(2.0, feedback=0.5),
    "code": Weights(12.0, density=0.35),
}

_COSINE_WEIGHTS = {kind: weights.cosine for kind, weights in WEIGHTS.items()}

WHEN_BOOST = 0.3
"""For a turn that tells a time, when the query asks for one."""
QUESTION_BOOST = -0.1
"""For a turn that ends in a question: what is looked for is its answer."""
SESSION_BOOST = 0.4
"""A turn of the session with the best turns counts so much more than one of a session with none."""
SESSION_TURNS = 5
RECENCY_BOOST = 0.05
"""For what was just stored; half of it after RECENCY_HALF_LIFE_S."""
RECENCY_HALF_LIFE_S = 30 * 86_400.0
IMPORTANCE_BOOST = 0.1
"""For importance 1, and as much less for importance 0; 0.5 changes nothing."""
PINNED_BOOST = 0.1

FEEDBACK_HITS = 3
"""How many of the first hits move the query's vector."""


class Candidate(msgspec.Struct, gc=False):
    """An item that the words or the vectors found.

    `bm25` is positive, higher is better, 0 when the words did not find it; `cosine` is None when
    the item has no vector (yet); `at` is UTC epoch seconds.
    """

    seq: int
    kind: str
    bm25: float = 0.0
    cosine: float | None = None
    session: str = ""
    tells_when: bool = False
    asks: bool = False
    at: float | None = None
    importance: float = 0.5
    pinned: bool = False


class Asked(msgspec.Struct, frozen=True):
    """What of the search the ranking needs; `vectors` is False when the query has no vector."""

    asks_when: bool = False
    vectors: bool = True
    now: float | None = None


class Ranked(msgspec.Struct):
    """A hit: `score` is the product of (1 + boost) and of the sum of `lexical` and `vector`."""

    seq: int
    score: float
    lexical: float
    vector: float
    boosts: dict[str, float]


def rank(candidates: Sequence[Candidate], asked: Asked, k: int | None = None) -> list[Ranked]:
    """Order the candidates, best first, and return the `k` best; equal ones the newer first."""
    return _Ranking(candidates, asked).best(k)


def rank_by_vectors(
    candidates: Sequence[Candidate],
    asked: Asked,
    query: "Vectors",
    vectors: "Vectors",
    k: int | None = None,
) -> list[Ranked]:
    """Order the candidates by words and vectors, and return the `k` best.

    `vectors` has a row for each candidate, of zeros where it has none; cosines are set from it.
    The first hits are taken as right once, move the query, and the candidates are scored again:
    no second scan is needed.
    """
    from revo_edge.engines.recall import similarity  # noqa: PLC0415 - only with the extra [recall]

    has_vector = similarity.present(vectors)
    first = vectors @ query
    _set_cosines(candidates, vectors, first, has_vector)
    ranking = _Ranking(candidates, asked)
    fed = [kind for kind in {one.kind for one in candidates} if WEIGHTS[kind].feedback]
    if not fed:
        return ranking.best(k)
    best = [row for row in ranking.order()[:FEEDBACK_HITS] if has_vector[row]]
    moved = similarity.refined(query, vectors[best], WEIGHTS[fed[0]].feedback)
    again = (vectors @ moved).tolist()
    for one, cosine in zip(candidates, again, strict=True):
        if one.cosine is not None and WEIGHTS[one.kind].feedback:
            one.cosine = cosine
    return ranking.best(k)


def _set_cosines(
    candidates: Sequence[Candidate], vectors: "Vectors", cosines: "Vectors", has_vector: Any
) -> None:
    from revo_edge.engines.recall import similarity  # noqa: PLC0415 - only with the extra [recall]

    values = cosines.copy()
    for kind in {one.kind for one in candidates}:
        weights = WEIGHTS[kind]
        if weights.density:
            rows = [row for row, one in enumerate(candidates) if one.kind == kind]
            values[rows] -= weights.density * similarity.density(vectors[rows], cosines[rows])
    for one, value, present in zip(candidates, values.tolist(), has_vector.tolist(), strict=True):
        one.cosine = value if present else None


class _Ranking:
    """Scores the candidates, whose cosines may change in between; only the best are explained."""

    def __init__(self, candidates: Sequence[Candidate], asked: Asked) -> None:
        self._candidates = candidates
        self._asked = asked
        best = max((one.bm25 for one in candidates), default=0.0)
        self._lexical = [one.bm25 / best if best > 0 else 0.0 for one in candidates]
        self._factors = [math.prod(1 + b for b in _boosts(c, asked).values()) for c in candidates]

    def order(self) -> list[int]:
        """Return the places of the candidates, the best first."""
        return self._sort(self._scores()[0])

    def best(self, k: int | None) -> list[Ranked]:
        """Return the `k` best with what their scores are made of; None: all."""
        scores, sessions = self._scores()
        typical = self._typical()
        ranked = []
        for row in self._sort(scores)[:k]:
            one = self._candidates[row]
            boosts = _boosts(one, self._asked)
            if one.session in sessions:
                boosts["session"] = sessions[one.session] - 1
            parts = _parts(one, self._lexical[row], typical)
            ranked.append(Ranked(one.seq, scores[row], *parts, boosts))
        return ranked

    def _scores(self) -> tuple[list[float], dict[str, float]]:
        """Return the score of each candidate, and by what the turns of a session were multiplied."""
        typical = self._typical()
        scores = [
            sum(_parts(one, lexical, typical)) * factor
            for one, lexical, factor in zip(
                self._candidates, self._lexical, self._factors, strict=True
            )
        ]
        sessions = _session_factors(self._candidates, scores)
        if sessions:
            scores = [
                score * sessions.get(one.session, 1.0)
                for one, score in zip(self._candidates, scores, strict=True)
            ]
        return scores, sessions

    def _sort(self, scores: Sequence[float]) -> list[int]:
        seqs = [one.seq for one in self._candidates]
        return sorted(range(len(scores)), key=lambda row: (-scores[row], -seqs[row]))

    def _typical(self) -> float | None:
        """Return the cosine that an item without a vector would likely have; None: no item has one.

        It is that of its equals by words: while vectors are still being made an item must not be
        ranked below all that have one.
        """
        if not self._asked.vectors:
            return None
        known = [
            (lexical, one.cosine)
            for one, lexical in zip(self._candidates, self._lexical, strict=True)
            if one.cosine is not None
        ]
        weight = sum(lexical for lexical, _ in known)
        if not known:
            return None
        return sum(lexical * c for lexical, c in known) / weight if weight else 0.0


def _parts(one: Candidate, lexical: float, typical: float | None) -> tuple[float, float]:
    """Return what the words and what the vector give to a score."""
    cosine = typical if one.cosine is None or typical is None else one.cosine
    if cosine is None:
        return lexical, 0.0
    weight = _COSINE_WEIGHTS[one.kind]
    cosine = 0.0 if cosine < 0 else 1.0 if cosine > 1 else cosine
    return lexical / (1 + weight), cosine * weight / (1 + weight)


def _boosts(one: Candidate, asked: Asked) -> dict[str, float]:
    """Return the boosts that are not 0; most items have none, and this runs for each of them."""
    boosts: dict[str, float] = {}
    if asked.asks_when and one.tells_when:
        boosts["when"] = WHEN_BOOST
    if one.asks:
        boosts["question"] = QUESTION_BOOST
    if one.at is not None and asked.now is not None:
        boosts["recency"] = _recency(one.at, asked.now)
    if one.importance != 0.5:
        boosts["importance"] = IMPORTANCE_BOOST * (2 * min(1.0, max(0.0, one.importance)) - 1)
    if one.pinned:
        boosts["pinned"] = PINNED_BOOST
    return boosts


def _recency(at: float, now: float) -> float:
    return float(RECENCY_BOOST * 0.5 ** (max(0.0, now - at) / RECENCY_HALF_LIFE_S))


def _session_factors(candidates: Sequence[Candidate], scores: Sequence[float]) -> dict[str, float]:
    """Return by what to multiply the turns of each session; below 1 for those with few good turns.

    Elsewhere it was talked about more. The best session keeps its scores, so that turns do not gain
    over other kinds of items.
    """
    by_session: dict[str, list[float]] = {}
    for one, score in zip(candidates, scores, strict=True):
        if one.session:
            by_session.setdefault(one.session, []).append(score)
    if len(by_session) < 2:
        return {}
    sums = {name: sum(sorted(s, reverse=True)[:SESSION_TURNS]) for name, s in by_session.items()}
    most = max(sums.values())
    if most <= 0:
        return {}
    return {
        name: (1 + SESSION_BOOST * total / most) / (1 + SESSION_BOOST)
        for name, total in sums.items()
    }
