"""Fuzzy matching for the palette: every letter of the query, in order, wherever it stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_LETTER = 1.0
_WORD_START = 8.0
_RUN = 9.0
"""For a letter that follows the letter matched before it."""
_BY_GROUP = -100.0
"""For a match that needs the group's letters too: after all that need only the text."""
_FIRST = 4.0
"""For the first letter of the text."""
_LENGTH_COST = 0.01
_QUERY_LIMIT = 40
_TEXT_LIMIT = 240


@dataclass(frozen=True, slots=True)
class Match:
    """How well a query fits a text, and which letters of the text it met."""

    score: float
    positions: tuple[int, ...]


def match(query: str, text: str) -> Match | None:
    """Return the best way the letters of `query` stand in `text` in order; None if they do not.

    Case and the blanks of the query do not matter. An empty query fits everything.
    """
    wanted = [letter.casefold() for letter in query if not letter.isspace()][:_QUERY_LIMIT]
    shown = text[:_TEXT_LIMIT]
    letters = [letter.casefold() for letter in shown]
    if not _in_order(wanted, letters):
        return None
    worth = [_worth(shown, at) for at in range(len(shown))]
    rows: list[list[tuple[float, int]]] = []
    for letter in wanted:
        rows.append(_row(letter, letters, worth, rows[-1] if rows else None))
    cost = _LENGTH_COST * len(shown)
    if not rows:
        return Match(-cost, ())
    score, end = max((found[0], -at) for at, found in enumerate(rows[-1]))
    return Match(score - cost, _trace(rows, -end))


def rank(
    query: str, lines: Iterable[tuple[str, str, str]], recent: Sequence[str] = ()
) -> list[tuple[int, Match]]:
    """Return (index, match) of the lines (id, text, group) that fit, best first.

    Equal ones stand by `recent` (ids, newest first), then in their own order.
    """
    ages = {id: age for age, id in enumerate(recent)}
    found = [
        ((-fit.score if query.strip() else 0.0, ages.get(id, len(ages)), index), fit)
        for index, (id, text, group) in enumerate(lines)
        if (fit := match(query, text) or _with_group(query, text, group)) is not None
    ]
    return [(key[2], fit) for key, fit in sorted(found, key=lambda one: one[0])]


def _with_group(query: str, text: str, group: str) -> Match | None:
    fit = match(query, f"{text} {group}")
    return fit and Match(fit.score + _BY_GROUP, fit.positions)


def _in_order(wanted: Sequence[str], letters: Sequence[str]) -> bool:
    rest = iter(letters)
    return all(letter in rest for letter in wanted)


def _worth(text: str, at: int) -> float:
    """Return what meeting the letter at `at` is worth on its own."""
    if at == 0:
        return _LETTER + _WORD_START + _FIRST
    before, here = text[at - 1], text[at]
    starts = here.isalnum() and (
        not before.isalnum() or (here.isupper() and before.islower())  # camelCase
    )
    return _LETTER + (_WORD_START if starts else 0.0)


_NOWHERE = (float("-inf"), -1)


def _row(
    letter: str,
    letters: Sequence[str],
    worth: Sequence[float],
    above: Sequence[tuple[float, int]] | None,
) -> list[tuple[float, int]]:
    """Return, for each position, the best score of a match that ends there, and where from."""
    row = []
    best = (0.0, -1) if above is None else _NOWHERE  # of all matches that end further left
    for at, found in enumerate(letters):
        run = above[at - 1][0] + _RUN if above is not None and at else _NOWHERE[0]
        if found != letter:
            row.append(_NOWHERE)
        elif run > best[0]:
            row.append((run + worth[at], at - 1))
        else:
            row.append((best[0] + worth[at], best[1]))
        if above is not None and above[at][0] > best[0]:
            best = (above[at][0], at)
    return row


def _trace(rows: Sequence[Sequence[tuple[float, int]]], end: int) -> tuple[int, ...]:
    positions = []
    for row in reversed(rows):
        positions.append(end)
        end = row[end][1]
    return tuple(reversed(positions))
