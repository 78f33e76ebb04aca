"""The list of hits: keys, mouse, and a choice that stays with its item."""

from PySide6.QtCore import QEvent, QModelIndex, Qt, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from revo_edge.contract.recall import Item
from revo_gui.models.recall_list import HitModel
from revo_gui.theme import Theme
from revo_gui.views.recall_cells import HitCells

_NEAR_END_PX = 400


class HitList(QListView):
    """Shows a HitModel."""

    stepped = Signal()
    """Another item is current."""
    picked = Signal()
    """The current item was clicked, or Enter pressed on it."""
    near_end = Signal()
    """Not much is left to scroll."""

    def __init__(
        self, model: HitModel, theme: Theme, name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._hits = model
        self._telling = True
        self.cells = HitCells(theme, self)
        self.setModel(model)
        self.setItemDelegate(self.cells)
        self.setAccessibleName(name)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.clicked.connect(self.picked)
        self.activated.connect(self.picked)
        self.selectionModel().currentChanged.connect(self._tell)
        self.verticalScrollBar().valueChanged.connect(self._see)
        for changed in (model.modelAboutToBeReset, model.dataChanged, model.rowsRemoved):
            changed.connect(self.cells.forget)
        theme.changed.connect(self.viewport().update)

    @property
    def item(self) -> Item | None:
        """The current item."""
        row = self.currentIndex().row()
        return self._hits.row(row).item if 0 <= row < self._hits.rowCount() else None

    def choose(self, item_id: str) -> None:
        """Make an item current without telling anybody; none, if it is not in the list."""
        self._telling = False
        self._go(self._hits.row_of(item_id))
        self._telling = True

    def step(self, rows: int) -> None:
        """Go down so many rows, or up; from nowhere to the first."""
        count = self._hits.rowCount()
        at = self.currentIndex().row()
        if count:
            self._go(0 if at < 0 else max(0, min(count - 1, at + rows)))

    def page(self, pages: int) -> None:
        """Go down as many rows as can be seen, or up."""
        high = max(1, self.visualRect(self._hits.index(0)).height())
        self.step(pages * max(1, self.viewport().height() // high - 1))

    def explain(self, explained: bool) -> None:  # noqa: FBT001 - one switch
        """Give each row room for what its score is made of."""
        if explained != self.cells.explained:
            self.cells.explained = explained
            self.scheduleDelayedItemsLayout()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Keep the current row in sight: rows are higher in a narrow list."""
        super().resizeEvent(event)
        if self.currentIndex().isValid():
            self.doItemsLayout()
            self.scrollTo(self.currentIndex())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Show which row is under the mouse."""
        super().mouseMoveEvent(event)
        self._hover(self.indexAt(event.position().toPoint()).row())

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Show no row under the mouse."""
        super().leaveEvent(event)
        self._hover(-1)

    def _go(self, row: int) -> None:
        index = self._hits.index(row) if row >= 0 else QModelIndex()
        self.setCurrentIndex(index)
        if index.isValid():
            self.scrollTo(index)
        else:
            self.clearSelection()

    def _tell(self, current: QModelIndex) -> None:
        if self._telling and current.isValid():
            self.stepped.emit()

    def _hover(self, row: int) -> None:
        if row != self.cells.hovered:
            self.cells.hovered = row
            self.viewport().update()

    def _see(self, value: int) -> None:
        if self.verticalScrollBar().maximum() - value < _NEAR_END_PX:
            self.near_end.emit()
