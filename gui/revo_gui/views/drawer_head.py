"""The upper part of the drawer: which task, how it stands, and what went wrong."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from revo_edge.client.units import clock
from revo_edge.contract.tasks import TaskInfo, TaskState
from revo_gui.models.task_words import (
    advice,
    progress_line,
    progress_ratio,
    state_icon,
    state_word,
    title_of,
    took_words,
    waits,
)
from revo_gui.models.tasks import now
from revo_gui.models.text import breakable, cut, one_line, visible
from revo_gui.theme import Theme
from revo_gui.views.controls import quiet_button
from revo_gui.views.labels import ElidedLabel, Pill, plain_label, text_label

_FACTS = ("Queue", "Worker", "Attempt", "Started", "Time", "Group")
_ERROR_LIMIT = 320
"""So that the tabs below keep their room; the Result tab has all of it."""
_BAR_STEPS = 1000


class DrawerHead(QWidget):
    """Shows a TaskInfo."""

    closed = Signal()
    copied = Signal()
    """The id is wanted on the clipboard."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._info: TaskInfo | None = None
        self.back = quiet_button(theme, "left", "Back to the list", self)
        self.close_button = quiet_button(theme, "close", "Close", self)
        self.copy = quiet_button(theme, "copy", "Copy the id", self, tone="muted")
        self.title = ElidedLabel(scale="card")
        self.kind = ElidedLabel(tone="secondary")
        self.id = ElidedLabel(tone="muted", mono="true")
        self.id.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.pill = Pill(theme)
        self.why = text_label(tone="muted", wrap=True)
        self.bar = QProgressBar(self)
        self.progress = text_label(tone="secondary", wrap=True)
        self.error = _ErrorBox(self)
        self._facts = {name: text_label(wrap=name == "Group") for name in _FACTS}
        self._lay_out()
        for button in (self.back, self.close_button):
            button.clicked.connect(self.closed)
        self.copy.clicked.connect(self.copied)

    def set_narrow(self, narrow: bool) -> None:  # noqa: FBT001 - one switch
        """Offer a way back where the list is out of sight."""
        self.back.setVisible(narrow)
        self.close_button.setVisible(not narrow)

    def show_info(self, info: TaskInfo) -> None:
        """Show the task as it is now."""
        self._info = info
        title = title_of(info)
        self.title.show_text(title)
        self.kind.show_text(one_line(info.kind))
        self.id.show_text(info.id)
        word = state_word(info)
        self.pill.show_state(info.state.value, state_icon(info.state), word)
        self.pill.setAccessibleName(f"State: {word}")
        self._say(self.why, waits(info))
        self._show_progress(info)
        self.error.show_error(info)
        worker = info.worker or "-"
        lost = f", {info.lost} lost" if info.lost else ""
        facts = (info.queue, worker, f"{info.attempt or '-'}{lost}", clock(info.started_at))
        for name, text in zip(_FACTS, facts, strict=False):
            self._facts[name].setText(text)
        self._facts["Group"].setText(breakable(one_line(info.group or "-")))
        self.tick()

    def tick(self) -> None:
        """Show the time that has passed."""
        if self._info is not None:
            text = took_words(self._info, now())
            if text != self._facts["Time"].text():
                self._facts["Time"].setText(text)

    def _show_progress(self, info: TaskInfo) -> None:
        ratio = progress_ratio(info)
        note = one_line(info.progress.note) if info.progress else ""
        words = "  ·  ".join(part for part in (progress_line(info), note) if part)
        running = info.state is TaskState.RUNNING
        self._say(self.progress, words or ("Progress is not measured" if running else ""))
        self.bar.setVisible(ratio is not None and not info.state.final)
        self.bar.setValue(round((ratio or 0.0) * _BAR_STEPS))
        self.bar.setAccessibleName(f"Progress: {words}")

    def _say(self, label: QLabel, text: str) -> None:
        label.setText(text)
        label.setVisible(bool(text))

    def _lay_out(self) -> None:
        self.bar.setRange(0, _BAR_STEPS)
        self.bar.setTextVisible(False)
        names = QVBoxLayout()
        names.setSpacing(2)
        names.addWidget(self.title)
        names.addWidget(self.kind)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.back, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(names, 1)
        top.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        status = QHBoxLayout()
        status.setSpacing(8)
        status.addWidget(self.pill)
        status.addWidget(self.id)
        status.addWidget(self.copy)
        status.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(top)
        column.addLayout(status)
        for part in (self.why, self.bar, self.progress, self._grid(), self.error):
            column.addWidget(part)

    def _grid(self) -> QWidget:
        holder = QWidget(self)
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 2, 0, 2)
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(2)
        grid.setRowMinimumHeight(2, 4)
        places = ((0, 0), (0, 1), (0, 2), (3, 0), (3, 1), (3, 2))
        for (name, value), (row, column) in zip(self._facts.items(), places, strict=True):
            caption = plain_label(name, scale="caption")
            value.setAccessibleName(name)
            value.setObjectName(f"fact-{name.lower()}")
            grid.addWidget(caption, row, column)
            grid.addWidget(value, row + 1, column)
            grid.setColumnStretch(column, 1)
        return holder


class _ErrorBox(QFrame):
    """What went wrong, and what to do."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("card", "true")
        self.code = text_label(tone="error", mono="true")
        self.text = text_label(wrap=True)
        self.advice = text_label(tone="secondary", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(4)
        for label in (self.code, self.text, self.advice):
            column.addWidget(label)

    def show_error(self, info: TaskInfo) -> None:
        """Show the error of a task that has one."""
        error = info.error
        self.setVisible(error is not None and info.state is not TaskState.CANCELLED)
        if error is None:
            return
        self.code.setText(one_line(error.code))
        self.text.setText(breakable(visible(cut(error.msg, _ERROR_LIMIT))))
        self.advice.setText(advice(error.code))
        self.advice.setVisible(bool(self.advice.text()))
