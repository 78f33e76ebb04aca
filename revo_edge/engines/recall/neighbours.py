"""The turns around a turn: what is said before and after belongs to the words of each."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from revo_edge.engines.recall import ranking, rows
from revo_edge.engines.recall.rows import Row


class Session(NamedTuple):
    """A conversation in a namespace; `kind` is a number."""

    namespace: int
    kind: int
    session: str


class Words(NamedTuple):
    """What is to be indexed of a version."""

    seq: int
    words: tuple[str, ...]


_IN_SESSION = "session <> '' AND session = ? AND namespace = ? AND kind = ? AND valid_to IS NULL"


def around(db: sqlite3.Connection, session: Session, turns: Iterable[float]) -> list[Words]:
    """Return the words of all turns that stand at one of `turns` or near enough to feel it."""
    radius = ranking.radius(session.kind)
    found: dict[int, Words] = {}
    for first, last in _stretches(sorted(turns)):
        stretch = _read(db, session, first, last, 2 * radius)
        for place, row in enumerate(stretch):
            if _felt(stretch, place, radius, (first, last)):
                before = stretch[max(place - radius, 0) : place][::-1]
                near = ranking.Around(before, stretch[place + 1 :][:radius])
                found[row.seq] = Words(row.seq, ranking.columns(row, near))
    return list(found.values())


def _felt(stretch: Sequence[Row], place: int, radius: int, bounds: tuple[float, float]) -> bool:
    """Tell whether a touched turn, there or gone, stands within the radius of a place."""
    first, last = bounds
    before = sum(row.turn < first for row in stretch)
    after = sum(row.turn <= last for row in stretch)
    return before - radius <= place < after + radius


def _stretches(turns: Sequence[float]) -> list[tuple[float, float]]:
    """Cut turns into stretches, so that two far apart do not make all between them be read."""
    cut: list[tuple[float, float]] = []
    for turn in turns:
        if cut and turn - cut[-1][1] <= 8:
            cut[-1] = (cut[-1][0], turn)
        else:
            cut.append((turn, turn))
    return cut


def _read(
    db: sqlite3.Connection, session: Session, first: float, last: float, reach: int
) -> list[Row]:
    """Return the turns from `first` to `last` with so many before and after."""
    key = (session.session, session.namespace, session.kind)
    before = rows.read_rows(
        db,
        f"WHERE {_IN_SESSION} AND turn < ? ORDER BY turn DESC, seq DESC LIMIT ?",
        (*key, first, reach),
    )
    within = rows.read_rows(
        db, f"WHERE {_IN_SESSION} AND turn BETWEEN ? AND ? ORDER BY turn, seq", (*key, first, last)
    )
    after = rows.read_rows(
        db, f"WHERE {_IN_SESSION} AND turn > ? ORDER BY turn, seq LIMIT ?", (*key, last, reach)
    )
    return [*reversed(list(before)), *within, *after]
