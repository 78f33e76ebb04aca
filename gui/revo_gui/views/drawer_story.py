"""Tabs of the drawer that show what the daemon knows of a task: its story and what was asked."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

import msgspec
from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    Qt,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QPlainTextEdit,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from revo_edge.client.units import clock
from revo_edge.contract.requests import TaskReply
from revo_edge.contract.tasks import Story
from revo_gui.icons import icon
from revo_gui.models.task_json import pretty
from revo_gui.models.task_words import one_line, state_icon, visible
from revo_gui.theme import Theme

_HEADERS = ("When", "State", "Note")
_PARAMS_LIMIT = 200_000
Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class _Column(IntEnum):
    AT = 0
    STATE = 1
    NOTE = 2


class StoryModel(QAbstractTableModel):
    """The history of a task, oldest first."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._story: Sequence[Story] = ()

    def show_story(self, story: Sequence[Story]) -> None:
        """Show this history."""
        self.beginResetModel()
        self._story = story
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:  # noqa: D102, N802 - Qt's own
        return 0 if parent.isValid() else len(self._story)

    def columnCount(self, parent: Index = _ROOT) -> int:  # noqa: D102, N802 - Qt's own
        return 0 if parent.isValid() else len(_HEADERS)

    def headerData(  # noqa: D102, N802 - Qt's own
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _HEADERS[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: D102 - Qt's own
        if not index.isValid():
            return None
        line = self._story[index.row()]
        column = _Column(index.column())
        if role == Qt.ItemDataRole.DecorationRole and column is _Column.STATE:
            return icon(state_icon(line.state), self._theme.tokens.state(line.state.value))
        if role == Qt.ItemDataRole.DisplayRole:
            texts = {
                _Column.AT: clock(line.at),
                _Column.STATE: line.state.value.capitalize(),
                _Column.NOTE: one_line(line.note),
            }
            return texts[column]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{clock(line.at)} {line.state.value} {one_line(line.note)}"
        return None


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
        header.setSectionResizeMode(_Column.NOTE, QHeaderView.ResizeMode.Stretch)
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
        text = pretty(msgspec.to_builtins(reply.spec))
        rest = len(text) - _PARAMS_LIMIT
        if rest > 0:
            text = f"{text[:_PARAMS_LIMIT]}\n… {rest:,} more characters"
        text = visible(text)
        if text != self.view.toPlainText():
            self.view.setPlainText(text)


def plain_table(model: QAbstractTableModel, name: str) -> QTableView:
    """Return a table that is only read."""
    view = QTableView()
    view.setModel(model)
    view.setAccessibleName(name)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    view.setTabKeyNavigation(False)
    view.setShowGrid(False)
    view.setWordWrap(False)
    view.verticalHeader().hide()
    header = view.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setHighlightSections(False)
    return view


def plain_text(parent: QWidget, name: str) -> QPlainTextEdit:
    """Return a field of text that is only read, in the font of logs."""
    view = QPlainTextEdit(parent)
    view.setReadOnly(True)
    view.setAccessibleName(name)
    view.setProperty("mono", "true")
    view.setTabChangesFocus(True)
    view.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse
        | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    return view


def fill(holder: QWidget, *parts: QWidget) -> QVBoxLayout:
    """Put the parts below each other, without a margin at the sides."""
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 8, 0, 0)
    column.setSpacing(8)
    for part in parts:
        column.addWidget(part)
    return column
