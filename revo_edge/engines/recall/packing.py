"""Packing the best items that do not repeat one another into a prompt.

The next item is the one with the greatest (1 - b) * score - b * likeness to what is packed: maximal
marginal relevance (Carbonell and Goldstein, 1998), with the share of common words as likeness.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from revo_edge.contract.recall import Citation, Hit, Item
from revo_edge.engines.recall.duplicates import similarity, words_of
from revo_edge.engines.recall.snippets import cut

REPETITION = 0.3
"""b: how much likeness to what is packed costs."""
SAME = 0.8
"""From this share of common words on an item adds nothing."""
LEAST_TOKENS = 40
"""A shorter piece of an item is not worth a citation."""
BYTES_PER_TOKEN = 4


class Packed(NamedTuple):
    """A text to paste, with what its numbers cite; `left_out` counts items that found no room."""

    text: str
    citations: tuple[Citation, ...]
    tokens: int
    left_out: int


def tokens_of(text: str) -> int:
    """Estimate the tokens of a text: four bytes each, which suits scripts of three bytes, too."""
    return -(-len(text.encode()) // BYTES_PER_TOKEN)


def pack(hits: Sequence[Hit], budget_tokens: int) -> Packed:
    """Pack hits, the best first, into the budget."""
    pieces: list[str] = []
    citations: list[Citation] = []
    left = budget_tokens
    left_out = 0
    for hit in chosen(hits):
        number = len(citations) + 1
        piece, shortened = _piece(number, hit, left)
        if not piece:
            left_out += 1
            continue
        pieces.append(piece)
        item = hit.item
        citations.append(
            Citation(number, item.id, item.version, item.title, item.source, shortened)
        )
        left -= tokens_of(piece) + 1  # and the empty line after it
    text = "\n\n".join(pieces)
    return Packed(text, tuple(citations), tokens_of(text), left_out)


def chosen(hits: Sequence[Hit]) -> list[Hit]:
    """Return hits that do not repeat one another, in the order they are to be packed."""
    words = {hit.item.id: Counter(words_of(hit.item.text)) for hit in hits}
    top = max((hit.score for hit in hits), default=0.0) or 1.0
    likeness = dict.fromkeys(words, 0.0)
    left = list(hits)
    order: list[Hit] = []
    while left:
        best = max(left, key=lambda hit: _worth(hit, top, likeness[hit.item.id]))
        left.remove(best)
        order.append(best)
        for hit in left:
            share = similarity(words[hit.item.id], words[best.item.id])
            likeness[hit.item.id] = max(likeness[hit.item.id], share)
        left = [hit for hit in left if likeness[hit.item.id] < SAME]
    return order


def _worth(hit: Hit, top: float, likeness: float) -> float:
    return (1 - REPETITION) * hit.score / top - REPETITION * likeness


def _piece(number: int, hit: Hit, left: int) -> tuple[str, bool]:
    """Return what is said of a hit, whole or shortened to what is left; empty: no room."""
    head = f"[{number}] {place_of(hit.item)}".rstrip()
    whole = f"{head}\n{hit.item.text.strip()}"
    if tokens_of(whole) <= left:
        return whole, False
    room = left - tokens_of(head) - 2
    if room < LEAST_TOKENS:
        return "", False
    text = hit.item.text
    begin = max(text.find(hit.snippet), 0)
    marks = tuple((a + begin, b + begin) for a, b in hit.marks)
    bytes_per_char = max(len(text.encode()) / len(text), 1.0)
    limit = max(int(room * BYTES_PER_TOKEN / bytes_per_char), 1)
    part = cut(text, marks, limit)
    while tokens_of(part.text) > room:  # wide characters stand together
        limit = limit * 3 // 4
        part = cut(text, marks, limit)
    return f"{head}\n{part.text.strip()}...", True


def place_of(item: Item) -> str:
    """Return where an item is from, for a person and for a terminal: path:line, speaker, day."""
    source = item.source
    where = source.path or source.url
    if source.path and source.first_line:
        where = f"{source.path}:{source.first_line}"
        if source.last_line and source.last_line != source.first_line:
            where = f"{where}-{source.last_line}"
    if source.session:
        turn = "" if source.turn is None else f" #{source.turn}"
        where = f"{where} {source.session}{turn} {source.speaker}".strip()
    moment = item.created_at if item.at is None else item.at
    return "  ".join(part for part in (where, item.title, day_of(moment)) if part)


def day_of(moment: float) -> str:
    """Return the day of a time in UTC; empty for one that no calendar has."""
    try:
        return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d")
    except (OverflowError, ValueError, OSError):
        return ""
