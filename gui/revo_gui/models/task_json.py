"""A plain value as a tree: what a result holds, made row by row as it is opened."""

import json
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, Qt

from revo_edge.client.units import size
from revo_gui.models.table import ROOT, Index, title_at
from revo_gui.models.text import one_line

SPAN = 1000
"""Longer lists are shown in spans of so many."""
_TITLES = ("Name", "Value")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a long list or map."""

    parts: list[tuple[str, Any]]


def parts_of(value: object) -> list[tuple[str, Any]]:
    """Return what is inside a value, each part with its name."""
    match value:
        case Span():
            return value.parts
        case dict():
            parts = [(one_line(str(key)), part) for key, part in value.items()]
        case list() | tuple():
            parts = [(str(index), part) for index, part in enumerate(value)]
        case _:
            return []
    if len(parts) <= SPAN:
        return parts
    return [
        (f"{first:,} to {min(first + SPAN, len(parts)) - 1:,}", Span(parts[first : first + SPAN]))
        for first in range(0, len(parts), SPAN)
    ]


def preview(value: object) -> str:
    """Return a value on one line; of a list or map only how much is in it."""
    match value:
        case Span():
            return ""
        case str():
            return one_line(value) if value else '""'
        case bytes():
            return f"{size(len(value))} of binary"
        case dict():
            return _count(len(value), "field")
        case list() | tuple():
            return _count(len(value), "value")
    return scalar(value)


def scalar(value: object) -> str:
    """Return a number, a truth or nothing as JSON has it."""
    return (
        json.dumps(value) if value is None or isinstance(value, bool | int | float) else str(value)
    )


def plain(value: object) -> Any:
    """Return the value with nothing that JSON does not know."""
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return value if value is None or isinstance(value, str | bool | int | float) else str(value)


def pretty(value: object) -> str:
    """Return the value as indented JSON."""
    return json.dumps(plain(value), indent=2, ensure_ascii=False)


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


class _Node:
    __slots__ = ("_parts", "name", "parent", "row", "value")

    def __init__(self, name: str, value: object, parent: "_Node | None", row: int) -> None:
        self.name = name
        self.value = value
        self.parent = parent
        self.row = row
        self._parts: list[_Node] | None = None

    @property
    def parts(self) -> "list[_Node]":
        if self._parts is None:
            found = enumerate(parts_of(self.value))
            self._parts = [_Node(name, value, self, row) for row, (name, value) in found]
        return self._parts


class JsonModel(QAbstractItemModel):
    """The tree of one value; parts are looked at when they are opened."""

    def __init__(self, value: object, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._top = _Node("", value, None, 0)

    def index(self, row: int, column: int, parent: Index = ROOT) -> QModelIndex:  # noqa: D102 - Qt's own
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        return self.createIndex(row, column, self._node(parent).parts[row])

    def parent(self, index: Index = ROOT) -> QModelIndex:  # type: ignore[override]  # noqa: D102 - Qt's own; QObject.parent() has no index
        above = self._node(index).parent if index.isValid() else None
        if above is None or above is self._top:
            return QModelIndex()
        return self.createIndex(above.row, 0, above)

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: D102, N802 - Qt's own
        return 0 if parent.column() > 0 else len(self._node(parent).parts)

    def hasChildren(self, parent: Index = ROOT) -> bool:  # noqa: D102, N802 - Qt's own
        if parent.column() > 0:
            return False
        value = self._node(parent).value
        return bool(value) if isinstance(value, dict | list | tuple) else isinstance(value, Span)

    def columnCount(self, _parent: Index = ROOT) -> int:  # noqa: D102, N802 - Qt's own
        return len(_TITLES)

    def headerData(  # noqa: D102, N802 - Qt's own
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        return title_at(_TITLES, section, orientation, role)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: D102 - Qt's own
        if not index.isValid() or role != Qt.ItemDataRole.DisplayRole:
            return None
        node = self._node(index)
        return node.name if index.column() == 0 else preview(node.value)

    def _node(self, index: Index) -> _Node:
        found = index.internalPointer() if index.isValid() else self._top
        return found if isinstance(found, _Node) else self._top
