"""Source code of languages other than Python, cut where lizard finds functions.

A language that lizard does not know, or a source it fails on, is cut at empty lines.
"""

import re
from collections.abc import Iterator

from revo_edge.engines.files.functions import LANGUAGES, NoFunctions, find_functions
from revo_edge.engines.recall.definitions import Definition, cut_definitions
from revo_edge.engines.recall.pieces import Piece

LIMIT_S = 5.0
"""Reading one source is given up after this time."""
_SPACED = re.compile(r"\s*([(),.<>\[\]*&])\s*")
_COMMENTS = ("//", "/*", "*", "#", "--", "%", "@", ";")


def cut_code(path: str, language: str, source: str) -> list[Piece]:
    """Cut a source file."""
    lines = source.split("\n")
    return cut_definitions(path, language, lines, _definitions(path, language, source, lines))


def _definitions(path: str, language: str, source: str, lines: list[str]) -> Iterator[Definition]:
    """Yield the functions that are not inside another one."""
    if language not in LANGUAGES:
        return
    try:
        found = find_functions(path, language, source, limit_s=LIMIT_S)
    except NoFunctions:
        return
    after = 0
    for function in found:
        first, last = function.start_line, min(function.end_line, len(lines))
        if first <= after or last < first:
            continue
        while first - 1 > after and lines[first - 2].lstrip().startswith(_COMMENTS):
            first -= 1
        name = function.name.replace("::", ".")
        yield Definition(first, last, name, _signature(function.long_name), "function")
        after = last


def _signature(name: str) -> str:
    """Write a signature as people do: lizard puts spaces between all tokens."""
    name = _SPACED.sub(r"\1", name.replace("::", "."))
    return name.replace(",", ", ")
