"""The two lists of the overview as Qt models: a few tasks, and the last events in words."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import QAbstractListModel, QObject, Qt

from revo_edge.client.units import clock
from revo_edge.contract.tasks import TaskInfo, TaskState
from revo_gui.link import Frame
from revo_gui.models.event_words import EventWords, words
from revo_gui.models.overview_rows import ROWS, TaskRow, listed, task_row
from revo_gui.models.table import ROOT, Index
from revo_gui.models.task_words import title_of
from revo_gui.models.text import tooltip

INFO = Qt.ItemDataRole.UserRole
"""Role of the TaskInfo of a row."""
ROW = Qt.ItemDataRole.UserRole + 1
"""Role of its TaskRow."""
WORDS = Qt.ItemDataRole.UserRole
"""Role of the EventWords of a row."""


def _aloud(info: TaskInfo, row: TaskRow) -> str:
    return f"{title_of(info)}, {row.text}, {row.side}"


def _tip(info: TaskInfo, row: TaskRow) -> str:
    return tooltip(title_of(info), row.text)


_SAYING: Mapping[int, Callable[[TaskInfo, TaskRow], object]] = MappingProxyType(
    {
        ROW: lambda _, row: row,
        Qt.ItemDataRole.AccessibleTextRole: _aloud,
        Qt.ItemDataRole.ToolTipRole: _tip,
    }
)


class TaskRows(QAbstractListModel):
    """A few tasks in a given order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shown: list[TaskInfo] = []
        self._now: float | None = None

    @property
    def shown(self) -> Sequence[TaskInfo]:
        """The tasks, from the top."""
        return self._shown

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802 - Qt's name
        """Return how many tasks there are."""
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the title, the whole row in words, the TaskInfo (INFO) or the TaskRow (ROW)."""
        if not index.isValid():
            return None
        info = self._shown[index.row()]
        if role == INFO:
            return info
        if role == Qt.ItemDataRole.DisplayRole:
            return title_of(info)
        if role in _SAYING:
            return _SAYING[role](info, task_row(info, self._now))
        return None

    def show_tasks(self, tasks: Sequence[TaskInfo]) -> None:
        """Show these; rows that stay keep their place in the eyes of the view."""
        self._drop({info.id for info in tasks})
        for row, info in enumerate(tasks):
            self._place(row, info)

    def update_tasks(self, changed: Sequence[TaskInfo]) -> None:
        """Show what is new of tasks that keep their place."""
        rows = {info.id: row for row, info in enumerate(self._shown)}
        for info in changed:
            row = rows.get(info.id)
            if row is not None:
                self._put(row, info)

    def tick(self, now: float | None) -> None:
        """Let the time go on; only a few rows show it."""
        if now != self._now:
            self._now = now
            for row, info in enumerate(self._shown):
                if info.state is TaskState.RUNNING or self._moves(info):
                    self._announce(row)

    def _moves(self, info: TaskInfo) -> bool:
        """Tell whether the age of an ended task may read other than a second ago."""
        age_s = (self._now or 0.0) - (info.ended_at or info.created_at)
        return age_s < 61 or age_s % 60 < 2

    def _drop(self, kept: set[str]) -> None:
        for row in reversed(range(len(self._shown))):
            if self._shown[row].id not in kept:
                self.beginRemoveRows(ROOT, row, row)
                del self._shown[row]
                self.endRemoveRows()

    def _place(self, row: int, info: TaskInfo) -> None:
        found = self._find(info.id, row)
        if found is None:
            self.beginInsertRows(ROOT, row, row)
            self._shown.insert(row, info)
            self.endInsertRows()
            return
        if found != row:
            self.beginMoveRows(ROOT, found, found, ROOT, row)
            self._shown.insert(row, self._shown.pop(found))
            self.endMoveRows()
        self._put(row, info)

    def _find(self, task: str, begin: int) -> int | None:
        for row in range(begin, len(self._shown)):
            if self._shown[row].id == task:
                return row
        return None

    def _put(self, row: int, info: TaskInfo) -> None:
        if self._shown[row] is not info:
            self._shown[row] = info
            self._announce(row)

    def _announce(self, row: int) -> None:
        index = self.index(row)
        self.dataChanged.emit(index, index)


class EventRows(QAbstractListModel):
    """The last events, in words, newest first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[EventWords] = []

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802 - Qt's name
        """Return how many events there are."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the event in words: as EventWords (WORDS), or as text."""
        if not index.isValid():
            return None
        if role == WORDS:
            return self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return _sentence(self._rows[index.row()])
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(_sentence(self._rows[index.row()]))
        return None

    def take(self, frame: Frame) -> None:
        """Put a frame's events on top."""
        new = [line for line in frame.lines if listed(line)][-ROWS:]
        if not new:
            return
        spare = len(self._rows) + len(new) - ROWS
        if spare > 0:
            self.beginRemoveRows(ROOT, len(self._rows) - spare, len(self._rows) - 1)
            del self._rows[-spare:]
            self.endRemoveRows()
        self.beginInsertRows(ROOT, 0, len(new) - 1)
        self._rows[:0] = [words(line) for line in reversed(new)]
        self.endInsertRows()


def _sentence(said: EventWords) -> str:
    return ", ".join(part for part in (clock(said.at), said.subject, said.text) if part)
