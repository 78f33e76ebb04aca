"""What is indexed of an item, how a query asks for it, and how hits are put in order.

The store knows this much of ranking and no more: names of the columns, what goes into them, the
MATCH expression, the weights, and the order of what was found.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from revo_edge.contract.recall import ItemKind

TOKENIZE = "porter unicode61"
COLUMNS = ("text", "names", "near")
"""The item's own words, the parts of its identifiers, and the turns around it."""
WEIGHTS = (0.0, 1.0, 0.6, 0.4)
"""Of bm25; the first column is `scope`, which only restricts."""
QUERY_WORDS = 64
"""A longer query is asked by so many of its words: the longest are the rarest."""
KEY_WORDS = 16
"""An item is compared by so many of its words."""

_WORD = re.compile(r"\w+")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z_0-9]{3,}")
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_UNSPACED = re.compile(
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)


class Said(NamedTuple):
    """What indexing needs of an item."""

    kind: ItemKind
    title: str
    text: str
    speaker: str
    at: float


class Candidate(NamedTuple):
    """One version that was found, with what its score is made of; no score is None."""

    seq: int
    kind: ItemKind
    moment: float
    importance: float
    pinned: bool
    lexical: float | None
    vector: float | None


class Ranked(NamedTuple):
    """A candidate's score and what it is made of."""

    seq: int
    score: float
    parts: dict[str, float]


def radius(kind: ItemKind) -> int:
    """Return how many turns before and after belong to an item's words."""
    return 2 if kind is ItemKind.CONVERSATION else 0


def columns(said: Said, around: Sequence[Said] = ()) -> tuple[str, ...]:
    """Return what goes into COLUMNS for an item between its neighbours."""
    text = f"{said.title}\n{said.text}" if said.title else said.text
    if said.speaker:
        text = f"{said.speaker}: {text}"
    near = " ".join(f"{other.speaker} {other.text}" for other in around)
    return spaced(text), split_names(text), spaced(near)


def spaced(text: str) -> str:
    """Put the characters of scripts without spaces apart, so that each is a word."""
    if text.isascii():
        return text
    return _UNSPACED.sub(lambda found: f" {found[0]} ", text)


def split_names(text: str) -> str:
    """Return the parts of camelCase and snake_case names."""
    parts: list[str] = []
    for name in set(_IDENTIFIER.findall(text)):
        if "_" in name or not (name.islower() or name.istitle()):
            found = _PART.findall(name)
            if len(found) > 1:
                parts += found
    return " ".join(sorted(parts))


def match(query: str) -> str:
    """Return the FTS5 expression for a query; empty: it has no words."""
    words = dict.fromkeys(word.casefold() for word in _WORD.findall(query))
    if len(words) > QUERY_WORDS:
        words = dict.fromkeys(sorted(words, key=lambda word: (-len(word), word))[:QUERY_WORDS])
    return " OR ".join(f'"{" ".join(spaced(word).split())}"' for word in words)


def key_words(text: str) -> str:
    """Return the words that tell a text from others, as a query: long and repeated ones."""
    counts = Counter(_WORD.findall(text[:20_000]))
    best = sorted(counts, key=lambda word: (-len(word) * counts[word] ** 0.5, word))
    return " ".join(best[:KEY_WORDS])


def order(candidates: Iterable[Candidate], now: float) -> list[Ranked]:
    """Put candidates in order, the best first."""
    found = list(candidates)
    best = max((each.lexical or 0.0 for each in found), default=0.0) or 1.0
    ranked = []
    for each in found:
        parts = {
            "lexical": (each.lexical or 0.0) / best,
            "vector": max(each.vector or 0.0, 0.0),
            "recency": 0.02 * math.exp(-max(now - each.moment, 0.0) / (30 * 86_400)),
            "importance": 0.02 * (each.importance - 0.5) + 0.02 * each.pinned,
        }
        ranked.append(Ranked(each.seq, sum(parts.values()), parts))
    return sorted(ranked, key=lambda each: (-each.score, -each.seq))
