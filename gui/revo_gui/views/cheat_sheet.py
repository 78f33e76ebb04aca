"""The cheat sheet: every shortcut, by group, in as many columns as fit."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from revo_gui.actions import Actions
from revo_gui.icons import icon
from revo_gui.theme import Theme
from revo_gui.views.controls import quiet_button
from revo_gui.views.labels import plain_label
from revo_gui.views.overlay import Overlay

_COLUMN_PX = 300
_GAP_PX = 32
_WIDEST_PX = 3 * _COLUMN_PX + 2 * _GAP_PX + 48
Shortcuts = dict[str, list[tuple[str, list[str]]]]
"""Group -> (what it does, its keys)."""


def columns(lengths: Sequence[int], count: int) -> list[list[int]]:
    """Deal groups of these lengths to `count` columns, in order, each to the shortest one."""
    dealt: list[list[int]] = [[] for _ in range(count)]
    heights = [0] * count
    for index, length in enumerate(lengths):
        shortest = heights.index(min(heights))
        dealt[shortest].append(index)
        heights[shortest] += length + 2  # the caption and the gap under the group
    return dealt


class CheatSheet(Overlay):
    """`?`: all shortcuts of the window and of its pages."""

    def __init__(self, actions: Actions, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._actions = actions
        self._theme = theme
        self._shown: Shortcuts = {}
        self._dealt = 0
        self._content = QWidget()
        self.card.setObjectName("sheet")
        self._close = quiet_button(theme, "close", "Close", self.card, tip="Close (Esc)")
        self._close.clicked.connect(self.close_card)
        self._scroll = QScrollArea(self.card)
        self._scroll.setWidgetResizable(True)
        self._scroll.setAccessibleName("Keyboard shortcuts")
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self.card)
        column.setContentsMargins(24, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(self._make_top())
        column.addWidget(self._scroll)
        theme.changed.connect(self._colour)
        self._colour()

    def prepare(self) -> None:
        """Read the actions anew: pages declare theirs when they are made."""
        self._shown = {}
        for found in self._actions:
            keys = [
                one.toString(QKeySequence.SequenceFormat.NativeText)
                for one in found.action.shortcuts()
            ]
            if keys:
                self._shown.setdefault(found.group, []).append((found.action.iconText(), keys))
        self._dealt = 0

    def entry(self) -> QWidget:
        """Return the list, so that the arrow keys scroll it."""
        return self._scroll

    def place(self, room: QRect) -> QRect:
        """Stand in the middle, no higher than the list is."""
        width = min(_WIDEST_PX, room.width())
        inner = width - 48
        self._deal(max(1, min(3, (inner + _GAP_PX) // (_COLUMN_PX + _GAP_PX))))
        top = self._close.sizeHint().height()
        height = min(room.height(), self._content.sizeHint().height() + top + 12 + 34)
        box = QRect(0, 0, width, height)
        box.moveCenter(room.center())
        return box

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Close on the key that opened it, too."""
        if event.text() == "?":
            self.close_card()
        else:
            super().keyPressEvent(event)

    def _make_top(self) -> QHBoxLayout:
        title = QLabel("Keyboard shortcuts", self.card)
        title.setProperty("scale", "page")
        top = QHBoxLayout()
        top.addWidget(title, 1)
        top.addWidget(self._close)
        return top

    def _deal(self, count: int) -> None:
        """Build the columns, if their number or the actions are other than before."""
        if count == self._dealt:
            return
        self._dealt = count
        self._content = QWidget()
        row = QHBoxLayout(self._content)
        row.setContentsMargins(0, 0, 8, 0)
        row.setSpacing(_GAP_PX)
        groups = list(self._shown.items())
        for indexes in columns([len(lines) for _, lines in groups], count):
            column = QVBoxLayout()
            column.setSpacing(20)
            for index in indexes:
                column.addLayout(_group(*groups[index]))
            column.addStretch(1)
            row.addLayout(column, 1)
        self._scroll.setWidget(self._content)

    def _colour(self) -> None:
        self._close.setIcon(icon("close", self._theme.tokens.secondary))


def _group(name: str, lines: list[tuple[str, list[str]]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setVerticalSpacing(8)
    grid.setHorizontalSpacing(16)
    grid.setColumnStretch(0, 1)
    grid.addWidget(plain_label(name, scale="caption"), 0, 0, 1, 2)
    rule = QFrame()
    rule.setProperty("rule", True)
    grid.addWidget(rule, 1, 0, 1, 2)
    for row, (text, keys) in enumerate(lines, 2):
        label = plain_label(text, wrap=True)
        label.setMinimumWidth(0)  # the card is as high as its lines
        grid.addWidget(label, row, 0)
        grid.addLayout(_caps(keys), row, 1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
    return grid


def _caps(keys: list[str]) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(4)
    for key in keys:
        row.addWidget(plain_label(key, keycap="true"))
    return row
