"""Python source, cut into functions, methods and what is between them."""

import ast
from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from revo_edge.contract.recall import ItemKind
from revo_edge.engines.recall.pieces import Piece, cut_lines, number_parts, shorten

FUNCTION_CHARACTERS = 2_400
"""A longer function is cut: a model reads its first 1,000 characters, words are found in all."""
CLASS_CHARACTERS = 900
"""A shorter class stays whole."""

_Function = ast.FunctionDef | ast.AsyncFunctionDef


class Definition(msgspec.Struct, frozen=True):
    """A function or class by its lines: `whole` is not looked into."""

    first: int
    last: int
    name: str
    signature: str
    type: str
    whole: bool = True


def cut_python(path: str, source: str) -> list[Piece]:
    """Cut a module; raises SyntaxError, ValueError and RecursionError as the parser does."""
    tree = ast.parse(source)
    lines = source.split("\n")
    return list(cut_definitions(path, "Python", lines, _definitions(tree.body, lines, "", 1)))


def cut_definitions(
    path: str, language: str, lines: Sequence[str], definitions: Iterator[Definition]
) -> Iterator[Piece]:
    """Yield pieces in the order of the lines: each definition, and what is before and after it.

    A definition begins after the one before it ends or lies within it; one that is not whole gives
    its name to the lines around those that lie within it.
    """
    found = sorted(definitions, key=lambda d: (d.first, -d.last))
    spans = _spans(found, len(lines))
    for first, last, owner in spans:
        name = owner.name if owner else ""
        metadata = {"language": language}
        if owner:
            metadata |= {"symbol": name, "type": owner.type}
        title = shorten(f"{path} {owner.signature if owner else ''}")
        most = {"most": FUNCTION_CHARACTERS} if owner and owner.whole else {}
        yield from number_parts(
            Piece(b.text, title, ItemKind.CODE, b.first_line, b.last_line, metadata)
            for b in cut_lines(lines, first, last, **most)
        )


def _spans(
    found: Sequence[Definition], lines: int
) -> Iterator[tuple[int, int, Definition | None]]:
    """Divide lines 1 to `lines` among the innermost definitions that hold them."""
    edges = {1, lines + 1}
    for definition in found:
        edges |= {definition.first, definition.last + 1}
    within: list[Definition] = []
    waiting = list(reversed(found))
    for first, after in pairwise(sorted(edges)):
        while within and within[-1].last < first:
            within.pop()
        while waiting and waiting[-1].first <= first:
            begun = waiting.pop()
            if begun.last >= first:
                within.append(begun)
        yield first, after - 1, within[-1] if within else None


def _definitions(
    body: Sequence[ast.stmt], lines: Sequence[str], outer: str, floor: int
) -> Iterator[Definition]:
    """Yield the definitions of a body; those in an `if` or `try` too, those in a function not.

    `floor` is the first line that belongs to nothing before the body.
    """
    for node in body:
        if isinstance(node, _Function | ast.ClassDef):
            first = _first_line(node, lines, floor)
            yield from _definition(node, lines, outer, first)
        else:
            for part in _bodies(node):
                yield from _definitions(part, lines, outer, node.lineno + 1)
        floor = (node.end_lineno or node.lineno) + 1


def _definition(
    node: _Function | ast.ClassDef, lines: Sequence[str], outer: str, first: int
) -> Iterator[Definition]:
    name = f"{outer}{node.name}"
    last = node.end_lineno or node.lineno
    if isinstance(node, _Function):
        yield Definition(first, last, name, _signature(node, lines, outer), "function")
        return
    length = sum(map(len, lines[first - 1 : last])) + last - first
    whole = length <= CLASS_CHARACTERS
    yield Definition(first, last, name, _signature(node, lines, outer), "class", whole=whole)
    if not whole:
        yield from _definitions(node.body, lines, f"{name}.", node.lineno + 1)


def _bodies(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Yield the lists of statements inside of a compound statement."""
    for field in ("body", "orelse", "finalbody"):
        if part := getattr(node, field, None):
            yield part
    for field in ("handlers", "cases"):
        for inner in getattr(node, field, ()):
            yield inner.body


def _first_line(node: _Function | ast.ClassDef, lines: Sequence[str], floor: int) -> int:
    """Return where a definition begins, with its decorators and the comment right above it."""
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    while first > floor and lines[first - 2].lstrip().startswith("#"):
        first -= 1
    return first


def _signature(node: _Function | ast.ClassDef, lines: Sequence[str], outer: str) -> str:
    """Return `Class.method(self, x) -> int` as the source writes it, in one line."""
    body = node.body[0]
    if body.lineno > node.lineno:
        head = " ".join(lines[node.lineno - 1 : body.lineno - 1])
    else:
        head = lines[node.lineno - 1].encode()[: body.col_offset].decode(errors="ignore")
    head = " ".join(head.split())
    before, found, after = head.partition(node.name)
    if not found or len(before) > len("async class "):
        return outer + node.name
    return f"{outer}{node.name}{after.rpartition(':')[0]}".rstrip()
