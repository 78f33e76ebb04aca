"""The filter of the Tasks page: a field and the choices by state."""

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from revo_gui.models.task_words import Group
from revo_gui.theme import Theme
from revo_gui.views.controls import SearchField

_TEXT_LIMIT = 200
_COUNTS_FROM_PX = 520
"""Narrower than this there is no room for counts."""


class TaskFilters(QWidget):
    """Tells what is to be shown."""

    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._narrow = False
        self._counts: dict[Group, int] = {}
        hint = "Filter by title, kind, id, queue, error or group:name"
        self.field = SearchField(theme, "Filter tasks", self, hint=hint)
        self.field.setMaxLength(_TEXT_LIMIT)
        self.field.textChanged.connect(lambda _: self.changed.emit())
        self._choices = QButtonGroup(self)
        self._buttons = {group: self._button(group) for group in Group}
        self._buttons[Group.ALL].setChecked(True)
        self._choices.buttonClicked.connect(lambda _: self.changed.emit())
        self._lay_out()

    @property
    def text(self) -> str:
        """The words to look for."""
        return self.field.text()

    @property
    def group(self) -> Group:
        """The states to show."""
        return next(group for group, button in self._buttons.items() if button.isChecked())

    def choose(self, group: Group) -> None:
        """Show these states."""
        self._buttons[group].click()

    def clear(self) -> None:
        """Show everything."""
        self.field.clear()
        self._buttons[Group.ALL].click()

    def show_counts(self, counts: dict[Group, int]) -> None:
        """Write beside each choice how many tasks it has."""
        if counts != self._counts:
            self._counts = counts
            self._name()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102, N802 - Qt's own
        super().resizeEvent(event)
        narrow = self.width() < _COUNTS_FROM_PX
        if narrow != self._narrow:
            self._narrow = narrow
            self._name()

    def _button(self, group: Group) -> QPushButton:
        button = QPushButton(group.value, self)
        button.setCheckable(True)
        button.setProperty("chip", "true")
        button.setAccessibleName(f"Show tasks: {group.value.lower()}")
        self._choices.addButton(button)
        return button

    def _lay_out(self) -> None:
        chips = QHBoxLayout()
        chips.setSpacing(6)
        for button in self._buttons.values():
            chips.addWidget(button)
        chips.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.field)
        column.addLayout(chips)

    def _name(self) -> None:
        for group, button in self._buttons.items():
            count = self._counts.get(group, 0)
            counted = count and not self._narrow
            button.setText(f"{group.value}  {count:,}" if counted else group.value)

    def minimumSizeHint(self) -> QSize:  # noqa: D102, N802 - Qt's own
        return QSize(300, super().minimumSizeHint().height())
