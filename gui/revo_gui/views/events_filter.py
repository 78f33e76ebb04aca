"""The filter of the events: words, sources, level, and whether progress is listed."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QPushButton,
    QWidget,
)

from revo_gui.models.event_rules import ALL, Rules
from revo_gui.models.event_words import Level, Source
from revo_gui.theme import Theme
from revo_gui.views.controls import SearchField

LEAST_PX = 308
"""What is left of a window of 360 pixels."""
ONE_LINE_PX = 960
TWO_LINES_PX = 560
_LEVELS = (
    ("All levels", frozenset(Level)),
    ("Warnings and errors", frozenset({Level.WARNING, Level.ERROR})),
    ("Errors", frozenset({Level.ERROR})),
)


class EventsFilter(QWidget):
    """The fields above the list, on one line, two or three as there is room."""

    changed = Signal(object)
    """The Rules that are chosen now."""
    progress_wanted = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = SearchField(theme, "Filter events")
        self.chips = {source: _chip(source) for source in Source}
        self.level = QComboBox()
        self.progress = QCheckBox("Progress")
        self._dress()
        self._rows = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._choices = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._lay_out()

    def rules(self) -> Rules:
        """Return what is chosen."""
        terms = tuple(self.field.text().casefold().split())
        sources = frozenset(source for source, chip in self.chips.items() if chip.isChecked())
        return Rules(terms, sources, _LEVELS[self.level.currentIndex()][1])

    def clear(self) -> None:
        """Choose everything."""
        self.blockSignals(True)
        self.field.clear()
        self.level.setCurrentIndex(0)
        for chip in self.chips.values():
            chip.setChecked(True)
        self.blockSignals(False)
        self.changed.emit(ALL)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's
        """Use as many lines as the width asks for."""
        super().resizeEvent(event)
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        width = self.width()
        self._rows.setDirection(across if width >= ONE_LINE_PX else down)
        self._choices.setDirection(across if width >= TWO_LINES_PX else down)

    def _dress(self) -> None:
        self.level.setAccessibleName("Level")
        self.level.addItems([name for name, _ in _LEVELS])
        self.progress.setToolTip("List the progress of tasks from now on")
        self.progress.setAccessibleName("List progress")
        self.field.textChanged.connect(self._tell)
        self.level.currentIndexChanged.connect(self._tell)
        self.progress.toggled.connect(self.progress_wanted)
        for chip in self.chips.values():
            chip.toggled.connect(self._tell)

    def _lay_out(self) -> None:
        chips = QHBoxLayout()
        chips.setSpacing(4)
        for chip in self.chips.values():
            chips.addWidget(chip)
        options = QHBoxLayout()
        options.setSpacing(12)
        options.addWidget(self.level)
        options.addWidget(self.progress)
        self.setMinimumWidth(LEAST_PX)  # the layout of the moment must not hold a window wide
        for layout in (self._rows, self._choices):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(8)
        self._rows.addWidget(self.field, 1)
        self._rows.addLayout(self._choices)
        for part in (chips, options):
            self._choices.addLayout(part)
            self._choices.setAlignment(part, Qt.AlignmentFlag.AlignLeft)
        self._choices.addStretch(1)

    def _tell(self) -> None:
        self.changed.emit(self.rules())


def _chip(source: Source) -> QPushButton:
    chip = QPushButton(source.value)
    chip.setCheckable(True)
    chip.setChecked(True)
    chip.setProperty("quiet", True)
    chip.setAccessibleName(f"Events of {source.value.lower()}")
    return chip
