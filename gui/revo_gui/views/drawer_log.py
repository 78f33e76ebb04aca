"""The Log tab of the drawer: the end of a log of any size, following it while the task runs."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from revo_edge.client.units import size
from revo_edge.contract.requests import LogReply
from revo_edge.contract.tasks import TaskInfo
from revo_edge.errors import RevoError
from revo_gui.link import Link
from revo_gui.models.task_log import LINES_KEPT, LogWindow, read_after, read_before
from revo_gui.models.text import many_lines
from revo_gui.views.drawer_parts import fill, plain_text
from revo_gui.views.labels import text_label

_FOLLOW_MS = 1000
"""How often a running task's log is read on."""


class LogTab(QWidget):
    """Shows what the task's own code wrote."""

    def __init__(self, link: Link, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._link = link
        self._info: TaskInfo | None = None
        self._window = LogWindow()
        self._asking = False
        self._loaded = False
        self._whole = False
        """True once the log was read to its end after the task had ended."""
        self.view = plain_text(self, "Log of the task")
        self.view.setMaximumBlockCount(LINES_KEPT)
        self.earlier = QPushButton("Load earlier", self)
        self.to_end = QPushButton("Go to the end", self)
        self.status = text_label(tone="muted", scale="small", wrap=True)
        self.earlier.clicked.connect(self._load_earlier)
        self.to_end.clicked.connect(self.reload)
        bar = QHBoxLayout()
        bar.addWidget(self.status, 1)
        bar.addWidget(self.earlier)
        bar.addWidget(self.to_end)
        fill(self, self.view).addLayout(bar)
        self._timer = QTimer(self, interval=_FOLLOW_MS)
        self._timer.timeout.connect(self._follow)
        self._describe()

    def show_info(self, info: TaskInfo | None) -> None:
        """Show the log of this task."""
        before, self._info = self._info, info
        if before is None or info is None or info.id != before.id:
            self._forget()
            if info is not None and self.isVisible():
                self.reload()
        elif not info.state.final:
            self._whole = False

    def reload(self) -> None:
        """Read the end of the log anew."""
        self._forget()
        self._ask_before(None)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: D102, N802 - Qt's own
        super().showEvent(event)
        self._timer.start()
        if not self._loaded and self._info is not None:
            self.reload()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: D102, N802 - Qt's own
        super().hideEvent(event)
        self._timer.stop()

    def _forget(self) -> None:
        self._window = LogWindow()
        self._asking = self._loaded = self._whole = False
        self.view.clear()
        self._describe()

    def _load_earlier(self) -> None:
        self._ask_before(self._window.start)

    def _ask_before(self, end: int | None) -> None:
        if self._info is not None and not self._asking:
            self._asking = True
            work = partial(read_before, source=self._info.id, end=end)
            self._link.ask(self, work, partial(self._put_before, self._window), self._complain)

    def _follow(self) -> None:
        info = self._info
        follows = self._loaded and self._window.at_end and not (self._asking or self._whole)
        if info is not None and follows and self._link.online:
            self._asking = True
            work = partial(read_after, source=info.id, start=self._window.end)
            done = partial(self._put_after, self._window, info.state.final)
            self._link.ask(self, work, done, self._complain)

    def _put_before(self, window: LogWindow, found: Sequence[LogReply]) -> None:
        if window is not self._window:
            return  # another task is shown by now
        self._asking, self._loaded = False, True
        first = not window.end
        lines = self.view.blockCount()
        if first:
            window.add_after(found)
        else:
            window.add_before(found)
        self.view.setPlainText(window.text)
        bar = self.view.verticalScrollBar()
        bar.setValue(bar.maximum() if first else max(0, self.view.blockCount() - lines))
        self._describe()

    def _put_after(
        self,
        window: LogWindow,
        final: bool,  # noqa: FBT001 - what was known when the question was asked
        found: Sequence[LogReply],
    ) -> None:
        if window is not self._window:
            return
        self._asking = False
        self._whole = final and not found
        if found:
            window.add_after(found)
            self._append("".join(reply.text for reply in found))
            self._describe()

    def _append(self, text: str) -> None:
        bar = self.view.verticalScrollBar()
        at_bottom = bar.value() >= bar.maximum()
        cursor = QTextCursor(self.view.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(many_lines(text))
        if at_bottom:
            bar.setValue(bar.maximum())

    def _complain(self, error: RevoError) -> None:
        self._asking = False
        self.status.setText(error.msg)
        self.to_end.setText("Try again")
        self.to_end.show()

    def _describe(self) -> None:
        window = self._window
        if not self._loaded:
            text = "Reading the log" if self._info else ""
        elif not window.end:
            text = "Nothing is written yet"
        else:
            text = f"{size(window.start)} to {size(window.end)} of the log"
            text = text if window.start else f"The whole log, {size(window.end)}"
        self.status.setText(text)
        self.earlier.setVisible(window.start > 0)
        self.to_end.setText("Go to the end")
        self.to_end.setVisible(not window.at_end)
