"""The table of tasks: columns that make way, a choice that never jumps to another task."""

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from revo_gui.models.task_order import Column
from revo_gui.models.tasks import TaskModel
from revo_gui.theme import Theme
from revo_gui.views.task_cells import ROW_PX, TaskCells

NARROW = 600
_STEPS = (Qt.Key.Key_Up, Qt.Key.Key_Down)
_MEDIUM = 780
_WIDTHS = {
    Column.STATE: 120,
    Column.PROGRESS: 190,
    Column.QUEUE: 90,
    Column.CREATED: 90,
    Column.TIME: 90,
}
_NARROW_WIDTHS = {Column.STATE: 52, Column.PROGRESS: 130}
_SHOWN_FROM = {Column.QUEUE: _MEDIUM, Column.CREATED: NARROW, Column.TIME: NARROW}


class TaskTable(QTableView):
    """Shows a TaskModel. `chosen` is the task that keys act on."""

    stepped = Signal(str)
    """The user moved to this task by key."""
    picked = Signal(str)
    """The user clicked this task, or pressed Enter on it."""

    def __init__(self, model: TaskModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chosen = ""
        self._model = model
        self._cells = TaskCells(theme, self)
        self.setModel(model)
        self.setItemDelegate(self._cells)
        self.setAccessibleName("Tasks")
        self._set_up()
        self.clicked.connect(self._pick)
        self.activated.connect(self._pick)
        model.rowsRemoved.connect(self._settle)
        model.modelReset.connect(self._settle)
        theme.changed.connect(self.viewport().update)

    def choose(self, task_id: str) -> None:
        """Mark a task, if it is shown."""
        self.chosen = task_id
        row = self._model.row_of(task_id)
        if row is None:
            self.clearSelection()
            return
        self._select(row)
        self.scrollTo(self._model.index(row, 0))

    def tick(self) -> None:
        """Draw what grows older by itself."""
        for column in (Column.CREATED, Column.TIME):
            if not self.isColumnHidden(column):
                left, width = self.columnViewportPosition(column), self.columnWidth(column)
                self.viewport().update(QRect(left, 0, width, self.viewport().height()))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102, N802 - Qt's own
        super().resizeEvent(event)
        width = self.viewport().width()
        narrow = width < NARROW
        for column, least in _SHOWN_FROM.items():
            self.setColumnHidden(column, width < least)
        for column, wide in _WIDTHS.items():
            self.setColumnWidth(column, _NARROW_WIDTHS.get(column, wide) if narrow else wide)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102, N802 - Qt's own
        if not self.chosen and event.key() in _STEPS and self.currentIndex().isValid():
            self._select(self.currentIndex().row())  # the first step marks where the cursor is
        else:
            super().keyPressEvent(event)
        row = self.currentIndex().row()
        if not self.selectionModel().hasSelection() or self._model.info_at(row).id == self.chosen:
            return
        self.chosen = self._model.info_at(row).id
        self.stepped.emit(self.chosen)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102, N802 - Qt's own
        super().mousePressEvent(event)
        row = self.rowAt(event.position().toPoint().y())
        if row >= 0:
            self.chosen = self._model.info_at(row).id

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102, N802 - Qt's own
        super().mouseMoveEvent(event)
        self._hover(self.rowAt(event.position().toPoint().y()))

    def leaveEvent(self, event: QEvent) -> None:  # noqa: D102, N802 - Qt's own
        super().leaveEvent(event)
        self._hover(-1)

    def _set_up(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setProperty("card", "true")
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(ROW_PX)
        columns = self.horizontalHeader()
        columns.setMinimumSectionSize(24)
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        columns.setSectionResizeMode(Column.TASK, QHeaderView.ResizeMode.Stretch)
        columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        columns.setHighlightSections(False)
        columns.setSortIndicator(Column.CREATED, Qt.SortOrder.DescendingOrder)
        self.setSortingEnabled(True)

    def _pick(self, index: QModelIndex) -> None:
        self.chosen = self._model.info_at(index.row()).id
        self.picked.emit(self.chosen)

    def _settle(self) -> None:
        """Keep the mark on its task; when that left the table, no other one takes its place."""
        row = self._model.row_of(self.chosen) if self.chosen else None
        if row is None:
            self.chosen = ""
            self.clearSelection()
        elif row != self.currentIndex().row() or not self.selectionModel().hasSelection():
            self._select(row)

    def _select(self, row: int) -> None:
        flag = QItemSelectionModel.SelectionFlag
        self.setAutoScroll(False)  # what comes and goes must not move what somebody reads
        self.selectionModel().setCurrentIndex(
            self._model.index(row, 0), flag.ClearAndSelect | flag.Rows
        )
        self.setAutoScroll(True)

    def _hover(self, row: int) -> None:
        if row != self._cells.hovered:
            self._cells.hovered = row
            self.viewport().update()
