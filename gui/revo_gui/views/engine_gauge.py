"""A ratio as a thin bar with its name and its figure."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from revo_edge.client.units import percent
from revo_gui.theme import Theme, font
from revo_gui.views.drawing import draw_bar

_TEXT_PX = 18
_BAR_PX = 6
_HEIGHT_PX = _TEXT_PX + 4 + _BAR_PX


class Gauge(QWidget):
    """Shows a ratio of 0 to 1; None leaves the bar empty and says `-`."""

    def __init__(
        self, theme: Theme, engine: str, label: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._engine = engine
        self._label = label
        self._ratio: float | None = None
        self._fonts = font(12), font(12, QFont.Weight.DemiBold)
        self.setFixedHeight(_HEIGHT_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(label)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Ask for the height of one line of text and the bar."""
        return QSize(160, _HEIGHT_PX)

    def set(self, ratio: float | None) -> None:
        """Show this ratio."""
        if ratio != self._ratio:
            self._ratio = ratio
            self.setAccessibleDescription(percent(ratio))
            self.update()

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw it."""
        tokens = self._theme.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        text = QRectF(0, 0, self.width(), _TEXT_PX)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(self._fonts[0])
        painter.setPen(QColor(tokens.muted))
        painter.drawText(text, Qt.AlignmentFlag.AlignLeft | middle, self._label)
        painter.setFont(self._fonts[1])
        painter.setPen(QColor(tokens.text))
        painter.drawText(text, Qt.AlignmentFlag.AlignRight | middle, percent(self._ratio))
        bar = QRectF(0, _TEXT_PX + 4, self.width(), _BAR_PX)
        draw_bar(painter, bar, self._ratio or 0.0, tokens.raised, tokens.engine(self._engine))
