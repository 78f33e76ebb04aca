"""Tasks as a Qt table."""

from PySide6.QtCore import QAbstractTableModel, QObject

from revo_gui.link import Frame
from revo_gui.theme import Theme


class TaskModel(QAbstractTableModel):
    """All tasks of the record, newest first."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def take(self, frame: Frame) -> None:
        """Apply a frame's delta."""
