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
_SNIPPET_GAP_PX = 2
_SCORE_PX = 44
_PIN_PX = 14
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
        self._advances: dict[int, float] = {}
        self.hovered = -1
        """The row under the mouse."""
        self.explained = False
        """Whether rows have room for what the score is made of."""
        theme.changed.connect(self.forget)

    def forget(self) -> None:
        """Drop what was laid out: other rows come, or other colours."""
        self._laid_out.clear()
        self._advances.clear()

    def sizeHint(  # noqa: N802 - Qt's name
        self, option: QStyleOptionViewItem, index: Index
    ) -> QSize:
        """Ask for as many lines as the snippet needs in the width of the list."""
        row, width = index.data(ROW), option.rect.width()
        if not isinstance(row, HitRow):
            return QSize(120, _TITLE_PX)
        lines = self._lines(row, self._room(row, width - 2 * _PAD_PX - _ICON_PX - _GAP_PX))
        high = lines * _LINE_PX + _PLACE_PX + 2 * _EDGE_PX
        high += _TITLE_PX + _SNIPPET_GAP_PX if row.titled else 0
        return QSize(120, high + (_PARTS_PX if self.explained else 0))

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
        self._content(painter, inner, row)
        painter.restore()

    def _content(self, painter: QPainter, box: QRectF, row: HitRow) -> None:
        """Draw title, place and snippet; without a title the snippet, and then the place."""
        tokens = self._theme.tokens
        upper = QRectF(box.left(), box.top(), box.width(), _TITLE_PX)
        room = self._score(painter, upper, row)
        if row.titled:
            draw_text(painter, room, self._strong, tokens.text, row.title)
            top = self._place(painter, box, upper.bottom(), row) + _SNIPPET_GAP_PX
            top = self._snippet(painter, box, top, row)
        else:
            top = self._snippet(painter, box, box.top(), row)
            top = self._place(painter, box, top, row)
        if self.explained:
            self._parts(painter, QRectF(box.left(), top, box.width(), _PARTS_PX), row)

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

    def _score(self, painter: QPainter, box: QRectF, row: HitRow) -> QRectF:
        """Draw the score and the pin at the right end; return what is left of the line."""
        tokens = self._theme.tokens
        width = draw_text(painter, box, self._small, tokens.secondary, row.score, right=True)
        room = box.adjusted(0, 0, -width - _GAP_PX, 0) if width else box
        if row.item.pinned:
            pin = QRectF(room.right() - _PIN_PX, room.top() + 3, _PIN_PX, _PIN_PX)
            draw(painter, "pin", tokens.secondary, pin)
            room = room.adjusted(0, 0, -_PIN_PX - _GAP_PX, 0)
        return room

    def _place(self, painter: QPainter, box: QRectF, top: float, row: HitRow) -> float:
        """Draw where it is from, whose it is and how old; return where the next line begins."""
        tokens = self._theme.tokens
        line = QRectF(box.left(), top, box.width(), _PLACE_PX)
        metrics = QFontMetricsF(self._small)
        about = f"{row.namespace}  ·  {row.age}"
        if row.place:
            about = f"  ·  {about}"
            most = max(line.width() / 2, line.width() - metrics.horizontalAdvance(about))
            place = metrics.elidedText(row.place, Qt.TextElideMode.ElideMiddle, most)
            width = draw_text(painter, line, self._small, tokens.secondary, place)
            line = line.adjusted(width, 0, 0, 0)
        draw_text(painter, line, self._small, tokens.muted, about)
        return top + _PLACE_PX

    def _room(self, row: HitRow, width: float) -> float:
        """Return how wide the snippet may be: without a title it leaves room for the score."""
        beside = _SCORE_PX * bool(row.score) + (_PIN_PX + _GAP_PX) * row.item.pinned
        return width if row.titled else width - beside

    def _lines(self, row: HitRow, width: float) -> int:
        if row.item.kind is ItemKind.CODE:
            return min(_SNIPPET_LINES, row.snippet.text.count("\n") + 1)
        key = id(row)
        advance = self._advances.get(key)
        if advance is None:
            advance = QFontMetricsF(self._body).horizontalAdvance(row.snippet.text)
            self._advances[key] = advance
        return 1 if advance <= width else _SNIPPET_LINES

    def _snippet(self, painter: QPainter, box: QRectF, top: float, row: HitRow) -> float:
        tokens = self._theme.tokens
        width = self._room(row, box.width())
        key = (id(row), int(width), tokens.name)
        layout = self._laid_out.get(key)
        if layout is None:
            if len(self._laid_out) >= _KEPT:
                self._laid_out.clear()
            layout = self._laid_out[key] = self._lay_out(row, width)
        painter.setPen(QColor(tokens.secondary if row.titled else tokens.text))
        layout.draw(painter, QPointF(box.left(), top))
        return top + self._lines(row, width) * _LINE_PX

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
