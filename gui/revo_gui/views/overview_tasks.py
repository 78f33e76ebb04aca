"""The tasks of the overview: what runs, then the newest."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from revo_edge.contract.tasks import TaskInfo, TaskState
from revo_gui import icons
from revo_gui.models.task_words import title_of
from revo_gui.theme import Theme, font
from revo_gui.views.gauge import draw_bar
from revo_gui.views.overview_rows import TaskRow, task_row

Index = QModelIndex | QPersistentModelIndex
INFO = Qt.ItemDataRole.UserRole
ROW = Qt.ItemDataRole.UserRole + 1
_ROW_PX = 52
_ICON_PX = 16
_PAD_PX = 8
_BAR_PX = 4
_ROOT = QModelIndex()


def _aloud(info: TaskInfo, row: TaskRow) -> str:
    return f"{title_of(info)}, {row.text}, {row.side}"


def _tip(info: TaskInfo, row: TaskRow) -> str:
    return f"<qt>{escape(title_of(info))}<br>{escape(row.text)}</qt>"


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

    def rowCount(self, parent: Index = _ROOT) -> int:  # noqa: N802 - Qt's name
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
                self.beginRemoveRows(_ROOT, row, row)
                del self._shown[row]
                self.endRemoveRows()

    def _place(self, row: int, info: TaskInfo) -> None:
        found = self._find(info.id, row)
        if found is None:
            self.beginInsertRows(_ROOT, row, row)
            self._shown.insert(row, info)
            self.endInsertRows()
            return
        if found != row:
            self.beginMoveRows(_ROOT, found, found, _ROOT, row)
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


class TaskDelegate(QStyledItemDelegate):
    """Draws a task: icon and title, how far it is, and what there is to say."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._fonts = font(13), font(12)

    def sizeHint(self, _: QStyleOptionViewItem, __: Index) -> QSize:  # noqa: N802 - Qt's name
        """Every row is as high."""
        return QSize(120, _ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one row."""
        row: TaskRow = index.data(ROW)
        tokens = self._theme.tokens
        colour = tokens.state(row.tone)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_ground(painter, option, tokens.raised)
        box = QRectF(option.rect).adjusted(_PAD_PX, 7, -_PAD_PX, -7)
        icons.draw(painter, row.icon, colour, QRectF(box.x(), box.y() + 2, _ICON_PX, _ICON_PX))
        text = box.adjusted(_ICON_PX + 10, 0, 0, 0)
        title = QRectF(text.x(), text.y(), text.width(), 19)
        side_px = draw_text(painter, title, self._fonts[1], tokens.secondary, row.side, right=True)
        title.setWidth(title.width() - side_px - 12)
        draw_text(painter, title, self._fonts[0], tokens.text, index.data())
        below = QRectF(text.x(), text.bottom() - 17, text.width(), 17)
        if row.ratio is None:
            draw_text(painter, below, self._fonts[1], tokens.muted, row.text)
        else:
            bar = QRectF(text.x(), text.bottom() - 9, text.width(), _BAR_PX)
            draw_bar(painter, bar, row.ratio, QColor(tokens.line), colour)
        painter.restore()


def draw_ground(painter: QPainter, option: QStyleOptionViewItem, colour: str) -> None:
    """Fill the ground of a row that is current or under the mouse."""
    state: QStyle.StateFlag = option.state
    if state & (QStyle.StateFlag.State_MouseOver | QStyle.StateFlag.State_Selected):
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawRoundedRect(QRectF(option.rect).adjusted(2, 1, -2, -1), 6, 6)


def draw_text(
    painter: QPainter, box: QRectF, face: QFont, colour: str, text: str, *, right: bool = False
) -> float:
    """Draw one line, as much of it as fits; return its width."""
    metrics = QFontMetricsF(face)
    fitting = metrics.elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    painter.setFont(face)
    painter.setPen(QColor(colour))
    painter.drawText(box, side | Qt.AlignmentFlag.AlignVCenter, fitting)
    return metrics.horizontalAdvance(fitting)
