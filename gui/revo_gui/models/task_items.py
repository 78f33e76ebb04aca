"""The recorded items of a task as a table that reads page after page."""

import json
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Qt, Signal

from revo_edge.client.client import Client
from revo_edge.client.units import duration, size
from revo_edge.contract.tasks import ItemResult
from revo_edge.errors import RevoError
from revo_gui.link import Link
from revo_gui.models.table import ROOT, Index, Table
from revo_gui.models.task_json import plain, pretty
from revo_gui.models.text import cut, one_line, visible

PAGE = 1000
_TEXT_LIMIT = 2_000
"""Characters of the chosen item; the field for it is a few lines high."""
TEXT_ROLE = Qt.ItemDataRole.UserRole + 1
"""The value or error at length."""
OK_ROLE = Qt.ItemDataRole.UserRole + 2


class ItemColumn(IntEnum):
    """Columns of the table of items."""

    INDEX = 0
    OUTCOME = 1
    VALUE = 2
    TIME = 3


@dataclass(frozen=True, slots=True)
class ItemRow:
    """What is shown of one item."""

    index: int
    ok: bool
    line: str
    text: str
    duration_s: float


@dataclass(frozen=True, slots=True)
class ItemPage:
    """Some items, and where to read on."""

    rows: list[ItemRow]
    cursor: int
    more: bool


def read_page(client: Client, task_id: str, cursor: int) -> ItemPage:
    """Read a page of items and say each in words."""
    found = client.items(task_id, cursor, PAGE)
    return ItemPage([row_of(item) for item in found.items], found.cursor, found.more)


def row_of(item: ItemResult) -> ItemRow:
    """Return what is shown of an item."""
    if item.error is not None:
        line = f"{item.error.code}: {item.error.msg}"
        text = "\n".join([line, *map(_detail, (item.error.detail or {}).items())])
    elif item.blob is not None:
        line = text = f"{size(item.size_bytes)}, too large to show here"
    else:
        value = _decode(item.value)
        line = value if isinstance(value, str) else json.dumps(plain(value), ensure_ascii=False)
        text = value if isinstance(value, str) else pretty(value)
    return ItemRow(
        item.index,
        item.error is None,
        one_line(line),
        visible(cut(text, _TEXT_LIMIT)),
        item.duration_s,
    )


def _detail(part: tuple[str, Any]) -> str:
    name, value = part
    return f"{name}:\n{value}" if isinstance(value, str) else f"{name}: {pretty(value)}"


def _decode(value: msgspec.Raw) -> object:
    try:
        found: object = msgspec.msgpack.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return f"cannot be read: {error}"
    return found


class ItemModel(Table):
    """Items in the order of their commit, read as somebody scrolls."""

    titles = ("Item", "Outcome", "Value", "Time")
    failed = Signal(str)
    """Reading went wrong, and why; `fetchMore` tries again."""

    def __init__(self, link: Link, task_id: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link = link
        self._task_id = task_id
        self._rows: list[ItemRow] = []
        self._cursor = 0
        self.known = 0
        """How many items there are by now."""
        self._asking = False

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: D102, N802 - Qt's own
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: D102 - Qt's own
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return _cell(row, ItemColumn(index.column()))
        if role == TEXT_ROLE:
            return row.text
        return row.ok if role == OK_ROLE else None

    def canFetchMore(self, parent: Index) -> bool:  # noqa: D102, N802 - Qt's own
        return not parent.isValid() and not self._asking and len(self._rows) < self.known

    def fetchMore(self, parent: Index) -> None:  # noqa: D102, N802 - Qt's own
        if self.canFetchMore(parent):
            self._asking = True
            work = partial(read_page, task_id=self._task_id, cursor=self._cursor)
            self._link.ask(self, work, self._take, self._give_up)

    def _take(self, page: ItemPage) -> None:
        self._asking = False
        self._cursor = page.cursor
        if page.rows:
            first = len(self._rows)
            self.beginInsertRows(ROOT, first, first + len(page.rows) - 1)
            self._rows += page.rows
            self.endInsertRows()

    def _give_up(self, error: RevoError) -> None:
        self._asking = False
        self.failed.emit(error.msg)


def _cell(row: ItemRow, column: ItemColumn) -> str:
    match column:
        case ItemColumn.INDEX:
            return f"{row.index:,}"
        case ItemColumn.OUTCOME:
            return "Succeeded" if row.ok else "Failed"
        case ItemColumn.VALUE:
            return row.line
        case ItemColumn.TIME:
            return duration(row.duration_s)
