"""Foreign text made plain: nothing in it acts, nothing is endless. Every view shows it this way."""

import re
from html import escape

LINE_LIMIT = 500
"""Characters of a title or note that are looked at; no widget shows as many."""
_ROW_LIMIT = 2_000
"""Characters of one line among many, as in a log."""
_UNBROKEN = 24
"""Characters without a space that still fit into the narrowest place."""

_UNSEEN = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls; a tab and the end of a line are harmless
    "\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # marks, directions
    "\ud800-\udfff"  # halves of a pair, which no font has
    "\U000e0000-\U000e007f"  # tags
    "]"
)
_LONG_WORD = re.compile(rf"\S{{{_UNBROKEN + 1},}}")
_BREAK = re.compile(rf"(/{{{_UNBROKEN}}}|/(?!/)|[^/]{{{_UNBROKEN}}})(?=.)")


def visible(text: str) -> str:
    """Return the text with control and direction characters spelled out; lines stay lines."""
    return _UNSEEN.sub(_spell, text)


def one_line(text: str, limit: int = LINE_LIMIT) -> str:
    """Return the text on one line, cut after `limit` characters."""
    rows = (row.strip(" \t\r") for row in text[:limit].split("\n"))
    end = "…" if len(text) > limit else ""
    return visible(" ".join(row for row in rows if row) + end).replace("\t", " ")


def many_lines(text: str) -> str:
    """Return the text line by line, none of them endless."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(visible(cut(line, _ROW_LIMIT)) for line in lines)


def cut(text: str, limit: int) -> str:
    """Return the text, or its first `limit` characters and how many more there are."""
    rest = len(text) - limit
    return text if rest <= 0 else f"{text[:limit]}… ({rest:,} more characters)"


def breakable(text: str) -> str:
    """Return text whose endless words, such as paths, may be broken by a label that wraps."""
    return _LONG_WORD.sub(lambda word: _BREAK.sub("\\1\u200b", word.group()), text)


def tooltip(*lines: str) -> str:
    """Return the lines for a tooltip, which would take what looks like HTML for HTML."""
    return f"<qt>{'<br>'.join(map(escape, lines))}</qt>" if any(lines) else ""


def _spell(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
