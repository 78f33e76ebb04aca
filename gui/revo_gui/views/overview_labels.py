"""Labels of the overview that Qt does not have: one line that elides, a status, an icon."""

from html import escape

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from revo_gui import icons
from revo_gui.theme import Theme, font

_PILL_PX = 22
_DOT_PX = 6


def plain_label(text: str = "", **properties: str) -> QLabel:
    """Return a label that shows its text as it is; the properties are those of the style sheet."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    for name, value in properties.items():
        label.setProperty(name, value)
    return label


class ElidedLabel(QLabel):
    """One line of foreign text, as much as fits; all of it is in the tooltip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._whole = ""

    def show_text(self, text: str) -> None:
        """Show this text."""
        if text != self._whole:
            self._whole = text
            self.setToolTip(f"<qt>{escape(text)}</qt>" if text else "")
            self.setAccessibleName(text)
            self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Fit the text into the new width."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        right = Qt.TextElideMode.ElideRight
        self.setText(self.fontMetrics().elidedText(self._whole, right, self.width()))


class EngineIcon(QWidget):
    """The icon of an engine in its colour; `faint` for one that is not there."""

    def __init__(self, theme: Theme, engine: str, pixels: int, *, faint: bool = False) -> None:
        super().__init__()
        self._theme = theme
        self._engine = engine
        self._opacity = 0.45 if faint else 1.0
        self.setFixedSize(pixels, pixels)
        theme.changed.connect(self.update)

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw it."""
        colour = self._theme.tokens.engine(self._engine)
        painter = QPainter(self)
        painter.setOpacity(self._opacity)
        icons.draw(painter, self._engine, colour, QRectF(self.rect()))


class StatusPill(QWidget):
    """A dot in the colour of a status, and its word."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._status = ""
        self._word = ""
        self._font = font(12, QFont.Weight.Medium)  # a style sheet would replace the widget's own
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def set(self, status: str, word: str) -> None:
        """Show this word in the colour of the status."""
        if (status, word) != (self._status, self._word):
            self._status, self._word = status, word
            self.setAccessibleName(f"Status: {word}")
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Ask for the word and its dot."""
        word = QFontMetrics(self._font).horizontalAdvance(self._word)
        return QSize(word + _DOT_PX + 6 + 20, _PILL_PX)

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw it."""
        tokens = self._theme.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.raised))
        painter.drawRoundedRect(QRectF(self.rect()), _PILL_PX / 2, _PILL_PX / 2)
        painter.setBrush(tokens.state(self._status))
        painter.drawEllipse(QRectF(10, (self.height() - _DOT_PX) / 2, _DOT_PX, _DOT_PX))
        painter.setPen(QColor(tokens.secondary))
        painter.setFont(self._font)
        box = QRectF(10 + _DOT_PX + 6, 0, self.width(), self.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, self._word)
