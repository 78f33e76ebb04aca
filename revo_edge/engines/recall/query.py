"""A person's words -> an FTS5 MATCH expression that is always valid and never long.

Words are joined by OR: bm25 ranks what has more of them, and of the rarer ones, higher. Each is
quoted, so that nothing in it is syntax. A phrase in double quotes counts beside its words.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterator

import msgspec

from revo_edge.engines.recall import dates
from revo_edge.engines.recall.words import STOP, UNSPACED, split_identifiers

MOST_TERMS = 32
"""Terms of one search; a longer query keeps the words it repeats most, then the first."""

_READ_CHARS = 100_000
_TERM_CHARS = 64
_WORD = re.compile(r"[^\W_]+")
_SPACED_WORD = re.compile(r"\w+")
_PHRASE = re.compile(r'"([^"]{3,200})"')


class Query(msgspec.Struct, frozen=True):
    """What is asked: terms for the words' index, text for the vectors, cues for the ranking."""

    text: str
    terms: tuple[str, ...]
    phrases: tuple[str, ...]
    asks_when: bool

    def match(self) -> str:
        """Return the MATCH expression; empty when there is nothing to look for."""
        return " OR ".join(f'"{term}"' for term in (*self.terms, *self.phrases))


def parse(text: str, now: float | None = None) -> Query:
    """Read a query; `now` (UTC epoch seconds) is what "yesterday" in it is resolved against."""
    read = text[:_READ_CHARS].encode("utf-8", "replace").decode("utf-8")
    days = dates.asked(read[:2_000], now)
    words = _most_telling(list(_words(read)), MOST_TERMS - len(days))
    return Query(
        text=read,
        terms=(*words, *days),
        phrases=tuple(dict.fromkeys(_phrases(read)))[:4],
        asks_when=dates.asks_when(read[:2_000]),
    )


def _words(text: str) -> Iterator[str]:
    """Yield the words in their order: names whole and in parts, unspaced writing in pairs."""
    for found in _SPACED_WORD.findall(UNSPACED.sub(lambda run: f" {run[0]} ", text)):
        if UNSPACED.fullmatch(found):
            yield from _pairs(found)
            continue
        parts = _WORD.findall(split_identifiers(found))
        whole = _WORD.findall(found)
        for word in dict.fromkeys([*whole, *parts]):
            yield word.lower()[:_TERM_CHARS]


def _pairs(run: str) -> Iterator[str]:
    """Yield each two neighbours as a phrase of two: the index has these characters one by one."""
    if len(run) == 1:
        yield run
    for first, second in itertools.pairwise(run):
        yield f"{first} {second}"


def _most_telling(words: list[str], limit: int) -> list[str]:
    counts = Counter(words)
    telling = [word for word in counts if word not in STOP and (len(word) > 1 or word > "\x7f")]
    kept = telling or list(counts)
    if len(kept) > limit:
        place = {word: n for n, word in enumerate(kept)}
        kept = sorted(kept, key=lambda word: (-counts[word], place[word]))[:limit]
        kept.sort(key=place.__getitem__)
    return kept


def _phrases(text: str) -> Iterator[str]:
    for quoted in _PHRASE.findall(text):
        words = [w for w in _WORD.findall(quoted.lower()) if not UNSPACED.search(w)]
        if 2 <= len(words) <= 12:
            yield " ".join(words)
