"""The last events as a Qt table."""

import time
from bisect import bisect_right
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from revo_gui.icons import icon
from revo_gui.link import EVENTS_KEPT, Frame, Line, Missed
from revo_gui.models.event_rules import ALL, EventRow, Repeats, Rules, is_progress
from revo_gui.models.table import ROOT, Index, Table
from revo_gui.theme import Theme

TIME, MARK, SUBJECT, TEXT = range(4)
WORDS = Qt.ItemDataRole.UserRole
"""Role of the EventWords of a row."""
_TRIM = 500
"""Rows that leave at once when the list is full, so that they rarely have to."""


class EventModel(Table):
    """The last 10,000 events that fit the rules, newest last, with markers where some were missed.

    While paused the rows stand still and new ones are kept aside.
    """

    titles = ("Time", "", "Subject", "What happened")
    grown = Signal()
    """Something has arrived, shown or kept aside."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._repeats = Repeats()
        self._ring: list[EventRow] = []
        self._still: list[EventRow] | None = None
        self._shown: list[EventRow] = []
        self._number = 0
        self.rules = ALL
        self.progress = False
        """Whether progress is listed: only what comes while it is, as it would push out the rest."""
        self.waiting = 0
        """Rows that have come while paused and fit the rules."""

    @property
    def paused(self) -> bool:
        """True while the rows stand still."""
        return self._still is not None

    @property
    def kept(self) -> int:
        """Rows there are, shown or not."""
        return len(self._ring if self._still is None else self._still)

    def take(self, frame: Frame) -> None:
        """Add a frame's lines."""
        new = [self._row(line) for line in frame.lines if self._is_listed(line)]
        if not new:
            return
        self._ring += new
        dropped = self._trim()
        fitting = [row for row in new if self.rules.fit(row)]
        if self.paused:
            self.waiting += len(fitting)
        else:
            self._append(fitting)
            self._drop(dropped)
        self.grown.emit()

    def restrict(self, rules: Rules) -> None:
        """Show only what fits the rules."""
        if rules != self.rules:
            self.rules = rules
            self._show_anew()

    def pause(self, paused: bool) -> None:  # noqa: FBT001 - one switch
        """Let the rows stand still, or show what has come meanwhile."""
        if paused != self.paused:
            self._still = list(self._ring) if paused else None
            self._show_anew()

    def list_progress(self, listed: bool) -> None:  # noqa: FBT001 - one switch
        """List progress from now on, or no longer."""
        self.progress = listed
        if not listed:
            self._ring = [row for row in self._ring if not is_progress(row.line)]
            if self._still is not None:
                self._still = [row for row in self._still if not is_progress(row.line)]
            self._show_anew()

    def rows(self) -> tuple[EventRow, ...]:
        """Return the rows that are shown."""
        return tuple(self._shown)

    def row(self, number: int) -> EventRow:
        """Return one of the rows that are shown."""
        return self._shown[number]

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802 - Qt's
        """Return how many rows are shown."""
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's text, its mark as an icon, or the EventWords of its row."""
        said = self._shown[index.row()].words
        if role == WORDS:
            return said
        if role == Qt.ItemDataRole.DisplayRole:
            return (clock(said.at), said.level.value, said.subject, said.text)[index.column()]
        if role == Qt.ItemDataRole.DecorationRole and index.column() == MARK:
            return icon(said.icon, self._theme.tokens.state(said.tone))
        return None

    def _row(self, line: Line) -> EventRow:
        self._number += 1
        return EventRow(line, self._number)

    def _is_listed(self, line: Line) -> bool:
        if isinstance(line, Missed):
            return True
        return (self.progress or not is_progress(line)) and not self._repeats.drops(line)

    def _trim(self) -> int:
        """Drop the oldest rows once there are too many; return the number of the last that went."""
        over = len(self._ring) - EVENTS_KEPT
        if over <= 0:
            return 0
        last = self._ring[over + _TRIM - 1].number
        del self._ring[: over + _TRIM]
        return last

    def _append(self, rows: list[EventRow]) -> None:
        if rows:
            first = len(self._shown)
            self.beginInsertRows(ROOT, first, first + len(rows) - 1)
            self._shown += rows
            self.endInsertRows()

    def _drop(self, last: int) -> None:
        """Drop the rows that are shown up to number `last`."""
        count = bisect_right(self._shown, last, key=lambda row: row.number)
        if count:
            self.beginRemoveRows(ROOT, 0, count - 1)
            del self._shown[:count]
            self.endRemoveRows()

    def _show_anew(self) -> None:
        rows = self._ring if self._still is None else self._still
        newest = rows[-1].number if rows else 0
        self.beginResetModel()
        self._shown = [row for row in rows if self.rules.fit(row)]
        self.endResetModel()
        self.waiting = sum(row.number > newest and self.rules.fit(row) for row in self._ring)
        self.grown.emit()


def clock(at: float | None) -> str:
    """Return the local time of day of a UTC epoch; nothing for a gap, which has none."""
    return "" if at is None else time.strftime("%H:%M:%S", time.localtime(at))
