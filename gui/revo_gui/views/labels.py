"""Labels that Qt does not have: text as it is, one line that elides, a state, an engine's icon."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from revo_gui import icons
from revo_gui.models.engines import engine_icon
from revo_gui.models.text import breakable, tooltip
from revo_gui.theme import Theme, font

_PILL_PX = 26
_PILL_ICON_PX = 14
_PILL_PAD_PX = 10
_GAP_PX = 6
_STATUS_PX = 22
_DOT_PX = 6
_LEAST_PX = 40
"""A few letters and the ellipsis."""


def plain_label(text: str = "", *, wrap: bool = False, **properties: str) -> QLabel:
    """Return a label that shows its text as it is; the properties are those of the style sheet."""
    label = QLabel(breakable(text) if wrap else text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    if wrap:
        label.setWordWrap(True)
        label.setMinimumWidth(1)  # what others need decides the width, and wrapping follows
    for name, value in properties.items():
        label.setProperty(name, value)
    return label


def text_label(text: str = "", *, wrap: bool = False, **properties: str) -> QLabel:
    """Return a plain label whose text can be selected, and which may be as narrow as its place."""
    label = plain_label(text, wrap=wrap, **properties)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setMinimumWidth(1)
    return label


class ElidedLabel(QLabel):
    """One line of foreign text, as much as fits; all of it, `full`, is in the tooltip."""

    def __init__(self, parent: QWidget | None = None, **properties: str) -> None:
        super().__init__(parent)
        self.full = ""
        self.elide = Qt.TextElideMode.ElideRight
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for name, value in properties.items():
            self.setProperty(name, value)

    def show_text(self, text: str) -> None:
        """Show this text."""
        if text != self.full:
            self.full = text
            self.setToolTip(tooltip(text))
            self.setAccessibleName(text)
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Ask for room for all of it, where the layout asks."""
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.full) + 2, metrics.height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Ask for room for a few letters."""
        return QSize(_LEAST_PX, self.fontMetrics().height())

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw what fits."""
        painter = QPainter(self)
        room = self.contentsRect()
        text = self.fontMetrics().elidedText(self.full, self.elide, room.width())
        painter.drawText(room, int(self.alignment() | Qt.TextFlag.TextSingleLine), text)


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
        tokens = self._theme.tokens
        name = engine_icon(self._engine, tokens.look(self._engine).icon)
        painter = QPainter(self)
        painter.setOpacity(self._opacity)
        icons.draw(painter, name, tokens.engine(self._engine), QRectF(self.rect()))


class Pill(QWidget):
    """A state: its icon and its word on a tint of its colour."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._state = self._icon = "unknown"
        self._word = ""
        self.setFont(font(12))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_state(self, state: str, icon: str, word: str) -> None:
        """Show this; `state` is the key of the colour."""
        if (state, icon, word) != (self._state, self._icon, self._word):
            self._state, self._icon, self._word = state, icon, word
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Ask for the icon and the word."""
        word = self.fontMetrics().horizontalAdvance(self._word)
        return QSize(word + _PILL_ICON_PX + _GAP_PX + 2 * _PILL_PAD_PX, _PILL_PX)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Ask for the same: a state is never cut off."""
        return self.sizeHint()

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw it."""
        colour = self._theme.tokens.state(self._state)
        tint = QColor(colour)
        tint.setAlpha(34)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tint)
        painter.drawRoundedRect(self.rect(), _PILL_PX / 2, _PILL_PX / 2)
        top = (_PILL_PX - _PILL_ICON_PX) / 2
        place = QRectF(_PILL_PAD_PX, top, _PILL_ICON_PX, _PILL_ICON_PX)
        icons.draw(painter, self._icon, colour, place)
        painter.setPen(colour)
        box = QRectF(self.rect()).adjusted(_PILL_PAD_PX + _PILL_ICON_PX + _GAP_PX, 0, 0, 0)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, self._word)


class StatusPill(QWidget):
    """A quiet pill: a dot in the colour of a status, and its word."""

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
        return QSize(word + _DOT_PX + _GAP_PX + 2 * _PILL_PAD_PX, _STATUS_PX)

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw it."""
        tokens = self._theme.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.raised))
        painter.drawRoundedRect(QRectF(self.rect()), _STATUS_PX / 2, _STATUS_PX / 2)
        painter.setBrush(tokens.state(self._status))
        painter.drawEllipse(QRectF(_PILL_PAD_PX, (self.height() - _DOT_PX) / 2, _DOT_PX, _DOT_PX))
        painter.setPen(QColor(tokens.secondary))
        painter.setFont(self._font)
        box = QRectF(_PILL_PAD_PX + _DOT_PX + _GAP_PX, 0, self.width(), self.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, self._word)
