"""The part of a text that fits a query best, and which characters of it to highlight.

The words are found by the same full text engine as the items, in a table in memory, so that what
is highlighted is what was found: stems and accents included.
"""

import re
import sqlite3
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from revo_edge.engines.recall import query as queries
from revo_edge.engines.recall import text as indexed
from revo_edge.engines.recall.words import spaced

SNIPPET_CHARS = 240
SEARCHED_CHARS = 20_000
"""Of a longer text the beginning is searched."""
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"  # no characters of any text
_MARKED = re.compile(f"{_OPEN}([^{_CLOSE}]*){_CLOSE}")
_RESERVED = str.maketrans({_OPEN: " ", _CLOSE: " "})

Marks = tuple[tuple[int, int], ...]


class Snippet(NamedTuple):
    """`marks` are (start, end) in characters of `text`."""

    text: str
    marks: Marks
    first_char: int
    """Where in the whole text it begins."""


class Highlighter:
    """Finds the words of a query in texts."""

    def __init__(self) -> None:
        self._db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._db.execute(
            f"CREATE VIRTUAL TABLE one USING fts5 (text, tokenize='{indexed.TOKENIZE}')"
        )

    def snippets(self, query: str, texts: Sequence[str]) -> list[Snippet]:
        """Return a snippet of each text."""
        marks = self.marks(query, texts)
        return [cut(text, found) for text, found in zip(texts, marks, strict=True)]

    def marks(self, query: str, texts: Sequence[str]) -> list[Marks]:
        """Return where the words of a query stand in each text."""
        match = queries.parse(query).match()
        if not match or not texts:
            return [()] * len(texts)
        shown = [spread(text[:SEARCHED_CHARS].translate(_RESERVED)) for text in texts]
        self._db.execute("BEGIN")
        try:
            values = [(number, text) for number, (text, _) in enumerate(shown)]
            self._db.executemany("INSERT INTO one (rowid, text) VALUES (?, ?)", values)
            query = (
                f"SELECT rowid, highlight(one, 0, '{_OPEN}', '{_CLOSE}') FROM one WHERE one MATCH ?"  # noqa: S608
            )
            found = dict(self._db.execute(query, (match,)))
        finally:
            self._db.execute("ROLLBACK")
        return [
            _marks(found[number], places, text) if number in found else ()
            for number, (text, (_, places)) in enumerate(zip(texts, shown, strict=True))
        ]

    def close(self) -> None:
        """Close the table in memory."""
        self._db.close()


def spread(text: str) -> tuple[str, Sequence[int] | None]:
    """Return the text as it is indexed, and for each of its characters the place in the original.

    No places: they are the same.
    """
    if text.isascii():
        return text, None
    pieces: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        piece = spaced(char)
        pieces.append(piece)
        places += [place] * len(piece)
    places.append(len(text))
    return "".join(pieces), places


def _marks(highlighted: str, places: Sequence[int] | None, text: str) -> Marks:
    marks: list[tuple[int, int]] = []
    taken = 0  # markers so far
    for found in _MARKED.finditer(highlighted):
        start = found.start() - taken
        end = found.end() - taken - 2
        taken += 2
        if places is not None:
            start, end = places[start], places[end - 1] + 1
        while end < len(text) and text[end] > "\x7f" and unicodedata.combining(text[end]):
            end += 1
        if marks and start <= marks[-1][1]:
            marks[-1] = (marks[-1][0], max(end, marks[-1][1]))
        else:
            marks.append((start, end))
    return tuple(marks)


def cut(text: str, marks: Marks, limit: int = SNIPPET_CHARS) -> Snippet:
    """Return the part of at most `limit` characters with the most marks, at the ends of words."""
    if len(text) <= limit:
        return Snippet(text, marks, 0)
    start = _best_start(text, marks, limit)
    end = min(start + limit, len(text))
    if end < len(text):
        space = text.rfind(" ", start + limit // 2, end)
        end = space if space > 0 else _whole(text, end)
    within = [(max(a, start), min(b, end)) for a, b in marks if a < end and b > start]
    return Snippet(text[start:end], tuple((a - start, b - start) for a, b in within), start)


def _best_start(text: str, marks: Marks, limit: int) -> int:
    if not marks:
        return 0
    words = [text[begin:end].casefold() for begin, end in marks]
    inside: Counter[str] = Counter()
    best, start, last = 0, marks[0][0], 0
    for first, (begin, _) in enumerate(marks):
        while last < len(marks) and marks[last][1] <= begin + limit * 4 // 5:
            inside[words[last]] += 1
            last += 1
        worth = len(inside) * 4 + min(last - first, 4)
        if worth > best:
            best, start = worth, begin
        if first < last:
            inside[words[first]] -= 1
            if not inside[words[first]]:
                del inside[words[first]]
        last = max(last, first + 1)
    start = min(max(start - limit // 6, 0), len(text) - limit)
    if start <= 0:
        return 0
    line = text.rfind("\n", start - limit // 6 if start > limit // 6 else 0, start)
    space = text.find(" ", start, start + limit // 8)
    return line + 1 if line >= 0 else space + 1 if space >= 0 else _whole(text, start)


def _whole(text: str, place: int) -> int:
    """Return the place, moved before the character it stands in the middle of."""
    while place > 0 and unicodedata.combining(text[place]):
        place -= 1
    return place
