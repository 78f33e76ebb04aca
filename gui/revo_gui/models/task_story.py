"""The story of a task as a table: when it came into which state, and why."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QObject, Qt

from revo_edge.client.units import clock
from revo_edge.contract.tasks import Story
from revo_gui.icons import icon
from revo_gui.models.table import ROOT, Index, Table
from revo_gui.models.task_words import state_icon
from revo_gui.models.text import one_line
from revo_gui.theme import Theme


class StoryColumn(IntEnum):
    """Columns of the story."""

    AT = 0
    STATE = 1
    NOTE = 2


class StoryModel(Table):
    """The history of a task, oldest first."""

    titles = ("When", "State", "Note")

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._story: Sequence[Story] = ()

    def show_story(self, story: Sequence[Story]) -> None:
        """Show this history."""
        self.beginResetModel()
        self._story = story
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: D102, N802 - Qt's own
        return 0 if parent.isValid() else len(self._story)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: D102 - Qt's own
        if not index.isValid():
            return None
        line = self._story[index.row()]
        column = StoryColumn(index.column())
        if role == Qt.ItemDataRole.DecorationRole and column is StoryColumn.STATE:
            return icon(state_icon(line.state), self._theme.tokens.state(line.state.value))
        if role == Qt.ItemDataRole.DisplayRole:
            texts = {
                StoryColumn.AT: clock(line.at),
                StoryColumn.STATE: line.state.value.capitalize(),
                StoryColumn.NOTE: one_line(line.note),
            }
            return texts[column]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{clock(line.at)} {line.state.value} {one_line(line.note)}"
        return None
