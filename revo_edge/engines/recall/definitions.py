"""Pieces of source code by its definitions, whatever language they were found in."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import msgspec

from revo_edge.contract.recall import ItemKind
from revo_edge.engines.recall.pieces import Piece, cut_lines, number_parts, shorten

FUNCTION_CHARACTERS = 2_400
"""A longer function is cut: a model reads its first 1,000 characters, words are found in all."""
TINY_CHARACTERS = 60
"""A shorter piece, such as a bracket, is part of the one beside it, whatever that is."""
SMALL_CHARACTERS = 250
"""Shorter neighbours are put together: alone they would say too little."""
TOGETHER_CHARACTERS = 700


class Definition(msgspec.Struct, frozen=True):
    """A function or class by its lines; one that is not whole is cut at those inside of it."""

    first: int
    last: int
    name: str
    signature: str
    type: str
    whole: bool = True


def cut_definitions(
    path: str, language: str, lines: Sequence[str], definitions: Iterable[Definition]
) -> list[Piece]:
    """Return pieces in the order of the lines: each definition, and what is before and after it.

    Definitions come by line; each ends before the next begins, or holds it. The lines of one that
    is not whole, but of none inside of it, have its name.
    """
    pieces: list[Piece] = []
    for first, last, owner in _spans(list(definitions), len(lines)):
        metadata = {"language": language}
        if owner:
            metadata |= {"symbol": owner.name, "type": owner.type}
        title = shorten(f"{path} {owner.signature if owner else ''}")
        blocks = (
            cut_lines(lines, first, last, most=FUNCTION_CHARACTERS)
            if owner and owner.whole
            else cut_lines(lines, first, last)
        )
        pieces += number_parts(
            Piece(b.text, title, ItemKind.CODE, b.first_line, b.last_line, metadata) for b in blocks
        )
    return list(_put_together(pieces, path, lines))


def _spans(found: list[Definition], lines: int) -> Iterator[tuple[int, int, Definition | None]]:
    """Divide lines 1 to `lines` among the innermost definitions that hold them."""
    edges = {1, lines + 1}
    for definition in found:
        edges |= {definition.first, definition.last + 1}
    within: list[Definition] = []
    waiting = found[::-1]
    for first, after in pairwise(sorted(edges)):
        while within and within[-1].last < first:
            within.pop()
        while waiting and waiting[-1].first <= first:
            begun = waiting.pop()
            if begun.last >= first:
                within.append(begun)
        yield first, after - 1, within[-1] if within else None


def _put_together(pieces: list[Piece], path: str, lines: Sequence[str]) -> Iterator[Piece]:
    """Join small neighbours; their titles are put together, too."""
    held: Piece | None = None
    for piece in pieces:
        joined = _join(held, piece, path, lines) if held else piece
        if held and joined is None:
            yield held
        held = joined or piece
    if held is not None:
        yield held


def _join(one: Piece, other: Piece, path: str, lines: Sequence[str]) -> Piece | None:
    """Return both as one piece; None when each is to stay alone."""
    first, last = one.first_line or 1, other.last_line or 1
    sizes = len(one.text), len(other.text)
    if first >= last or one.last_line == other.first_line or sum(sizes) > FUNCTION_CHARACTERS:
        return None
    text = "\n".join(lines[first - 1 : last]).rstrip()
    between = text.removeprefix(one.text).removesuffix(other.text)
    if between.strip():  # one of them is only part of a long line
        return None
    if min(sizes) < TINY_CHARACTERS and (_is_rest(one) or _is_rest(other)):
        named = other if _is_rest(one) else one
        return msgspec.structs.replace(named, text=text, first_line=first, last_line=last)
    if (
        sum(sizes) > TOGETHER_CHARACTERS
        or min(sizes) > SMALL_CHARACTERS
        or _outer(one) != _outer(other)
    ):
        return None
    added = other.title.removeprefix(path).strip()
    title = shorten(f"{one.title}, {added}") if added else one.title
    metadata = one.metadata
    if not _is_rest(one):
        metadata = {**metadata, "symbol": f"{metadata['symbol']}, {other.metadata['symbol']}"}
    return msgspec.structs.replace(one, text=text, title=title, last_line=last, metadata=metadata)


def _is_rest(piece: Piece) -> bool:
    return "symbol" not in piece.metadata


def _outer(piece: Piece) -> str | None:
    """Name the class that a piece belongs to; None when it is what is between definitions."""
    if _is_rest(piece):
        return None
    others, _, last = str(piece.metadata["symbol"]).rpartition(", ")
    is_head = piece.metadata["type"] == "class" and not others
    return last if is_head else last.rpartition(".")[0]
