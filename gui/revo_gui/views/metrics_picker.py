"""The list of all series, to pick from."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from revo_gui.models.metrics_catalogue import Group, matching
from revo_gui.theme import Theme, font
from revo_gui.views.controls import SearchField

_ID = Qt.ItemDataRole.UserRole
_TOGGLES = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class MetricsPicker(QFrame):
    """Series by source, with a search field; picked ones are ticked."""

    toggled = Signal(str)
    """The id of a series."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._groups: tuple[Group, ...] = ()
        self._picked: frozenset[str] = frozenset()
        self.field = SearchField(theme, "Search series")
        self.list = _SeriesList()
        self.setProperty("card", True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(8)
        layout.addWidget(self.field)
        layout.addWidget(self.list, 1)
        self.field.textChanged.connect(self._fill)
        self.list.chosen.connect(self._toggle)
        theme.changed.connect(self._fill)

    def show_groups(self, groups: tuple[Group, ...], picked: Sequence[str]) -> None:
        """List these series."""
        if groups == self._groups and frozenset(picked) == self._picked:
            return
        anew = groups != self._groups
        self._groups, self._picked = groups, frozenset(picked)
        if anew:
            self._fill()
        else:
            self._tick()

    def _fill(self) -> None:
        self.list.clear()
        for group in matching(self._groups, self.field.text()):
            self._add_heading(group.title)
            for series in group.series:
                item = QListWidgetItem(series.title)
                item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
                item.setData(_ID, series.id)
                self.list.addItem(item)
        self._tick()

    def _add_heading(self, title: str) -> None:
        heading = QListWidgetItem(title)
        heading.setFlags(Qt.ItemFlag.NoItemFlags)
        heading.setFont(font(11, QFont.Weight.DemiBold))
        heading.setForeground(QColor(self._theme.tokens.muted))
        self.list.addItem(heading)

    def _tick(self) -> None:
        for row in range(self.list.count()):
            item = self.list.item(row)
            if item.data(_ID):
                ticked = item.data(_ID) in self._picked
                item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)

    def _toggle(self, item: QListWidgetItem) -> None:
        if item.data(_ID):
            self.toggled.emit(item.data(_ID))


class _SeriesList(QListWidget):
    """A list whose rows are chosen by a click, Space or Enter."""

    chosen = Signal(QListWidgetItem)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Series")
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemClicked.connect(self.chosen)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's
        item = self.currentItem()
        if event.key() in _TOGGLES and item is not None:
            self.chosen.emit(item)
        else:
            super().keyPressEvent(event)
