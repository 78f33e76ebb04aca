"""The hits as a Qt list."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

from PySide6.QtCore import QAbstractListModel, QObject, Qt

from revo_edge.clock import utc_now
from revo_edge.contract.recall import Hit, Item
from revo_gui.models.recall_snippets import Snippet, snippet_of
from revo_gui.models.recall_words import KIND_ICONS, age, moment_of, place, title_of
from revo_gui.models.table import ROOT, Index
from revo_gui.models.text import one_line

ROW = Qt.ItemDataRole.UserRole
"""Role of the HitRow."""
_LEAST_PART = 0.000_5
"""What rounds to nothing explains nothing."""


class Part(NamedTuple):
    """One thing that the score is made of; `ratio` is how much of a bar it fills."""

    name: str
    text: str
    ratio: float


class HitRow:
    """What is shown of a hit, put into words when somebody first looks."""

    def __init__(self, hit: Hit, best: float) -> None:
        self.hit = hit
        self._best = best

    @property
    def item(self) -> Item:
        """The item."""
        return self.hit.item

    @cached_property
    def title(self) -> str:
        """What it is called, or how it begins."""
        return title_of(self.item)

    @property
    def titled(self) -> bool:
        """False for a text without any title: how it begins is in the snippet."""
        return bool(self.item.title.strip() or self.item.source.speaker)

    @cached_property
    def place(self) -> str:
        """Where it comes from."""
        return place(self.item.source)

    @cached_property
    def icon(self) -> str:
        """The icon of its kind."""
        return KIND_ICONS[self.item.kind]

    @cached_property
    def namespace(self) -> str:
        """Whose memory it is."""
        return one_line(self.item.namespace)

    @property
    def age(self) -> str:
        """How old it is now."""
        return age(moment_of(self.item), utc_now())

    @cached_property
    def snippet(self) -> Snippet:
        """The part that fits best."""
        return snippet_of(self.hit)

    @cached_property
    def score(self) -> str:
        """The score, comparable with the others of the list; empty where nothing was searched."""
        return f"{self.hit.score:.2f}" if self._best > 0 else ""

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """What the score is made of, the most first."""
        found = sorted(self.hit.parts.items(), key=lambda part: -part[1])
        return tuple(
            Part(one_line(name, 40), f"{value:.2f}", min(1.0, max(0.0, value)))
            for name, value in found
            if abs(value) >= _LEAST_PART
        )

    @property
    def spoken(self) -> str:
        """The row in a sentence, for a screen reader."""
        score = f"score {self.score}" if self.score else ""
        parts = ", ".join(f"{part.name} {part.text}" for part in self.parts)
        said = (self.title, self.item.kind.value, self.place, self.namespace, self.age)
        return ", ".join(part for part in (*said, score, parts, self.snippet.text) if part)


class HitModel(QAbstractListModel):
    """Hits in the order of the answer."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[HitRow] = []

    def show_hits(self, hits: Sequence[Hit]) -> None:
        """Show another answer."""
        best = max((hit.score for hit in hits), default=0.0)
        self.beginResetModel()
        self._rows = [HitRow(hit, best) for hit in hits]
        self.endResetModel()

    def append(self, hits: Sequence[Hit]) -> None:
        """Show the next page below; items that are there already stay where they are."""
        known = {row.item.id for row in self._rows}
        new = [HitRow(hit, 0.0) for hit in hits if hit.item.id not in known]
        if new:
            first = len(self._rows)
            self.beginInsertRows(ROOT, first, first + len(new) - 1)
            self._rows += new
            self.endInsertRows()

    def replace(self, item: Item) -> None:
        """Show a newer version of an item in its place."""
        row = self.row_of(item.id)
        if row >= 0:
            old = self._rows[row]
            changed = item.text != old.item.text
            marks = () if changed else old.hit.marks
            snippet = "" if changed else old.hit.snippet
            hit = Hit(item, old.hit.score, snippet, marks, old.hit.parts)
            self._rows[row] = HitRow(hit, old.hit.score)
            self.dataChanged.emit(self.index(row), self.index(row))

    def remove(self, item_id: str) -> None:
        """Show an item no longer."""
        row = self.row_of(item_id)
        if row >= 0:
            self.beginRemoveRows(ROOT, row, row)
            del self._rows[row]
            self.endRemoveRows()

    def row(self, number: int) -> HitRow:
        """Return a row."""
        return self._rows[number]

    def row_of(self, item_id: str) -> int:
        """Return where an item is; -1: it is not shown."""
        found = (n for n, row in enumerate(self._rows) if row.item.id == item_id)
        return next(found, -1)

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802 - Qt's name
        """Return how many hits are shown."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the title, the row, or the sentence for a screen reader."""
        if not 0 <= index.row() < len(self._rows):
            return None
        row = self._rows[index.row()]
        if role == ROW:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title
        return row.spoken if role == Qt.ItemDataRole.AccessibleTextRole else None
