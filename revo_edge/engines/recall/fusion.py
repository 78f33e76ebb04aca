"""Ranking: what the words found and what the vectors found, made one list, each hit explained.

    score = (lexical + w * cosine) / (1 + w) * (1 + boosts)

`lexical` is bm25 divided by the best bm25 of this search, so it lies between 0 and 1; `w` depends
on the kind of item (WEIGHTS). This convex combination keeps the distances that fusion by rank
throws away (Bruch, Gai, Ingber 2023, "An Analysis of Fusion Functions for Hybrid Retrieval").
Boosts are bounded: they order what is about equal and can neither hide nor force a hit.
"""

from collections.abc import Iterable, Mapping, Sequence
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


class Candidate(msgspec.Struct):
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


def rank(candidates: Sequence[Candidate], asked: Asked) -> list[Ranked]:
    """Order the candidates, best first; equal ones by `seq`, the newer first."""
    best = max((one.bm25 for one in candidates), default=0.0)
    guess = _Guess(candidates, best) if asked.vectors else None
    ranked = [_scored(one, asked, best, guess) for one in candidates]
    _boost_sessions(candidates, ranked)
    ranked.sort(key=lambda hit: (-hit.score, -hit.seq))
    return ranked


def rank_by_vectors(
    candidates: Sequence[Candidate], asked: Asked, query: "Vectors", vectors: "Vectors"
) -> list[Ranked]:
    """Order the candidates by words and vectors.

    `vectors` has a row for each candidate, of zeros where it has none; cosines are set from it.
    The first hits are taken as right once, move the query, and the candidates are scored again:
    no second scan is needed.
    """
    from revo_edge.engines.recall import similarity  # noqa: PLC0415 - only with the extra [recall]

    has_vector = similarity.present(vectors)
    first = vectors @ query
    _set_cosines(candidates, vectors, first, has_vector)
    ranked = rank(candidates, asked)
    fed = [kind for kind in {one.kind for one in candidates} if WEIGHTS[kind].feedback]
    if not fed:
        return ranked
    rows = {one.seq: row for row, one in enumerate(candidates)}
    best = [row for row in (rows[hit.seq] for hit in ranked[:FEEDBACK_HITS]) if has_vector[row]]
    moved = similarity.refined(query, vectors[best], WEIGHTS[fed[0]].feedback)
    again = vectors @ moved
    for row, one in enumerate(candidates):
        if one.cosine is not None and WEIGHTS[one.kind].feedback:
            one.cosine = float(again[row])
    return rank(candidates, asked)


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


class _Guess:
    """The cosine that an item without a vector would likely have: as its equals by words have.

    While vectors are still being made an item must not be ranked below all that have one.
    """

    def __init__(self, candidates: Iterable[Candidate], best: float) -> None:
        known = [(one.bm25, one.cosine) for one in candidates if one.cosine is not None]
        found = [(bm25 / best, cosine) for bm25, cosine in known if bm25 > 0]
        weight = sum(lexical for lexical, _ in found)
        self._known = bool(known)
        typical = sum(lexical * c for lexical, c in found) / weight if weight else 0.0
        self._typical = min(1.0, max(0.0, typical))

    def cosine(self, one: Candidate) -> float | None:
        """Return an item's cosine; None when no item of the search has one."""
        if one.cosine is not None:
            return min(1.0, max(0.0, one.cosine))
        return self._typical if self._known else None


def _scored(one: Candidate, asked: Asked, best: float, guess: _Guess | None) -> Ranked:
    lexical = one.bm25 / best if best > 0 else 0.0
    cosine = guess.cosine(one) if guess else None
    weight = WEIGHTS[one.kind].cosine if cosine is not None else 0.0
    lexical, vector = lexical / (1 + weight), (cosine or 0.0) * weight / (1 + weight)
    boosts = _boosts(one, asked)
    score = lexical + vector
    for boost in boosts.values():
        score *= 1 + boost
    return Ranked(one.seq, score, lexical, vector, boosts)


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


def _boost_sessions(candidates: Sequence[Candidate], ranked: Sequence[Ranked]) -> None:
    """Lower the turns of sessions with few good turns: elsewhere it was talked about more.

    The best session keeps its scores, so that turns do not gain over other kinds of items.
    """
    scores: dict[str, list[float]] = {}
    for one, hit in zip(candidates, ranked, strict=True):
        if one.session:
            scores.setdefault(one.session, []).append(hit.score)
    if len(scores) < 2:
        return
    sums = {name: sum(sorted(s, reverse=True)[:SESSION_TURNS]) for name, s in scores.items()}
    most = max(sums.values())
    for one, hit in zip(candidates, ranked, strict=True):
        if one.session and most > 0:
            factor = (1 + SESSION_BOOST * sums[one.session] / most) / (1 + SESSION_BOOST)
            hit.boosts["session"] = factor - 1
            hit.score *= factor
