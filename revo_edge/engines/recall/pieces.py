"""Pieces: what a file is cut into, before they become items of memory.

A sentence model reads about 256 tokens, some 1,000 characters, so pieces are about that long: long
enough to stand alone, short enough that a hit shows the place.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from revo_edge.contract.recall import ItemKind

AIM_CHARACTERS = 1_000
"""Blocks of lines are filled up to about this length."""
MOST_CHARACTERS = 1_500
"""A block is cut before it is longer, if there is any place to cut."""
TITLE_CHARACTERS = 300

_SURROGATE = re.compile("[\ud800-\udfff]")
_SENTENCE_ENDS = ".!?\u3002\uff01\uff1f"
_PLACE_TO_CUT = re.compile(rf"[{_SENTENCE_ENDS}]['\")\]]*\s|[\u3002\uff01\uff1f]|\s")


class Piece(msgspec.Struct, frozen=True):
    """A part of a file; lines count from 1, and both are None where a file has none.

    `at` is UTC epoch seconds. `session`, `turn` and `speaker` are those of a conversation.
    """

    text: str
    title: str = ""
    kind: ItemKind = ItemKind.DOCUMENT
    first_line: int | None = None
    last_line: int | None = None
    metadata: dict[str, Any] = {}
    tags: tuple[str, ...] = ()
    at: float | None = None
    session: str = ""
    turn: int | None = None
    speaker: str = ""


class Block(msgspec.Struct, frozen=True):
    """Some lines of a text; a line that is too long for one block is in several."""

    first_line: int
    last_line: int
    text: str


def clean(text: str) -> str:
    """Replace what cannot be stored or shown: lone surrogates and NUL."""
    if not text.isascii():
        text = _SURROGATE.sub("\ufffd", text)
    return text.replace("\0", "\ufffd") if "\0" in text else text


def shorten(title: str) -> str:
    """Write a title in one line of bounded length."""
    title = " ".join(title.split())
    return title if len(title) <= TITLE_CHARACTERS else title[: TITLE_CHARACTERS - 1] + "…"


def cut_lines(
    lines: Sequence[str],
    first: int,
    last: int,
    *,
    aim: int = AIM_CHARACTERS,
    most: int = MOST_CHARACTERS,
) -> Iterator[Block]:
    """Cut lines `first` to `last` (from 1, inclusive) into blocks of about `aim` characters.

    A block ends before an empty line, the fullest that fits; without one it ends at a line with
    the least indentation. Empty lines at the edges belong to no block; all other lines do.
    """
    while True:
        first, last = _trim(lines, first, last)
        if first > last:
            return
        end = _block_end(lines, first, last, aim, most)
        text = "\n".join(lines[first - 1 : end]).rstrip()
        if len(text) > most and end == first:
            for part in cut_text(text, aim=aim, most=most):
                yield Block(first, first, part)
        else:
            yield Block(first, first + text.count("\n"), text)
        first = end + 1


def cut_text(text: str, *, aim: int = AIM_CHARACTERS, most: int = MOST_CHARACTERS) -> Iterator[str]:
    """Cut one long line at the ends of sentences, else of words, else anywhere."""
    begin = 0
    while len(text) - begin > most:
        end = begin + aim
        found = list(_PLACE_TO_CUT.finditer(text, begin + aim // 2, end))
        stops = [match for match in found if match[0][0] in _SENTENCE_ENDS] or found
        end = stops[-1].end() if stops else end
        if part := text[begin:end].strip():
            yield part
        begin = end
    if part := text[begin:].strip():
        yield part


def _trim(lines: Sequence[str], first: int, last: int) -> tuple[int, int]:
    while first <= last and not lines[first - 1].strip():
        first += 1
    while last >= first and not lines[last - 1].strip():
        last -= 1
    return first, last


def _block_end(lines: Sequence[str], first: int, last: int, aim: int, most: int) -> int:
    """Return the last line of the block that begins at `first`."""
    if sum(map(len, lines[first - 1 : last])) + last - first <= most:
        return last
    total = len(lines[first - 1])
    small = good = large = dedent = 0  # where the block could end, by how full it would be
    least = 1 << 30
    for number in range(first + 1, last + 1):
        line = lines[number - 1]
        text = line.lstrip()
        if not text:
            if total <= aim // 3:
                small = number - 1
            elif total <= aim:
                good = number - 1
            else:
                large = large or number - 1
        elif total >= aim // 2 and len(line) - len(text) <= least:
            least, dedent = len(line) - len(text), number - 1
        total += len(line) + 1
        if total > most:
            return good or large or dedent or small or number - 1
    return last


def number_parts(pieces: Iterable[Piece]) -> list[Piece]:
    """Mark the pieces of one thing as parts of it: (1 of 3), (2 of 3), ..."""
    found = list(pieces)
    if len(found) < 2:
        return found
    return [
        msgspec.structs.replace(piece, title=f"{piece.title} ({number} of {len(found)})")
        for number, piece in enumerate(found, 1)
    ]
