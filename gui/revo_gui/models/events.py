"""Events as a Qt table."""

from PySide6.QtCore import QAbstractTableModel, QObject

from revo_gui.link import Frame
from revo_gui.theme import Theme


class EventModel(QAbstractTableModel):
    """The last events, newest first, with markers where some were missed."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def take(self, frame: Frame) -> None:
        """Add a frame's lines."""
