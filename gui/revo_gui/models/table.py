"""What the Qt tables of the models have in common: rows below titled columns, nothing deeper."""

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
_SHOWN = Qt.ItemDataRole.DisplayRole


class Table(QAbstractTableModel):
    """A table whose columns are `titles`."""

    titles: tuple[str, ...] = ()

    def columnCount(self, parent: Index = ROOT) -> int:  # noqa: N802 - Qt's name
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(self.titles)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = _SHOWN
    ) -> Any:
        """Return the title of a column."""
        return title_at(self.titles, section, orientation, role)


def title_at(titles: tuple[str, ...], section: int, orientation: Qt.Orientation, role: int) -> Any:
    """Return what `headerData` does where only the columns have titles."""
    titled = orientation is Qt.Orientation.Horizontal and role == _SHOWN
    return titles[section] if titled else None
