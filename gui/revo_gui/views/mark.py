"""The product's mark."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QWidget

from revo_gui.theme import RESOURCES


class Mark(QWidget):
    """Draws the mark in its own colours."""

    def __init__(self, parent: QWidget | None = None, side: int = 28) -> None:
        super().__init__(parent)
        self._svg = QSvgRenderer(str(RESOURCES / "mark.svg"))
        self.setFixedSize(side, side)
        self.setAccessibleName("reVo Edge")

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw it."""
        painter = QPainter(self)
        self._svg.render(painter, QRectF(self.rect()))
