"""From a Filter to the condition on `version` that says the same."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from revo_edge.contract.recall import Filter, ItemKind
from revo_edge.engines.recall.rows import TAG, check_number, encodable, label_value
from revo_edge.engines.recall.schema import KIND_NUMBER
from revo_edge.errors import BadRequest, NotFound, did_you_mean

_LABELLED = "seq IN (SELECT seq FROM label WHERE name = ? AND value = ?)"
_HAS_LABEL = "EXISTS (SELECT 1 FROM label WHERE name = ? AND value = ? AND label.seq = version.seq)"


@dataclass(frozen=True, slots=True)
class Where:
    """A condition on the columns of `version`, with the values of its marks.

    `plain`: it asks for namespaces and kinds only, which the words say themselves.
    """

    sql: str
    values: tuple[Any, ...]
    check: str = ""
    """The same for a few versions that are named by their seq: no index is of use."""
    plain: bool = False
    back: bool = False
    """It asks for what held at a time."""
    namespaces: tuple[int, ...] = ()
    kinds: tuple[int, ...] = ()


def where(db: sqlite3.Connection, wanted: Filter) -> Where:
    """Return the condition; raise NotFound for an unknown namespace, BadRequest for a bad value."""
    spaces = numbers(db, wanted.namespaces)
    kinds = _kinds(wanted.kinds)
    parts = [in_namespaces(spaces), _in("kind", kinds), holding(wanted.as_of)]
    others = [*_time(wanted), *_place(wanted), *_labels(wanted)]
    sql = [sql for sql, _ in parts + others if sql]
    values = [value for _, values in parts + others for value in values]
    back = wanted.as_of is not None
    plain = not others and not back
    check = [_HAS_LABEL if part is _LABELLED else part for part in sql]
    return Where(" AND ".join(sql), tuple(values), " AND ".join(check), plain, back, spaces, kinds)


def numbers(db: sqlite3.Connection, names: Sequence[str]) -> tuple[int, ...]:
    """Return the numbers of namespaces; raise NotFound with the one that may be meant."""
    found = []
    for name in names:
        encodable("namespaces", name)
        row = db.execute("SELECT number FROM namespace WHERE name = ?", (name,)).fetchone()
        if row is None:
            known = [each for (each,) in db.execute("SELECT name FROM namespace LIMIT 1000")]
            hint = did_you_mean(name, known) or " Nothing was stored in it yet."
            raise NotFound(f'There is no namespace "{name}".{hint}')
        found.append(int(row[0]))
    return tuple(dict.fromkeys(found))


def in_namespaces(spaces: tuple[int, ...]) -> tuple[str, tuple[Any, ...]]:
    """Return the condition that an item is in one of these; none: it may be anywhere."""
    return _in("namespace", spaces)


def holding(as_of: float | None) -> tuple[str, tuple[Any, ...]]:
    """Return the condition that a version holds, now or at a time."""
    if as_of is None:
        return "valid_to IS NULL", ()
    check_number("as_of", as_of)
    return "valid_from <= ? AND (valid_to IS NULL OR valid_to > ?)", (as_of, as_of)


def _kinds(kinds: Sequence[ItemKind]) -> tuple[int, ...]:
    if ItemKind.UNKNOWN in kinds:
        raise BadRequest("A kind is unknown. Use note, code, conversation or document.")
    return tuple(dict.fromkeys(KIND_NUMBER[kind] for kind in kinds))


def _in(column: str, values: tuple[int, ...]) -> tuple[str, tuple[Any, ...]]:
    if not values:
        return "", ()
    return f"{column} IN ({', '.join('?' * len(values))})", values


def _time(wanted: Filter) -> list[tuple[str, tuple[Any, ...]]]:
    check_number("since", wanted.since)
    check_number("until", wanted.until)
    parts: list[tuple[str, tuple[Any, ...]]] = []
    if wanted.since is not None:
        parts.append(("moment >= ?", (wanted.since,)))
    if wanted.until is not None:
        parts.append(("moment <= ?", (wanted.until,)))
    return parts


def _place(wanted: Filter) -> list[tuple[str, tuple[Any, ...]]]:
    parts: list[tuple[str, tuple[Any, ...]]] = []
    if wanted.path:
        encodable("path", wanted.path)
        folder = wanted.path.rstrip("/")  # what is below begins with a slash; "0" comes next to it
        sql = "path <> '' AND path >= ? AND path < ? AND (path IN (?, ?) OR path > ?)"
        parts.append((sql, (folder, f"{folder}0", wanted.path, folder, f"{folder}/")))
    if wanted.session:
        encodable("session", wanted.session)
        parts.append(("session <> '' AND session = ?", (wanted.session,)))
    return parts


def _labels(wanted: Filter) -> list[tuple[str, tuple[Any, ...]]]:
    pairs = [(TAG, encodable("tags", tag).decode()) for tag in wanted.tags]
    for field, value in wanted.metadata.items():
        encodable("metadata", field)
        if isinstance(value, str):
            encodable("metadata", value)
        elif isinstance(value, float):
            check_number(f"metadata.{field}", value)
        pairs.append((f".{field}", label_value(value)))
    return [(_LABELLED, pair) for pair in pairs]
