"""One event in full: what it says, and what came over the wire."""

import time

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QTextOption
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from revo_gui.models.event_rules import EventRow, as_json
from revo_gui.models.text import cut, visible
from revo_gui.views.controls import quiet_button
from revo_gui.views.labels import text_label
from revo_gui.views.page import Parts

_TEXT_LIMIT = 100_000
"""Characters that are shown; Copy JSON takes all of them."""


class EventDetails(QFrame):
    """A panel with one event; hidden while there is none."""

    closed = Signal()

    def __init__(self, parts: Parts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts = parts
        self._task = ""
        self._json = ""
        self.setProperty("card", True)
        self._subject = text_label(scale="card", wrap=True)
        self._when = text_label(scale="small", tone="muted", wrap=True)
        self._text = text_label(wrap=True)
        self._raw = QPlainTextEdit(readOnly=True)
        self._close = quiet_button(parts.theme, "close", "Close the details", tip="Close (Esc)")
        self._to_task = QPushButton("Show task")
        self._copy = QPushButton("Copy JSON")
        self._dress()
        self._lay_out()
        self.hide()

    def show_row(self, row: EventRow) -> None:
        """Show an event."""
        said = row.words
        self._task = said.task
        self._json = as_json(row.line, indent=2)
        self._subject.setText(said.subject or "Gap")
        self._when.setText(f"{_moment(said.at)}  ·  {said.source.value}  ·  {said.level.value}")
        self._text.setText(said.text)
        self._raw.setPlainText(visible(cut(self._json, _TEXT_LIMIT)))
        self._to_task.setVisible(bool(self._task))
        self.show()

    def _dress(self) -> None:
        for label in (self._subject, self._when, self._text):
            label.setMinimumWidth(0)
            # the height that they ask for must not hold the window high
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self._raw.setProperty("mono", True)
        self._raw.setAccessibleName("The event as JSON")
        self._raw.setTabChangesFocus(True)
        self._raw.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self._raw.setMinimumHeight(60)
        self._to_task.setAccessibleName("Show the task of this event")
        self._copy.setAccessibleName("Copy the event as JSON")
        self._close.clicked.connect(self.closed)
        self._to_task.clicked.connect(lambda: self._parts.show_task(self._task))
        self._copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._json))

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self._subject, 1)
        top.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        buttons = QHBoxLayout()
        buttons.addWidget(self._to_task)
        buttons.addWidget(self._copy)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 12, 12, 16)
        layout.setSpacing(8)
        layout.addLayout(top)
        layout.addWidget(self._when)
        layout.addWidget(self._text)
        layout.addLayout(buttons)
        layout.addWidget(self._raw, 1)


def _moment(at: float | None) -> str:
    if at is None:
        return "At a time nobody knows"
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at)) + f".{int(at % 1 * 1000):03}"
