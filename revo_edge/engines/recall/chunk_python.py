r"""Python source, cut into functions, methods and what is between them.

The source is read by its lines and indentation, not parsed: that is four times faster than `ast`,
and takes what does not compile (Python 2, a file that is being written) just as well.
"""

import bisect
import re
from collections.abc import Iterator

from revo_edge.engines.recall.definitions import Definition, cut_definitions
from revo_edge.engines.recall.pieces import Piece

CLASS_CHARACTERS = 900
"""A shorter class stays whole."""

_STRING = r'''"""(?:[^"\\]|\\.|"(?!""))*+"""|'{3}(?:[^'\\]|\\.|'(?!''))*+'{3}|"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+\''''
_STRINGS = re.compile(rf"#[^\n]*+|{_STRING}", re.DOTALL)
_HEADS = re.compile(r"\n([ \t]*+)(?:@(?=\w)|(async[ \t]++def|def|class)[ \t]++(\w++))")
_IN_HEAD = re.compile(rf"#[^\n]*+|{_STRING}|\\\n|[()\[\]{{}}:\n]", re.DOTALL)
_COMMENT = re.compile(r"#[^\n]*+$", re.MULTILINE)
_HEAD_CHARACTERS = 20_000  # a longer one is not one: the quotes are not what they seem


def cut_python(path: str, source: str) -> list[Piece]:
    """Cut a module."""
    lines = source.split("\n")
    return cut_definitions(path, "Python", lines, _Module(source, lines).definitions())


class _Module:
    """The places of one source; positions are those of the text with a newline before it."""

    def __init__(self, source: str, lines: list[str]) -> None:
        self._text = "\n" + source
        self._lines = lines
        self._breaks = [match.start() for match in re.finditer("\n", self._text)]
        long = [match.span() for match in _STRINGS.finditer(self._text) if "\n" in match[0]]
        self._string_starts = [start for start, _ in long]
        self._string_ends = [end for _, end in long]

    def definitions(self) -> Iterator[Definition]:
        """Yield classes, methods and functions that are not inside another function, by line."""
        within: list[Definition] = []
        inside_until = 0
        decorated: tuple[int, str] | None = None
        for match in _HEADS.finditer(self._text):
            line, indent = self._line(match.start()), match[1]
            if line <= inside_until or self._in_string(match.start()):
                continue
            if match[2] is None:
                if decorated is None or decorated[1] != indent:
                    decorated = (line, indent)
                continue
            first = decorated[0] if decorated and decorated[1] == indent else line
            decorated = None
            while within and within[-1].last < line:
                within.pop()
            found = self._definition(match, first, within[-1] if within else None)
            if found is None:
                continue
            if found.whole:
                inside_until = found.last
            else:
                within.append(found)
            yield found

    def _line(self, position: int) -> int:
        """Return the number of the line that begins after the newline at this position."""
        return bisect.bisect_left(self._breaks, position) + 1

    def _in_string(self, position: int) -> bool:
        index = bisect.bisect_right(self._string_starts, position) - 1
        return index >= 0 and position < self._string_ends[index]

    def _definition(
        self, match: re.Match[str], first: int, outer: Definition | None
    ) -> Definition | None:
        colon = self._end_of_head(match.end())
        if colon is None:
            return None
        name = f"{outer.name}.{match[3]}" if outer else match[3]
        head = _COMMENT.sub("", self._text[match.end() : colon])
        signature = " ".join(head.replace("\\\n", " ").split()).replace("( ", "(")
        signature = signature.replace(", )", ")").replace(",)", ")")
        first = self._with_comment(first, outer.first if outer else 0)
        last = self._last_line(colon, match[1])
        is_class = match[2] == "class"
        length = self._breaks[last - 1] - match.start() if is_class else 0
        whole = not is_class or length <= CLASS_CHARACTERS
        kind = "class" if is_class else "function"
        return Definition(first, last, name, name + signature, kind, whole=whole)

    def _end_of_head(self, position: int) -> int | None:
        """Return where the colon is that ends a definition's head."""
        depth = 0
        for match in _IN_HEAD.finditer(self._text, position, position + _HEAD_CHARACTERS):
            mark = match[0]
            if mark in "([{":
                depth += 1
            elif mark in ")]}":
                depth -= 1
            elif depth == 0 and mark == ":":
                return match.start()
            elif depth == 0 and mark == "\n":
                return None
        return None

    def _with_comment(self, first: int, floor: int) -> int:
        """Take in the comment right above a definition."""
        while first - 1 > floor and self._lines[first - 2].lstrip().startswith("#"):
            first -= 1
        return first

    def _last_line(self, colon: int, indent: str) -> int:
        """Return the last line of a body: after it comes code that is not indented any deeper.

        A text or a closing bracket there is still part of what is open above.
        """
        dedent = _dedent(len(indent))
        found = dedent.search(self._text, colon)
        while found is not None and self._in_string(found.start()):
            found = dedent.search(self._text, found.end())
        last = self._line(found.start()) - 1 if found else len(self._lines)
        head = self._line_of(colon)
        while last > head and self._is_after(self._lines[last - 1], len(indent)):
            last -= 1
        return last

    def _line_of(self, position: int) -> int:
        return bisect.bisect_left(self._breaks, position)

    @staticmethod
    def _is_after(line: str, indent: int) -> bool:
        """Tell whether a line at the end of a body is empty, or a comment on what comes next."""
        text = line.lstrip()
        return not text or (text[0] == "#" and len(line) - len(text) <= indent)


_DEDENTS: dict[int, re.Pattern[str]] = {}


def _dedent(indent: int) -> re.Pattern[str]:
    if indent not in _DEDENTS:
        _DEDENTS[indent] = re.compile(
            rf"\n[ \t]{{0,{indent}}}+(?![ \t\r\n#)\]}}]|[bBfFrRuU]{{0,2}}[\"'])"
        )
    return _DEDENTS[indent]
