"""What delegates and painted widgets draw alike: a line of text, a row's ground, a bar."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

_LINE = (
    Qt.AlignmentFlag.AlignVCenter
    | Qt.AlignmentFlag.AlignAbsolute  # text from right to left keeps its place
    | Qt.TextFlag.TextSingleLine
)


def draw_text(
    painter: QPainter,
    box: QRectF,
    face: QFont,
    colour: str | QColor,
    text: str,
    *,
    right: bool = False,
) -> float:
    """Draw one line, as much of it as fits; return its width."""
    metrics = QFontMetricsF(face)
    fitting = metrics.elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    painter.setFont(face)
    painter.setPen(QColor(colour))
    painter.drawText(box, int(side | _LINE), fitting)
    return metrics.horizontalAdvance(fitting)


def draw_ground(painter: QPainter, option: QStyleOptionViewItem, colour: str) -> None:
    """Fill the ground of a row that is current or under the mouse."""
    state: QStyle.StateFlag = option.state
    if state & (QStyle.StateFlag.State_MouseOver | QStyle.StateFlag.State_Selected):
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawRoundedRect(QRectF(option.rect).adjusted(2, 1, -2, -1), 6, 6)


def draw_bar(
    painter: QPainter, box: QRectF, ratio: float, ground: str | QColor, colour: str | QColor
) -> None:
    """Draw a bar with round ends, filled from the left by `ratio`."""
    radius = box.height() / 2
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(ground))
    painter.drawRoundedRect(box, radius, radius)
    width = box.width() * min(1.0, max(0.0, ratio))
    if width > 0:
        painter.setBrush(QColor(colour))
        filled = QRectF(box.topLeft(), box.size())
        filled.setWidth(max(width, box.height()))
        painter.drawRoundedRect(filled, radius, radius)
