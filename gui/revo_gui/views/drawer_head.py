"""The upper part of the drawer: which task, how it stands, and what went wrong."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from revo_edge.client.units import clock
from revo_edge.contract.tasks import TaskInfo, TaskState
from revo_gui.icons import icon
from revo_gui.models.task_words import (
    advice,
    one_line,
    progress_line,
    progress_ratio,
    title_of,
    took_words,
    visible,
    waits,
)
from revo_gui.models.tasks import now
from revo_gui.theme import Theme
from revo_gui.views.drawer_labels import ElidedLabel, StatePill, text_label

_FACTS = ("Queue", "Worker", "Attempt", "Started", "Time")
_ERROR_LIMIT = 320
_BAR_STEPS = 1000


class DrawerHead(QWidget):
    """Shows a TaskInfo."""

    closed = Signal()
    copied = Signal()
    """The id is wanted on the clipboard."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._info: TaskInfo | None = None
        self.back = _tool(self, "Back to the list")
        self.close_button = _tool(self, "Close")
        self.copy = _tool(self, "Copy the id")
        self.title = ElidedLabel(self)
        self.title.setProperty("scale", "card")
        self.kind = ElidedLabel(self)
        self.kind.setProperty("tone", "secondary")
        self.id = ElidedLabel(self)
        self.id.setProperty("tone", "muted")
        self.id.setProperty("mono", "true")
        self.pill = StatePill(theme, self)
        self.why = text_label(tone="muted", wrap=True)
        self.bar = QProgressBar(self)
        self.progress = text_label(tone="secondary", wrap=True)
        self.error = _ErrorBox(self)
        self._facts = {name: text_label() for name in _FACTS}
        self._lay_out()
        for button in (self.back, self.close_button):
            button.clicked.connect(self.closed)
        self.copy.clicked.connect(self.copied)
        theme.changed.connect(self._colour)
        self._colour()

    def set_narrow(self, narrow: bool) -> None:  # noqa: FBT001 - one switch
        """Offer a way back where the list is out of sight."""
        self.back.setVisible(narrow)
        self.close_button.setVisible(not narrow)

    def show_info(self, info: TaskInfo) -> None:
        """Show the task as it is now."""
        self._info = info
        title = title_of(info)
        self.title.set_full(title)
        self.kind.set_full(one_line(info.kind))
        self.id.set_full(info.id)
        self.pill.show_info(info)
        self._say(self.why, waits(info))
        self._show_progress(info)
        self.error.show_error(info)
        worker = info.worker or "-"
        lost = f", {info.lost} lost" if info.lost else ""
        facts = (info.queue, worker, f"{info.attempt or '-'}{lost}", clock(info.started_at))
        for name, text in zip(_FACTS, facts, strict=False):
            self._facts[name].setText(text)
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
        places = ((0, 0), (0, 1), (0, 2), (3, 0), (3, 1))
        for (name, value), (row, column) in zip(self._facts.items(), places, strict=True):
            caption = text_label(name, scale="caption")
            caption.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
            value.setAccessibleName(name)
            grid.addWidget(caption, row, column)
            grid.addWidget(value, row + 1, column)
            grid.setColumnStretch(column, 1)
        return holder

    def _colour(self) -> None:
        tokens = self._theme.tokens
        self.back.setIcon(icon("left", tokens.secondary))
        self.close_button.setIcon(icon("close", tokens.secondary))
        self.copy.setIcon(icon("copy", tokens.muted))


class _ErrorBox(QFrame):
    """What went wrong, and what to do."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("card", "true")
        self.code = text_label(tone="error")
        self.code.setProperty("mono", "true")
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
        cut = error.msg[:_ERROR_LIMIT] + ("…" if len(error.msg) > _ERROR_LIMIT else "")
        self.code.setText(one_line(error.code))
        self.text.setText(_breakable(visible(cut)))
        self.advice.setText(advice(error.code))
        self.advice.setVisible(bool(self.advice.text()))


def _breakable(text: str) -> str:
    """Return the text with places to break in paths and other long words."""
    return text.replace("/", "/\u200b") if max(map(len, text.split()), default=0) > 40 else text


def _tool(parent: QWidget, name: str) -> QToolButton:
    button = QToolButton(parent)
    button.setProperty("quiet", "true")
    button.setToolTip(name)
    button.setAccessibleName(name)
    return button
