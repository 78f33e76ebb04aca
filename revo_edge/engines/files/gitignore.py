r"""The rules of one .gitignore, meaning what git says they mean.

Git asks of one entry at a time whether a pattern matches exactly it; what is inside an ignored
folder is never asked for. The path-matching libraries match a folder's contents along with it, so
that a negated folder wrongly takes back what another rule ignores inside it.

Read from git's `dir.c` and `wildmatch.c`. One difference: `?` and `[...]` match a character, not a
byte.
"""

import os
import re

import msgspec

_TOKEN = re.compile(
    r"""(?P<any_folders>(?:(?<=/)|\A)\*\*+/)    # **/ is any number of folders, also none
      | (?P<anything>(?:(?<=/)|\A)\*\*+\Z)      # /** at the end is all that is inside
      | (?P<stars>\*+)
      | (?P<one>\?)
      | \[(?P<no>[!^]?)(?P<set>\]?(?:\[:[a-z]+:\]|\\.|[^]\\])*)\]
      | \\(?P<quoted>.)
      | (?P<malformed>[\[\\])                   # an open bracket or a last backslash
      | (?P<plain>.)""",
    re.VERBOSE | re.DOTALL,
)
_IN_SET = re.compile(r"\[:(?P<name>[a-z]+):\]|(?P<low>\\?.)(?:-(?P<high>\\.|[^]\\]))?", re.DOTALL)
_TRAILING_SPACES = re.compile(r"((?:\\.|[^\\ ]| +(?=[^ ]))*) *", re.DOTALL)

_CLASSES = {
    "alnum": "A-Za-z0-9",
    "alpha": "A-Za-z",
    "blank": r"\ \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": r"\x21-\x7e",
    "lower": "a-z",
    "print": r"\x20-\x7e",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\ \t\n\r\f\v",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}


class _Rule(msgspec.Struct, frozen=True):
    """One line of the file."""

    regex: re.Pattern[str]
    ignores: bool
    folders_only: bool
    by_name: bool  # it is matched with the entry's name alone, in any folder below


class IgnoreRules:
    """What one .gitignore says about the entries below its folder."""

    def __init__(self, content: bytes) -> None:
        """Read the file's content; a malformed line never matches, as in git."""
        lines = os.fsdecode(content.removeprefix(b"\xef\xbb\xbf")).split("\n")
        rules = [_read_rule(line.removesuffix("\r")) for line in lines]
        self._last_first = [rule for rule in reversed(rules) if rule is not None]

    def verdict(self, path: str, *, is_folder: bool) -> bool | None:
        """Tell whether an entry is ignored; None when no rule has a word on it.

        `path` is relative to the folder of the .gitignore, without a slash at its end.
        """
        name = path.rpartition("/")[2]
        for rule in self._last_first:
            if (is_folder or not rule.folders_only) and rule.regex.fullmatch(
                name if rule.by_name else path
            ):
                return rule.ignores
        return None


def _read_rule(line: str) -> _Rule | None:
    if line.startswith("#"):
        return None
    trimmed = _TRAILING_SPACES.fullmatch(line)
    pattern = trimmed[1] if trimmed else line
    ignores = not pattern.startswith("!")
    pattern = pattern if ignores else pattern[1:]
    folders_only = pattern.endswith("/")
    pattern = pattern.removesuffix("/")
    by_name = "/" not in pattern
    try:
        regex = _translate(pattern.removeprefix("/"))
    except ValueError:
        return None
    return _Rule(regex, ignores, folders_only, by_name)


def _translate(pattern: str) -> re.Pattern[str]:
    """Write a pattern as a regular expression; raise ValueError when it can never match."""
    parts = [_translate_token(match) for match in _TOKEN.finditer(pattern)]
    try:
        return re.compile("".join(parts), re.DOTALL)
    except re.error as error:  # a range that ends before it starts
        raise ValueError(str(error)) from error


def _translate_token(match: re.Match[str]) -> str:
    simple = {"any_folders": "(?:.*/)?", "anything": ".*", "stars": "[^/]*", "one": "[^/]"}
    kind = match.lastgroup or ""
    if kind in simple:
        return simple[kind]
    if kind == "set":
        inside = "".join(map(_translate_in_set, _IN_SET.finditer(match["set"])))
        return f"(?!/)[{'^' if match['no'] else ''}{inside}]"
    if kind == "malformed":
        raise ValueError(match[0])
    return re.escape(match[kind])


def _translate_in_set(match: re.Match[str]) -> str:
    if match["name"]:
        if match["name"] not in _CLASSES:
            raise ValueError(match[0])
        return _CLASSES[match["name"]]
    ends = [end for end in (match["low"], match["high"]) if end is not None]
    return "-".join(re.escape(end[1:] or end) for end in ends)
