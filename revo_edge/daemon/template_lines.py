"""Where a key stands in the text of a TOML file: tomllib gives values without their lines."""

import re
from collections.abc import Iterator

Path = tuple[str, ...]
_KEY = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_NAME = re.compile(_KEY)
_DOTTED = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_TABLE = re.compile(rf"\s*\[\s*({_DOTTED})\s*\]")
_ENTRY = re.compile(rf"\s*({_DOTTED})\s*=")


def line_of(text: str, path: Path) -> int:
    """Return the line (from 1) of a key, or of the nearest table or key around it, else 1.

    The last part may also name an entry of a list or a key of an inline table.
    """
    best, line = 0, 1
    for number, found in _keys(text):
        shared = len(found)
        if shared > best and path[:shared] == found:
            best, line = shared, number
    return _inside(text, line, path[-1]) if path and best < len(path) else line


def _keys(text: str) -> Iterator[tuple[int, Path]]:
    table: Path = ()
    quoted = False
    for number, line in enumerate(text.splitlines(), 1):
        opens = (line.count('"""') + line.count("'''")) % 2 == 1
        if not quoted:
            header, entry = _TABLE.match(line), _ENTRY.match(line)
            if header:
                table = _parts(header[1])
                yield number, table
            elif entry:
                yield number, (*table, *_parts(entry[1]))
        quoted ^= opens


def _parts(dotted: str) -> Path:
    return tuple(part.strip("\"'") for part in _NAME.findall(dotted))


def _inside(text: str, first: int, word: str) -> int:
    """Look for the word in the value that begins on line `first`."""
    wanted = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")
    for number, line in enumerate(text.splitlines()[first - 1 :], first):
        if number > first and (_TABLE.match(line) or _ENTRY.match(line)):
            break
        if wanted.search(line):
            return number
    return first
