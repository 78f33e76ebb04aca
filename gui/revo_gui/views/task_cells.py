"""How the rows of the table of tasks are drawn."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from revo_edge.contract.tasks import TaskInfo, TaskState
from revo_gui.icons import draw
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
from revo_gui.theme import Theme, font

ROW_HEIGHT = 48
_PAD = 8
_ICON = 16
_ICON_ONLY_WIDTH = 60
_BAR = 4
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


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
        self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(80, ROW_HEIGHT)

    def paint(  # noqa: D102 - Qt's own
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        info = index.data(INFO_ROLE)
        if not isinstance(info, TaskInfo):
            return
        box = QRectF(option.rect)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        self._back(painter, box, index, chosen=chosen)
        column = Column(index.column())
        inner = box.adjusted(_PAD, 0, -_PAD, 0)
        if column is Column.STATE:
            self._state(painter, inner, info, words=box.width() > _ICON_ONLY_WIDTH)
        elif column is Column.TASK:
            self._title(painter, inner, info)
        elif column is Column.PROGRESS:
            self._progress(painter, inner, info)
        else:
            flags = _RIGHT if column is Column.TIME else _LEFT
            text = str(index.data(Qt.ItemDataRole.DisplayRole))
            self._text(painter, inner, text, self._theme.tokens.secondary, flags)
        painter.restore()

    def _back(
        self,
        painter: QPainter,
        box: QRectF,
        index: QModelIndex | QPersistentModelIndex,
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
        top = box.center().y() - _ICON / 2
        draw(painter, state_icon(info.state), colour, QRectF(box.left(), top, _ICON, _ICON))
        if words:
            self._text(painter, box.adjusted(_ICON + 8, 0, 0, 0), state_word(info), colour, _LEFT)

    def _title(self, painter: QPainter, box: QRectF, info: TaskInfo) -> None:
        tokens = self._theme.tokens
        upper, lower = _halves(box)
        painter.setFont(self._strong)
        self._text(painter, upper, title_of(info), tokens.text, _LEFT, self._strong)
        below = (
            f"{info.kind}  ·  {info.error.code}"
            if info.state is TaskState.FAILED and info.error
            else info.kind
        )
        self._text(painter, lower, below, tokens.muted, _LEFT, self._small)

    def _progress(self, painter: QPainter, box: QRectF, info: TaskInfo) -> None:
        tokens = self._theme.tokens
        words = progress_words(info.progress)
        ratio = progress_ratio(info)
        bar = info.state is TaskState.RUNNING and ratio is not None
        line = _halves(box)[0] if bar else box
        failed = info.progress.failed if info.progress else 0
        if failed:
            text = f"{failed:,} failed"
            self._text(painter, line, text, tokens.error, _RIGHT, self._small)
            width = QFontMetricsF(self._small).horizontalAdvance(text) + 8
            line = line.adjusted(0, 0, -width, 0)
        text = waits(info) or words or _note(info)
        colour = tokens.muted if waits(info) or not words else tokens.secondary
        self._text(painter, line, text, colour, _LEFT, self._small)
        if bar:
            draw_bar(painter, _halves(box)[1], ratio or 0.0, tokens.parallel, tokens.line)

    def _text(
        self,
        painter: QPainter,
        box: QRectF,
        text: str,
        colour: str | QColor,
        flags: Qt.AlignmentFlag,
        with_font: QFont | None = None,
    ) -> None:
        used = with_font or self._body
        painter.setFont(used)
        painter.setPen(QColor(colour))
        metrics = QFontMetricsF(used)
        painter.drawText(
            box,
            int(flags | Qt.TextFlag.TextSingleLine),
            metrics.elidedText(text, Qt.TextElideMode.ElideRight, box.width()),
        )


def draw_bar(painter: QPainter, box: QRectF, ratio: float, colour: str, track: str) -> None:
    """Draw a thin bar at the middle of the upper part of the box."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    bar = QRectF(box.left(), box.top() + 5, box.width(), _BAR)
    for width, filling in ((box.width(), track), (box.width() * ratio, colour)):
        if width > 0:
            painter.setBrush(QColor(filling))
            painter.drawRoundedRect(
                QRectF(bar.left(), bar.top(), max(width, _BAR), _BAR), _BAR / 2, _BAR / 2
            )


def _note(info: TaskInfo) -> str:
    if info.state is TaskState.RUNNING and info.progress and info.progress.note:
        return info.progress.note.split("\n", 1)[0]
    return "-"


def _halves(box: QRectF) -> tuple[QRectF, QRectF]:
    """Return the two lines of a row."""
    middle = box.center().y()
    upper = QRectF(box.left(), box.top() + 6, box.width(), middle - box.top() - 6)
    return upper, QRectF(box.left(), middle, box.width(), box.bottom() - middle - 6)
