"""The part of a text that is shown of a hit, with what was found in it: without Qt's classes."""

import re
from typing import NamedTuple

from revo_edge.contract.recall import Hit, ItemKind
from revo_gui.models.text import visible

CODE_LINES = 2
_PROSE_CHARS = 600
"""No list shows as many."""
_LINE_CHARS = 300
_HEADING = re.compile(r"#{1,6} [^\n]*\n\s*(?=\S)")
"""A heading that the title has said already."""
_MARKUP = re.compile(r"```\w*|\|[-:| ]*\|(?=\s|$)|(?<=\s)\|(?=\s)|^\||\|$", re.M)
"""Fences of code and bars of tables: on one line they say nothing."""
_SPACES = re.compile(r"\s+")


class Snippet(NamedTuple):
    """`text` is ready to draw, `marks` are (start, end) in it, in UTF-16 units as Qt counts."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()


class _Piece(NamedTuple):
    text: str
    marked: bool


def snippet_of(hit: Hit) -> Snippet:
    """Return what to show: code keeps its lines, everything else runs on."""
    source = hit.snippet or hit.item.text[:_PROSE_CHARS]
    marks = hit.marks if hit.snippet else ()
    heading = _HEADING.match(source)
    if heading and hit.item.title and hit.item.title in heading.group():
        source, begin = source[heading.end() :], heading.end()
        marks = tuple((a - begin, b - begin) for a, b in marks if a >= begin)
    pieces = _cut(source, marks)
    if hit.item.kind is ItemKind.DOCUMENT:
        pieces = [_Piece(_MARKUP.sub(" ", text), marked) for text, marked in pieces]
    return _joined(_code(pieces) if hit.item.kind is ItemKind.CODE else _prose(pieces))


def utf16(text: str) -> int:
    """Return how long Qt says that the text is."""
    return len(text) + sum(character > "\uffff" for character in text)


def _cut(text: str, marks: tuple[tuple[int, int], ...]) -> list[_Piece]:
    """Cut at the marks; those that do not fit the text are left out."""
    pieces, at = [], 0
    for start, end in sorted(marks):
        if at <= start < end <= len(text):
            pieces += [_Piece(text[at:start], False), _Piece(text[start:end], True)]
            at = end
    pieces.append(_Piece(text[at:], False))
    return [piece for piece in pieces if piece.text]


def _prose(pieces: list[_Piece]) -> list[_Piece]:
    """Put everything on one line."""
    found: list[_Piece] = []
    ends_in_space, left = True, _PROSE_CHARS
    for text, marked in pieces:
        plain = visible(_SPACES.sub(" ", text))[:left]
        plain = plain.lstrip(" ") if ends_in_space else plain
        if plain:
            ends_in_space = plain.endswith(" ")
            left -= len(plain)
            found.append(_Piece(plain, marked))
    return found


def _code(pieces: list[_Piece]) -> list[_Piece]:
    """Keep a few lines from the first one with a mark on, moved to the left edge together."""
    lines = [line for line in _lines(pieces) if _plain(line).strip()]
    first = next((n for n, line in enumerate(lines) if any(p.marked for p in line)), 0)
    first = max(0, min(first, len(lines) - CODE_LINES))
    lines = [_expanded(line) for line in lines[first : first + CODE_LINES]]
    indent = min((_indent(line) for line in lines), default=0)
    found: list[_Piece] = []
    for line in lines:
        found += [_Piece("\n", False)] if found else []
        found += _without(line, indent)
    return found


def _lines(pieces: list[_Piece]) -> list[list[_Piece]]:
    lines: list[list[_Piece]] = [[]]
    for text, marked in pieces:
        for number, part in enumerate(text.split("\n")):
            if number:
                lines.append([])
            if part:
                lines[-1].append(_Piece(part, marked))
    return lines


def _expanded(line: list[_Piece]) -> list[_Piece]:
    return [_Piece(visible(text.rstrip("\r").expandtabs(4)), marked) for text, marked in line]


def _plain(line: list[_Piece]) -> str:
    return "".join(text for text, _ in line)


def _indent(line: list[_Piece]) -> int:
    text = _plain(line)
    return len(text) - len(text.lstrip(" "))


def _without(line: list[_Piece], indent: int) -> list[_Piece]:
    """Take the first characters off, and cut an endless line."""
    found, begin, left = [], indent, _LINE_CHARS
    for text, marked in line:
        part = text[begin:][:left]
        begin = max(0, begin - len(text))
        left -= len(part)
        if part:
            found.append(_Piece(part, marked))
    return found


def _joined(pieces: list[_Piece]) -> Snippet:
    marks, at = [], 0
    for text, marked in pieces:
        end = at + utf16(text)
        if marked:
            marks.append((at, end))
        at = end
    return Snippet(_plain(pieces), tuple(marks))
