"""Markdown and reStructuredText by heading, other text by paragraphs."""

import re
from collections.abc import Iterator, Sequence

import msgspec

from revo_edge.engines.recall.pieces import (
    Piece,
    cut_lines,
    number_parts,
    shorten,
)

SHORT_CHARACTERS = 200
"""A shorter section is put together with the first section below it."""

_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_SETEXT = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_NO_PARAGRAPH = re.compile(r"\s*$| {0,3}(?:[-*+>|]|\d+[.)]| {4})")
_UNDERLINE = re.compile(r"([=\-`:.'\"~^_*+#])\1+\s*$")
_FRONT_MATTER = re.compile(r"---\s*$")


class Heading(msgspec.Struct, frozen=True):
    """A heading; its section begins at line `first`."""

    first: int
    level: int
    text: str


def cut_markdown(path: str, text: str) -> list[Piece]:
    """Cut at headings; a title is the path of the headings above."""
    lines = text.split("\n")
    return _cut_sections(path, lines, _markdown_headings(lines))


def cut_rst(path: str, text: str) -> list[Piece]:
    """Cut at headings, which are underlined; their order of appearance is that of their levels."""
    lines = text.split("\n")
    return _cut_sections(path, lines, _rst_headings(lines))


def cut_plain(path: str, text: str) -> list[Piece]:
    """Cut between paragraphs."""
    lines = text.split("\n")
    return list(_blocks(path, lines, 1, len(lines)))


def _blocks(title: str, lines: Sequence[str], first: int, last: int) -> Iterator[Piece]:
    title = shorten(title)
    yield from number_parts(
        Piece(block.text, title, first_line=block.first_line, last_line=block.last_line)
        for block in cut_lines(lines, first, last)
    )


def _cut_sections(path: str, lines: Sequence[str], headings: Iterator[Heading]) -> list[Piece]:
    pieces: list[Piece] = []
    above: list[Heading] = []
    first, title, level = 1, path, 0
    for heading in headings:
        short = sum(map(len, lines[first - 1 : heading.first - 1])) < SHORT_CHARACTERS
        while above and above[-1].level >= heading.level:
            above.pop()
        if not (short and (heading.level > level or _is_empty(lines, first, heading.first))):
            pieces += _blocks(title, lines, first, heading.first - 1)
            first = heading.first
        above.append(heading)
        level = heading.level
        title = " > ".join([path, *(each.text for each in above if each.text)])
    pieces += _blocks(title, lines, first, len(lines))
    return pieces


def _is_empty(lines: Sequence[str], first: int, after: int) -> bool:
    return not any(line.strip() for line in lines[first - 1 : after - 1])


def _markdown_headings(lines: Sequence[str]) -> Iterator[Heading]:
    fence = ""
    begin = _after_front_matter(lines)
    for number, line in enumerate(lines[begin:], begin + 1):
        marker = _FENCE.match(line)
        if fence:
            if marker and marker[1].startswith(fence) and line.strip() == marker[1]:
                fence = ""
        elif marker:
            fence = marker[1]
        elif found := _ATX.match(line):
            yield Heading(number, len(found[1]), found[2] or "")
        elif number > begin + 1 and (found := _SETEXT.match(line)):
            before = lines[number - 2]
            if not _NO_PARAGRAPH.match(before) and not _ATX.match(before):
                yield Heading(number - 1, 1 if found[1][0] == "=" else 2, before.strip())


def _after_front_matter(lines: Sequence[str]) -> int:
    """Return how many lines a block of YAML between two `---` takes at the beginning."""
    if lines and _FRONT_MATTER.match(lines[0]):
        for number, line in enumerate(lines[1:200], 2):
            if _FRONT_MATTER.match(line):
                return number
    return 0


def _rst_headings(lines: Sequence[str]) -> Iterator[Heading]:
    levels: dict[str, int] = {}
    number = 1
    while number < len(lines):
        name, under = lines[number - 1].rstrip(), _UNDERLINE.match(lines[number])
        if not under or not name or name[0].isspace() or len(lines[number].rstrip()) < len(name):
            over = _is_overlined(lines, number)
            if not over:
                number += 1
                continue
            name, mark, first, last = lines[number].strip(), over * 2, number, number + 2
        else:
            mark, first, last = under[1], number, number + 1
        if not _UNDERLINE.match(name):
            yield Heading(first, levels.setdefault(mark, len(levels) + 1), name)
        number = last + 1


def _is_overlined(lines: Sequence[str], number: int) -> str:
    """Return the mark if a line is above a heading that is underlined alike, else nothing."""
    over = _UNDERLINE.match(lines[number - 1])
    if over and number + 1 < len(lines) and lines[number].strip():
        same = lines[number + 1].rstrip() == lines[number - 1].rstrip()
        return over[1] if same else ""
    return ""
