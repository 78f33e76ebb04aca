"""Tabs of the drawer that show what the daemon knows of a task: its story and what was asked."""

import msgspec
from PySide6.QtCore import (
    QSize,
)
from PySide6.QtWidgets import (
    QHeaderView,
    QWidget,
)

from revo_edge.contract.task_requests import TaskReply
from revo_gui.models.task_json import pretty
from revo_gui.models.task_story import StoryColumn, StoryModel
from revo_gui.models.text import cut, visible
from revo_gui.theme import Theme
from revo_gui.views.drawer_parts import fill, plain_table, plain_text

_PARAMS_LIMIT = 200_000
"""Characters; beyond them a text field takes more than a frame to fill."""


class StoryTab(QWidget):
    """When the task came into which state, and why."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = StoryModel(theme, self)
        self.view = plain_table(self.model, "Story of the task")
        self.view.setWordWrap(True)
        self.view.setIconSize(QSize(14, 14))
        header = self.view.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(StoryColumn.NOTE, QHeaderView.ResizeMode.Stretch)
        rows = self.view.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        fill(self, self.view)

    def show_reply(self, reply: TaskReply | None) -> None:
        """Show the history of this task."""
        self.model.show_story(reply.story if reply else ())


class ParamsTab(QWidget):
    """What was asked, as JSON."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = plain_text(self, "What was asked, as JSON")
        fill(self, self.view)

    def show_reply(self, reply: TaskReply | None) -> None:
        """Show what was asked of this task."""
        if reply is None:
            self.view.clear()
            return
        text = visible(cut(pretty(msgspec.to_builtins(reply.spec)), _PARAMS_LIMIT))
        if text != self.view.toPlainText():
            self.view.setPlainText(text)
