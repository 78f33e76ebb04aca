"""A dimming over what may no longer be true; it lets the mouse through to read and copy."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from revo_gui.link import Presence
from revo_gui.theme import Theme

_ALPHA = {Presence.STALE: 110, Presence.LOST: 150, Presence.SKEW: 150}


class Veil(QWidget):
    """Lies over `covered` while the daemon is silent or lost."""

    def __init__(self, theme: Theme, covered: QWidget) -> None:
        super().__init__(covered)
        self._covered = covered
        self._theme = theme
        self._alpha = 0
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        covered.installEventFilter(self)
        self.hide()

    def show_presence(self, presence: Presence) -> None:
        """Dim as much as the state asks for."""
        self._alpha = _ALPHA.get(presence, 0)
        self.setVisible(self._alpha > 0)
        if self._alpha:
            self.resize(self._covered.size())
            self.raise_()
            self.update()

    def eventFilter(self, covered: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Stay as large as what is covered."""
        if event.type() == QEvent.Type.Resize and isinstance(covered, QWidget):
            self.resize(covered.size())
        return False

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the background's colour, translucent."""
        colour = QColor(self._theme.tokens.bg)
        colour.setAlpha(self._alpha)
        QPainter(self).fillRect(self.rect(), colour)
