"""Tasks as a Qt table: filtered, sorted and kept by deltas."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from PySide6.QtCore import QDateTime, QObject, Qt, Signal

from revo_edge.client.units import clock
from revo_edge.contract.tasks import TaskInfo
from revo_gui.link import Frame
from revo_gui.models.table import ROOT, Index, Table
from revo_gui.models.task_order import Column, Order
from revo_gui.models.task_words import (
    GROUP_OF,
    Group,
    ago,
    matches,
    progress_words,
    state_word,
    title_of,
    took_words,
)
from revo_gui.theme import Theme

INFO_ROLE = Qt.ItemDataRole.UserRole + 1
"""The TaskInfo of the row."""

_BATCH = 300
"""More changes than these at once are cheaper to sort in anew than one by one."""
_RANGES = 200
"""More changed rows than these are told as one range."""


def now() -> float:
    """Return UTC epoch seconds."""
    return QDateTime.currentMSecsSinceEpoch() / 1000


class TaskModel(Table):
    """Tasks of the record, newest first, all of them; `narrow` and `sort` choose otherwise."""

    titles = ("State", "Task", "Progress", "Queue", "Created", "Time")
    applied = Signal(object, object)
    """What a delta brought: (changed TaskInfos, ids of removed tasks)."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._infos: dict[str, TaskInfo] = {}
        self._counts: Counter[Group | None] = Counter()
        self._order = Order(Column.CREATED, descending=True)
        self._words: tuple[str, ...] = ()
        self._group = Group.ALL

    def take(self, frame: Frame) -> None:
        """Apply a frame's delta."""
        self.apply(frame.changed, frame.removed)

    def follow(self, other: "TaskModel") -> None:
        """Hold what the other model holds, from now on, in an order of its own."""
        self.apply(tuple(other.infos()), ())
        other.applied.connect(self.apply)

    def apply(self, changed: Sequence[TaskInfo], removed: Sequence[str]) -> None:
        """Take in tasks that are new or other than before, and let go of others."""
        if not changed and not removed:
            return
        if len(changed) + len(removed) > _BATCH:
            self.beginResetModel()
            self._hold(changed, removed)
            self._order.fill(filter(self._fits, self._infos.values()))
            self.endResetModel()
        else:
            self._drop(task_id for task_id in removed if task_id in self._order)
            self._hold(changed, removed)
            self._update(changed)
        self.applied.emit(changed, removed)

    def narrow(self, text: str, group: Group) -> None:
        """Show only tasks of the group that have all the words of the text."""
        words = tuple(text.casefold().split())
        if (words, group) != (self._words, self._group):
            self._words, self._group = words, group
            self._rebuild()

    def infos(self) -> Iterator[TaskInfo]:
        """Yield every task, shown or not, oldest first."""
        return iter(self._infos.values())

    def info(self, task_id: str) -> TaskInfo | None:
        """Return a task, shown or not."""
        return self._infos.get(task_id)

    def info_at(self, row: int) -> TaskInfo:
        """Return the task of a row."""
        return self._infos[self._order.at(row)]

    def row_of(self, task_id: str) -> int | None:
        """Return where a task is shown, if it is."""
        return self._order.row(task_id) if task_id in self._order else None

    def count(self, group: Group) -> int:
        """Return how many tasks are of a group, shown or not."""
        return len(self._infos) if group is Group.ALL else self._counts[group]

    # what Qt asks for

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: D102, N802 - Qt's own
        return 0 if parent.isValid() else len(self._order)

    def headerData(  # noqa: D102, N802 - Qt's own
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        if role == Qt.ItemDataRole.TextAlignmentRole and section == Column.TIME:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return super().headerData(section, orientation, role)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: D102 - Qt's own
        if not index.isValid() or index.row() >= len(self._order):
            return None
        info = self.info_at(index.row())
        if role == INFO_ROLE:
            return info
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(info, Column(index.column()))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{title_of(info)}, {state_word(info)}, {progress_words(info.progress)}"
        return None

    def sort(  # noqa: D102 - Qt's own
        self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder
    ) -> None:
        if 0 <= column < len(Column):
            descending = order is Qt.SortOrder.DescendingOrder
            self._order = Order(Column(column), descending=descending)
            self._rebuild()

    # how

    def _hold(self, changed: Iterable[TaskInfo], removed: Iterable[str]) -> None:
        for task_id in removed:
            self._count(self._infos.pop(task_id, None), -1)
        for info in changed:
            self._count(self._infos.get(info.id), -1)
            self._count(info, 1)
            self._infos[info.id] = info

    def _count(self, info: TaskInfo | None, step: int) -> None:
        if info is not None:
            self._counts[GROUP_OF.get(info.state)] += step

    def _fits(self, info: TaskInfo) -> bool:
        return matches(info, self._words, self._group)

    def _rebuild(self) -> None:
        self.beginResetModel()
        self._order.fill(filter(self._fits, self._infos.values()))
        self.endResetModel()

    def _update(self, changed: Sequence[TaskInfo]) -> None:
        shown = [info for info in changed if info.id in self._order]
        fits = {info.id for info in changed if self._fits(info)}
        stays = [info for info in shown if info.id in fits]
        moved = [info for info in stays if self._order.moves(info)]
        self._drop(info.id for info in shown if info.id not in fits)
        for info in moved:
            self._move(info)
        self._tell(stays)
        self._insert([i for i in changed if i.id in fits and i.id not in self._order])

    def _drop(self, ids: Iterable[str]) -> None:
        rows = sorted((self._order.row(task_id), task_id) for task_id in ids)
        while rows:
            last = rows[-1][0]
            run = [rows.pop()]
            while rows and rows[-1][0] == run[-1][0] - 1:
                run.append(rows.pop())
            self.beginRemoveRows(ROOT, run[-1][0], last)
            for _, task_id in run:
                self._order.drop(task_id)
            self.endRemoveRows()

    def _move(self, info: TaskInfo) -> None:
        row = self._order.row(info.id)
        target = self._order.place(info)
        moving = target not in (row, row + 1)  # another task may have made way meanwhile
        if moving:
            self.beginMoveRows(ROOT, row, row, ROOT, target)
        self._order.drop(info.id)
        self._order.add((info,))
        if moving:
            self.endMoveRows()

    def _insert(self, infos: Iterable[TaskInfo]) -> None:
        places: dict[int, list[TaskInfo]] = {}
        for info in infos:
            places.setdefault(self._order.place(info), []).append(info)
        for row in sorted(places, reverse=True):  # from the end, so that the rows before stay
            self.beginInsertRows(ROOT, row, row + len(places[row]) - 1)
            self._order.add(places[row])
            self.endInsertRows()

    def _tell(self, infos: Sequence[TaskInfo]) -> None:
        rows = [self._order.row(info.id) for info in infos]
        ranges = [(row, row) for row in rows]
        if len(rows) > _RANGES:
            ranges = [(min(rows), max(rows))]
        for first, last in ranges:
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(Column) - 1))


def _text(info: TaskInfo, column: Column) -> str:
    match column:
        case Column.STATE:
            return state_word(info)
        case Column.TASK:
            return title_of(info)
        case Column.PROGRESS:
            return progress_words(info.progress)
        case Column.QUEUE:
            return info.queue
        case Column.CREATED:
            return ago(info.created_at, now()) if info.created_at else clock(None)
        case Column.TIME:
            return took_words(info, now())
