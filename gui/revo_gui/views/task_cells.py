"""How the rows of the table of tasks are drawn."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from revo_edge.contract.tasks import TaskInfo, TaskState
from revo_gui.icons import draw
from revo_gui.models.table import Index
from revo_gui.models.task_order import Column
from revo_gui.models.task_words import (
    progress_ratio,
    progress_words,
    state_icon,
    state_word,
    title_of,
    waits,
)
from revo_gui.models.tasks import INFO_ROLE
from revo_gui.models.text import one_line
from revo_gui.theme import Theme, font
from revo_gui.views.drawing import draw_bar, draw_text

ROW_PX = 48
_PAD_PX = 8
_ICON_PX = 16
_ICON_ONLY_PX = 60
_BAR_PX = 4


class TaskCells(QStyledItemDelegate):
    """Draws each cell by hand, so that ten thousand rows cost what is on screen."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._body = font(13)
        self._strong = font(13, QFont.Weight.Medium)
        self._small = font(12)
        self.hovered = -1
        """The row under the mouse."""

    def sizeHint(  # noqa: D102, N802 - Qt's own
        self, _option: QStyleOptionViewItem, _index: Index
    ) -> QSize:
        return QSize(80, ROW_PX)

    def paint(  # noqa: D102 - Qt's own
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> None:
        info = index.data(INFO_ROLE)
        if not isinstance(info, TaskInfo):
            return
        box = QRectF(option.rect)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        self._back(painter, box, index, chosen=chosen)
        column = Column(index.column())
        inner = box.adjusted(_PAD_PX, 0, -_PAD_PX, 0)
        if column is Column.STATE:
            self._state(painter, inner, info, words=box.width() > _ICON_ONLY_PX)
        elif column is Column.TASK:
            self._title(painter, inner, info)
        elif column is Column.PROGRESS:
            self._progress(painter, inner, info)
        else:
            text = str(index.data(Qt.ItemDataRole.DisplayRole))
            colour, right = self._theme.tokens.secondary, column is Column.TIME
            draw_text(painter, inner, self._body, colour, text, right=right)
        painter.restore()

    def _back(
        self,
        painter: QPainter,
        box: QRectF,
        index: Index,
        *,
        chosen: bool,
    ) -> None:
        tokens = self._theme.tokens
        if chosen or index.row() == self.hovered:
            colour = QColor(tokens.raised)
            colour.setAlpha(255 if chosen else 130)
            painter.fillRect(box, colour)
        if chosen and index.column() == Column.STATE:
            painter.fillRect(QRectF(box.left(), box.top(), 3, box.height()), QColor(tokens.focus))
        line = QRectF(box.left(), box.bottom() - 1, box.width(), 1)
        painter.fillRect(line, QColor(tokens.line))

    def _state(self, painter: QPainter, box: QRectF, info: TaskInfo, *, words: bool) -> None:
        colour = self._theme.tokens.state(info.state.value)
        top = box.center().y() - _ICON_PX / 2
        draw(painter, state_icon(info.state), colour, QRectF(box.left(), top, _ICON_PX, _ICON_PX))
        if words:
            room = box.adjusted(_ICON_PX + 8, 0, 0, 0)
            draw_text(painter, room, self._body, colour, state_word(info))

    def _title(self, painter: QPainter, box: QRectF, info: TaskInfo) -> None:
        tokens = self._theme.tokens
        upper, lower = _halves(box)
        draw_text(painter, upper, self._strong, tokens.text, title_of(info))
        below = (
            f"{one_line(info.kind)}  ·  {one_line(info.error.code)}"
            if info.state is TaskState.FAILED and info.error
            else one_line(info.kind)
        )
        draw_text(painter, lower, self._small, tokens.muted, below)

    def _progress(self, painter: QPainter, box: QRectF, info: TaskInfo) -> None:
        tokens = self._theme.tokens
        words = progress_words(info.progress)
        ratio = progress_ratio(info)
        bar = info.state is TaskState.RUNNING and ratio is not None
        line = _halves(box)[0] if bar else box
        failed = info.progress.failed if info.progress else 0
        if failed:
            text = f"{failed:,} failed"
            width = draw_text(painter, line, self._small, tokens.error, text, right=True)
            line = line.adjusted(0, 0, -width - 8, 0)
        text = waits(info) or words or _note(info)
        colour = tokens.muted if waits(info) or not words else tokens.secondary
        draw_text(painter, line, self._small, colour, text)
        if bar:
            lower = _halves(box)[1]
            place = QRectF(lower.left(), lower.top() + 5, lower.width(), _BAR_PX)
            draw_bar(painter, place, ratio or 0.0, tokens.line, tokens.parallel)


def _note(info: TaskInfo) -> str:
    if info.state is TaskState.RUNNING and info.progress and info.progress.note:
        return one_line(info.progress.note)
    return "-"


def _halves(box: QRectF) -> tuple[QRectF, QRectF]:
    """Return the two lines of a row."""
    middle = box.center().y()
    upper = QRectF(box.left(), box.top() + 6, box.width(), middle - box.top() - 6)
    return upper, QRectF(box.left(), middle, box.width(), box.bottom() - middle - 6)
