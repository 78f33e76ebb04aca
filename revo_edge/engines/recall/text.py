"""What of an item goes into the words' index, and what is embedded.

Each shape of item has an FTS5 table of its own, so that rarity and length are measured among its
like, with columns that bm25 weighs: a word in a function's name says more than one in its body.
Every item has one vector. All strings here are made from the item alone (a turn's also from its
neighbours).
"""

import re
from collections.abc import Sequence

import msgspec

from revo_edge.engines.recall import dates
from revo_edge.engines.recall.words import spaced, split_identifiers, whole_identifiers

TOKENIZE = "porter unicode61 remove_diacritics 2"


class Table(msgspec.Struct, frozen=True):
    """An FTS5 table: its columns and the weight of each in bm25."""

    name: str
    columns: tuple[str, ...]
    weights: tuple[float, ...]


TEXT = Table("fts_text", ("title", "text", "days"), (3.0, 1.0, 1.0))
CODE = Table("fts_code", ("name", "prose", "body", "place"), (3.0, 2.0, 0.4, 1.0))
TURN = Table("fts_turn", ("text", "asked", "near", "far", "days"), (2.0, 1.5, 1.0, 0.5, 1.0))
TABLES = {"note": TEXT, "document": TEXT, "code": CODE, "conversation": TURN}
"""Of each kind of item the table that it is in."""

NEIGHBOURS = 3
"""How many turns of the same session, before and after, are indexed with a turn."""

INDEXED_CHARS = 200_000
"""Of a longer text the rest is kept but not searched; ingest makes chunks far below."""

_TITLE_CHARS = 160
_NAME = re.compile(
    r"\b(?:def|class|function|func|fn|fun|sub|struct|interface|trait|enum|module)\s+([A-Za-z_]\w*)"
)
_DOCSTRING = re.compile(r'"""(.*?)"""|\'\'\'(.*?)\'\'\'|/\*+(.*?)\*/', re.DOTALL)
_LINE_COMMENTS = re.compile(r"(?:^[ \t]*(?:///?!?|#+|--)[^\n]*\n?)+", re.MULTILINE)
_MARKS = re.compile(r"^[ \t]*(?:\*|///?!?|#+|--)[ \t]?", re.MULTILINE)
_SECTION = re.compile(
    r"\s*(?:[:@\\](?:param|type|return|rtype|raise|throw|arg)\w*|>>>|-{3,}|```"
    r"|(?:args|arguments|parameters|params|returns?|raises|yields|examples?|usage|notes?)\s*:?\s*$)",
    re.IGNORECASE,
)
_ENDS_ASKING = re.compile(r"\?[\s\"'\u201d\u2019)]*(?:\[[^\]]*\]\s*)?\Z")


class Turn(msgspec.Struct, frozen=True):
    """One turn of a conversation; `at` in UTC epoch seconds, None when unknown."""

    text: str
    speaker: str = ""
    at: float | None = None

    def said(self) -> str:
        """Return the turn with its speaker, as a transcript has it."""
        return f"{self.speaker}: {self.text}" if self.speaker else self.text


def turn_columns(turn: Turn, before: Sequence[Turn], after: Sequence[Turn]) -> tuple[str, ...]:
    """Return the columns of fts_turn.

    `before` and `after` are the neighbours in the same session, the nearest first; NEIGHBOURS of
    each are used. What was asked just before counts almost as the turn's own words: the answer
    seldom repeats them.
    """
    asked, near = "", [neighbour.said() for neighbour in (*before[:1], *after[:1])]
    if before and "?" in before[0].text:
        asked = near.pop(0)
    far = [other.said() for other in (*before[1:NEIGHBOURS], *after[1:NEIGHBOURS])]
    days = dates.words(dates.mentions(turn.text[:INDEXED_CHARS], turn.at))
    if turn.at is not None:
        days = [*dates.own_words(turn.at), *days]
    return _indexed(turn.said(), asked, " ".join(near), " ".join(far), " ".join(days))


def code_columns(text: str, symbol: str, path: str, language: str) -> tuple[str, ...]:
    """Return the columns of fts_code: the name, what the docstring says it does, the rest, where.

    The language is a word of `place`: in a query it finds code of that language, and weighs
    nothing where all code is of one.
    """
    text = text[:INDEXED_CHARS]
    name = symbol or name_of(text)
    prose, rest = _prose_and_rest(text)
    body = f"{split_identifiers(rest)} {whole_identifiers(rest)}"
    place = f"{language} {split_identifiers(path)} {path}"
    return _indexed(f"{split_identifiers(name)} {whole_identifiers(name)}", prose, body, place)


def text_columns(title: str, text: str, at: float | None) -> tuple[str, ...]:
    """Return the columns of fts_text; without a title a short first line is the title.

    `at` is given for notes, whose "yesterday" is worth resolving, and None for documents.
    """
    text = text[:INDEXED_CHARS]
    if not title:
        title, text = split_title(text)
    days: list[str] = []
    if at is not None:
        days = [*dates.own_words(at), *dates.words(dates.mentions(text, at))]
    return _indexed(title, text.removeprefix(title), " ".join(days))


def split_title(text: str) -> tuple[str, str]:
    """Return (title, rest): a first line that is short and not all there is, else no title."""
    first, _, rest = text.lstrip().partition("\n")
    if rest.strip() and 0 < len(first) <= _TITLE_CHARS:
        return first.lstrip("# ").strip(), rest
    return "", text


def name_of(text: str) -> str:
    """Return the name of the first function or class that a piece of code defines, else ""."""
    found = _NAME.search(text)
    return found[1] if found else ""


def asks(text: str) -> bool:
    """Whether a turn ends with a question: then the answer is a turn after it."""
    return _ENDS_ASKING.search(text[-400:]) is not None


def embedded_turn(turn: Turn) -> str:
    """Return what of a turn is embedded: the turn with its speaker, without neighbours."""
    return turn.said()


def embedded_code(text: str) -> str:
    """Return what of a piece of code is embedded: the code as it stands, docstring and all.

    Putting the name in words before it, or the docstring alone, was measured to find less.
    """
    return text


def embedded_text(title: str, text: str) -> str:
    """Return what of a note or document is embedded."""
    return f"{title}\n{text}" if title and not text.startswith(title) else text


def _prose_and_rest(code: str) -> tuple[str, str]:
    """Return what a docstring or the comment at the top says the code does, and all the rest."""
    found = _DOCSTRING.search(code) or _LINE_COMMENTS.match(code)
    if found is None:
        return "", code
    whole = next((group for group in found.groups() if group is not None), found[0])
    kept: list[str] = []
    lines = _MARKS.sub("", whole).splitlines()
    for line in lines:
        if _SECTION.match(line):
            break
        kept.append(line.strip())
    details = " ".join(line.strip() for line in lines[len(kept) :])
    rest = code[: found.start()] + code[found.end() :]
    return " ".join(kept).strip(), f"{rest}\n{details}".strip("\n")


def _indexed(*columns: str) -> tuple[str, ...]:
    return tuple(spaced(column[:INDEXED_CHARS]) for column in columns)
