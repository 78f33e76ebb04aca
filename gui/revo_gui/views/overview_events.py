"""The events of the overview: the newest on top, one line each."""

from html import escape
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
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from revo_edge.client.units import clock
from revo_gui import icons
from revo_gui.link import Frame
from revo_gui.models.event_words import EventWords, Level, words
from revo_gui.theme import Theme, font
from revo_gui.views.overview_rows import ROWS, listed
from revo_gui.views.overview_tasks import draw_ground, draw_text

Index = QModelIndex | QPersistentModelIndex
WORDS = Qt.ItemDataRole.UserRole
_ROW_PX = 32
_TIME_PX = 60
_ICON_PX = 14
_PAD_PX = 8
_ROOT = QModelIndex()


class EventRows(QAbstractListModel):
    """The last events, in words, newest first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[EventWords] = []

    def rowCount(self, parent: Index = _ROOT) -> int:  # noqa: N802 - Qt's name
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
            return f"<qt>{escape(_sentence(self._rows[index.row()]))}</qt>"
        return None

    def take(self, frame: Frame) -> None:
        """Put a frame's events on top."""
        new = [line for line in frame.lines if listed(line)][-ROWS:]
        if not new:
            return
        spare = len(self._rows) + len(new) - ROWS
        if spare > 0:
            self.beginRemoveRows(_ROOT, len(self._rows) - spare, len(self._rows) - 1)
            del self._rows[-spare:]
            self.endRemoveRows()
        self.beginInsertRows(_ROOT, 0, len(new) - 1)
        self._rows[:0] = [words(line) for line in reversed(new)]
        self.endInsertRows()


class EventDelegate(QStyledItemDelegate):
    """Draws an event: its time, its icon and what happened."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._fonts = font(12), font(13)

    def sizeHint(self, _: QStyleOptionViewItem, __: Index) -> QSize:  # noqa: N802 - Qt's name
        """Every row is as high."""
        return QSize(120, _ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one row."""
        said: EventWords = index.data(WORDS)
        tokens = self._theme.tokens
        small, face = self._fonts
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_ground(painter, option, tokens.raised)
        box = QRectF(option.rect).adjusted(_PAD_PX, 0, -_PAD_PX, 0)
        top = box.y() + (box.height() - _ICON_PX) / 2
        place = QRectF(box.x(), top, _ICON_PX, _ICON_PX)
        icons.draw(painter, said.icon, tokens.state(said.tone), place)
        text = box.adjusted(_ICON_PX + 10, 0, 0, 0)
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


def _sentence(said: EventWords) -> str:
    return ", ".join(part for part in (clock(said.at), said.subject, said.text) if part)
