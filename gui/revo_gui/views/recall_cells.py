"""How the hits are drawn: title, place, the part that fits with what was found in it marked."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from revo_edge.contract.recall import ItemKind
from revo_gui.icons import draw
from revo_gui.models.recall_list import ROW, HitRow
from revo_gui.models.recall_snippets import Snippet, utf16
from revo_gui.models.table import Index
from revo_gui.theme import Theme, font
from revo_gui.views.drawing import draw_bar, draw_text

_PAD_PX = 14
_ICON_PX = 16
_GAP_PX = 10
_TITLE_PX = 20
_PLACE_PX = 18
_LINE_PX = 18
_PARTS_PX = 20
_EDGE_PX = 10
_BAR_PX = 44
_SNIPPET_LINES = 2
_MARK_ALPHA = 70
_BREAK = "\u2028"
"""What parts lines within one QTextLayout."""
_KEPT = 400
"""Laid out snippets that are kept."""


class HitCells(QStyledItemDelegate):
    """Draws a row by hand: ten thousand cost what is on screen."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._strong = font(13, QFont.Weight.Medium)
        self._body = font(13)
        self._small = font(12)
        self._code = font(12, mono=True)
        self._laid_out: dict[tuple[int, int, str], QTextLayout] = {}
        self.hovered = -1
        """The row under the mouse."""
        self.explained = False
        """Whether rows have room for what the score is made of."""
        theme.changed.connect(self.forget)

    def forget(self) -> None:
        """Drop what was laid out: other rows come, or other colours."""
        self._laid_out.clear()

    def sizeHint(  # noqa: N802 - Qt's name
        self, _option: QStyleOptionViewItem, _index: Index
    ) -> QSize:
        """Ask for the same height in every row."""
        lines = _TITLE_PX + _PLACE_PX + _SNIPPET_LINES * _LINE_PX + 4
        return QSize(120, lines + 2 * _EDGE_PX + (_PARTS_PX if self.explained else 0))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a row."""
        row = index.data(ROW)
        if not isinstance(row, HitRow):
            return
        box = QRectF(option.rect)
        painter.save()
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        self._ground(painter, box, chosen=chosen, hovered=index.row() == self.hovered)
        inner = box.adjusted(_PAD_PX, _EDGE_PX, -_PAD_PX, -_EDGE_PX)
        icon = QRectF(inner.left(), inner.top() + 2, _ICON_PX, _ICON_PX)
        draw(painter, row.icon, self._theme.tokens.engine("recall"), icon)
        inner = inner.adjusted(_ICON_PX + _GAP_PX, 0, 0, 0)
        top = self._head(painter, inner, row)
        top = self._snippet(painter, QRectF(inner.left(), top, inner.width(), 0), row)
        if self.explained:
            self._parts(painter, QRectF(inner.left(), top, inner.width(), _PARTS_PX), row)
        painter.restore()

    def _ground(self, painter: QPainter, box: QRectF, *, chosen: bool, hovered: bool) -> None:
        tokens = self._theme.tokens
        if chosen or hovered:
            colour = QColor(tokens.raised)
            colour.setAlpha(255 if chosen else 130)
            painter.fillRect(box, colour)
        if chosen:
            painter.fillRect(QRectF(box.left(), box.top(), 3, box.height()), QColor(tokens.focus))
        line = QRectF(box.left() + _PAD_PX, box.bottom() - 1, box.width() - 2 * _PAD_PX, 1)
        painter.fillRect(line, QColor(tokens.line))

    def _head(self, painter: QPainter, box: QRectF, row: HitRow) -> float:
        """Draw title and place; return where the next line begins."""
        tokens = self._theme.tokens
        upper = QRectF(box.left(), box.top(), box.width(), _TITLE_PX)
        room = self._right(painter, upper, row.score, tokens.secondary)
        if row.item.pinned:
            pin = QRectF(room.right() - 14, room.top() + 3, 14, 14)
            draw(painter, "pin", tokens.secondary, pin)
            room = room.adjusted(0, 0, -14 - _GAP_PX, 0)
        draw_text(painter, room, self._strong, tokens.text, row.title)
        lower = QRectF(box.left(), upper.bottom(), box.width(), _PLACE_PX)
        said = f"{row.namespace}  ·  {row.age}"
        room = self._right(painter, lower, said, tokens.muted)
        metrics = QFontMetricsF(self._small)
        place = metrics.elidedText(row.place, Qt.TextElideMode.ElideMiddle, room.width())
        draw_text(painter, room, self._small, tokens.secondary, place)
        return lower.bottom() + 4

    def _right(self, painter: QPainter, box: QRectF, text: str, colour: str) -> QRectF:
        """Draw at the right end, at most half of the line; return what is left of it."""
        half = box.adjusted(box.width() * 0.4, 0, 0, 0)
        width = draw_text(painter, half, self._small, colour, text, right=True)
        return box.adjusted(0, 0, -width - _GAP_PX, 0) if width else box

    def _snippet(self, painter: QPainter, box: QRectF, row: HitRow) -> float:
        key = (id(row), int(box.width()), self._theme.tokens.name)
        layout = self._laid_out.get(key)
        if layout is None:
            if len(self._laid_out) >= _KEPT:
                self._laid_out.clear()
            layout = self._laid_out[key] = self._lay_out(row, box.width())
        painter.setPen(QColor(self._theme.tokens.secondary))
        layout.draw(painter, QPointF(box.left(), box.top()))
        return box.top() + _SNIPPET_LINES * _LINE_PX

    def _lay_out(self, row: HitRow, width: float) -> QTextLayout:
        code = row.item.kind is ItemKind.CODE
        face = self._code if code else self._body
        fitted = _by_lines(row.snippet, face, width) if code else _wrapped(row.snippet, face, width)
        layout = _layout(fitted.text, face, width, wrap=not code)
        layout.setFormats([self._mark(start, end) for start, end in fitted.marks])
        layout.beginLayout()
        for number in range(_SNIPPET_LINES):
            line = layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(width)
            line.setPosition(QPointF(0, number * _LINE_PX + (_LINE_PX - line.height()) / 2))
        layout.endLayout()
        return layout

    def _mark(self, start: int, end: int) -> QTextLayout.FormatRange:
        ground = self._theme.tokens.engine("recall")
        ground.setAlpha(_MARK_ALPHA)
        look = QTextCharFormat()
        look.setBackground(ground)
        look.setForeground(QColor(self._theme.tokens.text))
        found = QTextLayout.FormatRange()
        found.start, found.length, found.format = start, end - start, look
        return found

    def _parts(self, painter: QPainter, box: QRectF, row: HitRow) -> None:
        """Draw what the score is made of: a name, a bar and a figure for each."""
        tokens = self._theme.tokens
        metrics = QFontMetricsF(self._small)
        left = box.left()
        for part in row.parts:
            width = metrics.horizontalAdvance(part.name) + metrics.horizontalAdvance(part.text)
            if left + width + _BAR_PX + 2 * 6 > box.right():
                break
            line = QRectF(left, box.top(), box.right() - left, box.height())
            left += draw_text(painter, line, self._small, tokens.muted, part.name) + 6
            bar = QRectF(left, box.center().y() - 2, _BAR_PX, 4)
            draw_bar(painter, bar, part.ratio, tokens.line, tokens.engine("recall"))
            left += _BAR_PX + 6
            line = QRectF(left, box.top(), box.right() - left, box.height())
            left += draw_text(painter, line, self._small, tokens.secondary, part.text) + 16


def _layout(text: str, face: QFont, width: float, *, wrap: bool) -> QTextLayout:
    layout = QTextLayout(text.replace("\n", _BREAK), face)
    mode = QTextOption.WrapMode
    option = QTextOption()
    option.setWrapMode(mode.WrapAtWordBoundaryOrAnywhere if wrap else mode.NoWrap)
    layout.setTextOption(option)
    layout.setCacheEnabled(True)
    return layout


def _wrapped(snippet: Snippet, face: QFont, width: float) -> Snippet:
    """Return as much as fits into the lines, with dots where something is left out."""
    layout = _layout(snippet.text, face, width, wrap=True)
    starts = []
    layout.beginLayout()
    for _ in range(_SNIPPET_LINES + 1):
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(width)
        starts.append(line.textStart())
    layout.endLayout()
    if len(starts) <= _SNIPPET_LINES:
        return snippet
    last = starts[_SNIPPET_LINES - 1]
    kept, rest = _split(snippet.text, last)
    metrics = QFontMetricsF(face)
    end = metrics.elidedText(rest, Qt.TextElideMode.ElideRight, width)
    return _clipped(snippet, kept + end, last + utf16(end) - 1)


def _by_lines(snippet: Snippet, face: QFont, width: float) -> Snippet:
    """Return the lines, each cut at the right edge; marks move with their lines."""
    metrics = QFontMetricsF(face)
    lines: list[str] = []
    marks: list[tuple[int, int]] = []
    old = new = 0
    for line in snippet.text.split("\n")[:_SNIPPET_LINES]:
        shown = metrics.elidedText(line, Qt.TextElideMode.ElideRight, width)
        end = utf16(shown) - (shown != line)
        inside = [(a - old, min(b - old, end)) for a, b in snippet.marks if old <= a]
        marks += [(a + new, b + new) for a, b in inside if a < b]
        lines.append(shown)
        old += utf16(line) + 1
        new += utf16(shown) + 1
    return Snippet("\n".join(lines), tuple(marks))


def _clipped(snippet: Snippet, text: str, end: int) -> Snippet:
    marks = tuple((a, min(b, end)) for a, b in snippet.marks if a < min(b, end))
    return Snippet(text, marks)


def _split(text: str, at: int) -> tuple[str, str]:
    """Split at a place counted in UTF-16 units."""
    units = text.encode("utf-16-le")
    return units[: 2 * at].decode("utf-16-le"), units[2 * at :].decode("utf-16-le")
