"""TODO, FIXME, XXX and HACK in comments: what somebody left for later."""

import re
from collections.abc import Iterable, Iterator
from functools import cache

import msgspec

from revo_edge.engines.parallel.syntax import PYTHON_COMMENT_OR_STRING, SLASH_LIKE, SYNTAXES

TAGS = ("TODO", "FIXME", "XXX", "HACK")
"""Words that mark a comment; in capitals, and whole words only."""

TEXT_LIMIT = 200
"""A longer text of a marker is cut to this number of characters."""

_TAG = rf"\b(?P<tag>{'|'.join(TAGS)})\b(?P<text>[^\n]*)"
_ANY_TAG = re.compile(rf"\b(?:{'|'.join(TAGS)})\b")
_IN_COMMENT = re.compile(_TAG)
_CLOSING = re.compile(r"(?:\*+/|-->|-\}|\*\)|\]\])\s*\Z")


class Marker(msgspec.Struct, frozen=True):
    """One comment that is marked; `text` is what follows the tag on its line."""

    line: int
    tag: str
    text: str


class PlacedMarker(msgspec.Struct, frozen=True):
    """A marker and the file that it is in.

    `changed_at` is when its line was last changed (UTC epoch seconds), None where that is unknown.
    """

    path: str
    marker: Marker
    changed_at: int | None = None


def age_days(placed: PlacedMarker, now: float) -> int | None:
    """Return how many whole days a marker has been there as it is; `now` in epoch seconds."""
    if placed.changed_at is None:
        return None
    return max(0, int(now - placed.changed_at) // 86_400)


def age_text(days: int | None) -> str:
    """Write an age as a person says it: `3 years`."""
    if days is None:
        return "age unknown"
    for name, length in (("year", 365), ("month", 30), ("week", 7), ("day", 1)):
        if count := days // length:
            return f"{count} {name}{'s' if count > 1 else ''}"
    return "today"


def oldest_first(placed: Iterable[PlacedMarker]) -> list[PlacedMarker]:
    """Sort by age; those of unknown age come last, by where they are."""

    def key(one: PlacedMarker) -> tuple[bool, int, str, int]:
        return one.changed_at is None, one.changed_at or 0, one.path, one.marker.line

    return sorted(placed, key=key)


def find_markers(source: str, language: str) -> list[Marker]:
    """List the marked comments of a source, by line; one for each line.

    No source takes longer to read than its length. In Python only comments are looked at. In other languages the word must follow a sign of a
    comment on its line, so that one in a string that holds such a sign is taken for a comment. A
    language whose comments are not known has none.
    """
    if language not in SYNTAXES or _ANY_TAG.search(source) is None:
        return []
    found = _in_python(source) if language == "Python" else _behind_signs(source, language)
    return list(_read(source, found))


def _in_python(source: str) -> Iterator[re.Match[str]]:
    for piece in PYTHON_COMMENT_OR_STRING.finditer(source):
        if piece["comment"] and (match := _IN_COMMENT.search(source, piece.start(), piece.end())):
            yield match


def _behind_signs(source: str, language: str) -> Iterator[re.Match[str]]:
    sign = _sign(language)
    end = 0
    while tag := _ANY_TAG.search(source, end):
        start = source.rfind("\n", end, tag.start()) + 1 or end
        end = source.find("\n", tag.end())
        end = len(source) if end < 0 else end
        first = sign.search(source, start, end)
        if first and (match := _IN_COMMENT.search(source, first.end(), end)):
            yield match


@cache
def _sign(language: str) -> re.Pattern[str]:
    signs = list(SYNTAXES[language].signs)
    if language in SLASH_LIKE:
        signs.append(r"^[ \t]*\*")
    return re.compile("|".join(signs), re.MULTILINE)


def _read(source: str, found: Iterator[re.Match[str]]) -> Iterator[Marker]:
    line, at = 1, 0
    for match in found:
        line += source.count("\n", at, match.start("tag"))
        at = match.start("tag")
        text = _CLOSING.sub("", match["text"].lstrip(" \t:-)").rstrip())
        yield Marker(line, match["tag"], text.rstrip()[:TEXT_LIMIT])
