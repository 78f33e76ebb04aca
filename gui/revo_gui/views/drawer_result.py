"""The Result tab of the drawer: a tree, a text, or a way to save what is too large to show."""

from functools import partial

import msgspec
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QStackedWidget,
    QTreeView,
    QWidget,
)

from revo_edge.client.units import size
from revo_edge.contract.tasks import TaskInfo, TaskState
from revo_edge.errors import RevoError
from revo_gui.models.task_json import JsonModel, parts_of, scalar
from revo_gui.models.task_result import (
    SHOWN_BYTES,
    ResultReader,
    decode,
    report_file,
    survey_line,
    write_json,
)
from revo_gui.models.text import many_lines
from revo_gui.views.drawer_parts import fill, plain_text
from revo_gui.views.labels import text_label
from revo_gui.views.page import Parts

_OPEN_PARTS = 20
"""A value with no more parts than this is shown opened."""


class ResultTab(QWidget):
    """Shows a task's result."""

    def __init__(self, parts: Parts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts = parts
        self._info: TaskInfo | None = None
        self._report = ""
        self.headline = text_label(scale="card", wrap=True)
        self.message = text_label(tone="secondary", wrap=True)
        self.tree = _tree(self)
        self.text = plain_text(self, "Result of the task")
        self._stack = QStackedWidget(self)
        for part in (QWidget(), self.tree, self.text):
            self._stack.addWidget(part)
        self.open_report = QPushButton("Open the report", self)
        self.save = QPushButton("Save to file", self)
        self.again = QPushButton("Try again", self)
        self.open_report.clicked.connect(self._open_report)
        self.save.clicked.connect(self._choose_file)
        self.again.clicked.connect(self._read)
        bar = QHBoxLayout()
        for button in (self.open_report, self.save, self.again):
            bar.addWidget(button)
        bar.addStretch(1)
        column = fill(self, self.headline, self.message)
        column.addLayout(bar)
        column.addWidget(self._stack, 1)
        self._clear("")

    def show_info(self, info: TaskInfo | None) -> None:
        """Show the result of this task, or why there is none."""
        before, self._info = self._info, info
        if info is None:
            self._clear("")
        elif before is None or _key(before) != _key(info):
            self._begin(info)

    def set_online(self, online: bool) -> None:  # noqa: FBT001 - one switch
        """Switch off what needs the daemon."""
        self.save.setEnabled(online)
        self.again.setEnabled(online)

    def save_to(self, path: str) -> None:
        """Write the result to a file as JSON."""
        if self._info is None:
            return
        self.message.setText("Saving")
        self.message.show()
        reader = ResultReader(self._parts.link, self._info.id, self)
        reader.came.connect(lambda count: self.message.setText(f"Saving: {size(count)} read"))
        reader.read.connect(partial(self._write, path))
        reader.failed.connect(self._say_unsaved)
        reader.start()

    def _begin(self, info: TaskInfo) -> None:
        if info.state is TaskState.SUCCEEDED:
            self.save.setVisible(info.result_bytes is not None)
            if (info.result_bytes or 0) > SHOWN_BYTES:
                self._clear(f"The result has {size(info.result_bytes)}: too large to show here")
                self.save.show()
            else:
                self._read()
        elif info.error is not None and info.state is TaskState.FAILED:
            self._clear("It failed: there is no result, only this error")
            self._show_tree(msgspec.to_builtins(info.error))
        elif info.state is TaskState.CANCELLED:
            self._clear("It was cancelled: there is no result")
        else:
            self._clear("The result comes when the task has succeeded")

    def _read(self) -> None:
        if self._info is None:
            return
        self._clear("Reading the result")
        reader = ResultReader(self._parts.link, self._info.id, self)
        reader.read.connect(partial(self._take, self._info))
        reader.failed.connect(partial(self._say_unread, self._info))
        reader.start()

    def _take(self, info: TaskInfo, data: bytes) -> None:
        if info is not self._info and (self._info is None or _key(info) != _key(self._info)):
            return  # another task is shown by now
        try:
            value = decode(data)
        except RevoError as error:
            self._say_unread(info, error.msg)
            return
        self._clear("")
        self.headline.setText(survey_line(info.kind, value))
        self.headline.setVisible(bool(self.headline.text()))
        self._report = report_file(info.kind, value)
        self.open_report.setVisible(bool(self._report))
        self.save.show()
        if parts_of(value):
            self._show_tree(value)
        else:
            self.text.setPlainText(many_lines(value if isinstance(value, str) else scalar(value)))
            self._stack.setCurrentWidget(self.text)

    def _say_unread(self, info: TaskInfo, text: str) -> None:
        if self._info is not None and info.id == self._info.id:
            self._clear(text)
            self.again.show()

    def _show_tree(self, value: object) -> None:
        old = self.tree.model()
        self.tree.setModel(JsonModel(value, self.tree))
        if old is not None:
            old.deleteLater()
        if len(parts_of(value)) <= _OPEN_PARTS:
            self.tree.expandToDepth(0)
        self.tree.resizeColumnToContents(0)
        self.tree.setColumnWidth(0, min(self.tree.columnWidth(0), 180))
        self._stack.setCurrentWidget(self.tree)

    def _clear(self, message: str) -> None:
        self._stack.setCurrentIndex(0)
        self.message.setText(message)
        self.message.setVisible(bool(message))
        for part in (self.headline, self.open_report, self.save, self.again):
            part.hide()

    def _choose_file(self) -> None:
        dialog = QFileDialog(self, "Save the result", f"result-{self._task_id}.json")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter("JSON (*.json)")
        dialog.setDefaultSuffix("json")
        dialog.fileSelected.connect(self.save_to)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @property
    def _task_id(self) -> str:
        return self._info.id if self._info else ""

    def _write(self, path: str, data: bytes) -> None:
        self._parts.link.ask(
            self,
            lambda _client: write_json(data, path),
            lambda _: self._say_saved(path),
            lambda error: self._say_unsaved(error.msg),
        )

    def _say_saved(self, path: str) -> None:
        self.message.setText(f"Saved to {path}")
        self._parts.say("The result is saved", "ok")

    def _say_unsaved(self, text: str) -> None:
        self.message.setText(text)
        self._parts.say(text, "error")

    def _open_report(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(self._report))


def _key(info: TaskInfo) -> tuple[object, ...]:
    return info.id, info.state, info.attempt, info.result_bytes, info.ended_at


def _tree(parent: QWidget) -> QTreeView:
    tree = QTreeView(parent)
    tree.setAccessibleName("Result of the task")
    tree.setUniformRowHeights(True)
    tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    header = tree.header()
    header.setStretchLastSection(True)
    header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
    return tree
