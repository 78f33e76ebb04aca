"""The search field of the Recall page: what is typed searches, arrows go through the hits."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from revo_gui.models.recall_query import TEXT_LIMIT
from revo_gui.theme import Theme
from revo_gui.views.controls import SearchField


class RecallField(SearchField):
    """A line; its arrow keys move the list below it."""

    stepped = Signal(int)
    """Rows to go down; negative: up."""
    paged = Signal(int)
    """Pages to go down; negative: up."""
    entered = Signal()
    """The current hit shall be opened."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Search memory", parent, hint="Search memory as you type")
        self.setMaxLength(TEXT_LIMIT)
        self.setObjectName("recall-search")

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Move through the hits, open one, empty the field, or type."""
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        match event.key():
            case Qt.Key.Key_Down:
                self.stepped.emit(1)
            case Qt.Key.Key_Up:
                self.stepped.emit(-1)
            case Qt.Key.Key_PageDown:
                self.paged.emit(1)
            case Qt.Key.Key_PageUp:
                self.paged.emit(-1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if plain:
                self.entered.emit()
            case _:
                super().keyPressEvent(event)
