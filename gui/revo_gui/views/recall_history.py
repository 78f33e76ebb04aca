"""The versions of an item: the one that holds, and those that were superseded."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, QObject, Qt
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QHeaderView, QPlainTextEdit, QWidget

from revo_edge.contract.recall import Item, ItemKind
from revo_gui.models.recall_words import first_words, version_words
from revo_gui.models.table import ROOT, Index, Table
from revo_gui.models.text import many_lines
from revo_gui.theme import Theme, font
from revo_gui.views.controls import restyle
from revo_gui.views.drawer_parts import fill, plain_table, plain_text
from revo_gui.views.labels import plain_label
from revo_gui.views.page import Parts

_TABLE_PX = 120


class VersionModel(Table):
    """Versions, the newest first; old ones are struck through."""

    titles = ("Version", "Text")

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._versions: tuple[Item, ...] = ()

    def show_versions(self, versions: Sequence[Item]) -> None:
        """Show these."""
        self.beginResetModel()
        self._versions = tuple(versions)
        self.endResetModel()

    def version(self, row: int) -> Item:
        """Return a version."""
        return self._versions[row]

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802 - Qt's name
        """Return how many versions there are."""
        return 0 if parent.isValid() else len(self._versions)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's text, and how an old one looks."""
        if not 0 <= index.row() < len(self._versions):
            return None
        found = self._versions[index.row()]
        old = found.valid_to is not None
        if role == Qt.ItemDataRole.DisplayRole:
            state = "superseded" if old else "holds now"
            version = f"{found.version}  {state}"
            return version if index.column() == 0 else first_words(found.text)
        if role == Qt.ItemDataRole.ForegroundRole and old:
            return QColor(self._theme.tokens.muted)
        if role == Qt.ItemDataRole.FontRole and old and index.column() == 1:
            return _struck()
        return None


class HistoryTab(QWidget):
    """The versions, and the text of the one that is chosen."""

    def __init__(self, parts: Parts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts = parts
        self._item_id = ""
        self.model = VersionModel(parts.theme, self)
        self.table = plain_table(self.model, "Versions of the item")
        self.held = plain_label(tone="muted", scale="small", wrap=True)
        self.text: QPlainTextEdit = plain_text(self, "Text of the version")
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.table.setMinimumHeight(_TABLE_PX)
        self.table.selectionModel().currentRowChanged.connect(self._show)
        layout = fill(self, self.table, self.held, self.text)
        layout.setStretch(0, 1)
        layout.setStretch(2, 1)

    def load(self, item_id: str) -> None:
        """Read the versions of an item."""
        if item_id != self._item_id:
            self._item_id = item_id
            self.model.show_versions(())
            self.text.clear()
        self._parts.link.ask(
            self,
            lambda client: client.recall.history(item_id),
            self._take,
            lambda error: self.text.setPlainText(error.msg),
        )

    def _take(self, versions: tuple[Item, ...]) -> None:
        if versions[0].id == self._item_id:
            self.model.show_versions(versions)
            self.table.selectRow(0)

    def _show(self, current: QModelIndex) -> None:
        if current.isValid():
            version = self.model.version(current.row())
            self.held.setText(version_words(version))
            self.text.setPlainText(many_lines(version.text))
            restyle(self.text, mono="true" if version.kind is ItemKind.CODE else "false")


def _struck() -> QFont:
    face = font(13)
    face.setStrikeOut(True)
    return face
