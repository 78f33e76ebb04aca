"""How the rows of the overview's two lists are drawn."""

from PySide6.QtCore import QObject, QRectF, QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from revo_edge.client.units import clock
from revo_gui import icons
from revo_gui.models.event_words import EventWords, Level
from revo_gui.models.overview_lists import ROW, WORDS
from revo_gui.models.overview_rows import TaskRow
from revo_gui.models.table import Index
from revo_gui.theme import Theme, font
from revo_gui.views.drawing import draw_bar, draw_ground, draw_text

_TASK_PX = 52
_EVENT_PX = 32
_TASK_ICON_PX = 16
_EVENT_ICON_PX = 14
_PAD_PX = 8
_BAR_PX = 4
_TIME_PX = 60
"""So that the events' texts end below each other, whatever the digits."""


class TaskDelegate(QStyledItemDelegate):
    """Draws a task: icon and title, how far it is, and what there is to say."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._fonts = font(13), font(12)

    def sizeHint(self, _: QStyleOptionViewItem, __: Index) -> QSize:  # noqa: N802 - Qt's name
        """Every row is as high."""
        return QSize(120, _TASK_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one row."""
        row: TaskRow = index.data(ROW)
        tokens = self._theme.tokens
        colour = tokens.state(row.tone)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_ground(painter, option, tokens.raised)
        box = QRectF(option.rect).adjusted(_PAD_PX, 7, -_PAD_PX, -7)
        icons.draw(
            painter, row.icon, colour, QRectF(box.x(), box.y() + 2, _TASK_ICON_PX, _TASK_ICON_PX)
        )
        text = box.adjusted(_TASK_ICON_PX + 10, 0, 0, 0)
        title = QRectF(text.x(), text.y(), text.width(), 19)
        side_px = draw_text(painter, title, self._fonts[1], tokens.secondary, row.side, right=True)
        title.setWidth(title.width() - side_px - 12)
        draw_text(painter, title, self._fonts[0], tokens.text, index.data())
        below = QRectF(text.x(), text.bottom() - 17, text.width(), 17)
        if row.ratio is None:
            draw_text(painter, below, self._fonts[1], tokens.muted, row.text)
        else:
            bar = QRectF(text.x(), text.bottom() - 9, text.width(), _BAR_PX)
            draw_bar(painter, bar, row.ratio, tokens.line, colour)
        painter.restore()


class EventDelegate(QStyledItemDelegate):
    """Draws an event: its time, its icon and what happened."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._fonts = font(12), font(13)

    def sizeHint(self, _: QStyleOptionViewItem, __: Index) -> QSize:  # noqa: N802 - Qt's name
        """Every row is as high."""
        return QSize(120, _EVENT_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one row."""
        said: EventWords = index.data(WORDS)
        tokens = self._theme.tokens
        small, face = self._fonts
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_ground(painter, option, tokens.raised)
        box = QRectF(option.rect).adjusted(_PAD_PX, 0, -_PAD_PX, 0)
        top = box.y() + (box.height() - _EVENT_ICON_PX) / 2
        place = QRectF(box.x(), top, _EVENT_ICON_PX, _EVENT_ICON_PX)
        icons.draw(painter, said.icon, tokens.state(said.tone), place)
        text = box.adjusted(_EVENT_ICON_PX + 10, 0, 0, 0)
        if said.at is not None:
            time = draw_text(painter, text, small, tokens.muted, clock(said.at), right=True)
            text.setWidth(text.width() - max(time, _TIME_PX) - 12)
        colour = tokens.warning if said.level is Level.WARNING else tokens.text
        used = draw_text(painter, text, face, colour, said.subject)
        text.setLeft(text.left() + (used + 8 if used else 0))
        alarming = said.level is not Level.INFO
        tone = tokens.state(said.level.value).name() if alarming else tokens.secondary
        draw_text(painter, text, face, tone, said.text)
        painter.restore()
