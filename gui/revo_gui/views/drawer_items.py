"""The Items tab of the drawer: the outcomes of a map, however many."""

from PySide6.QtCore import QModelIndex
from PySide6.QtGui import QColor, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QHeaderView,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from revo_edge.contract.tasks import TaskInfo
from revo_gui.link import Link
from revo_gui.models.table import Index
from revo_gui.models.task_items import OK_ROLE, TEXT_ROLE, ItemColumn, ItemModel
from revo_gui.theme import Theme
from revo_gui.views.drawer_parts import fill, plain_table, plain_text
from revo_gui.views.labels import text_label

_ROW_PX = 30
_WIDTHS = ((ItemColumn.INDEX, 84), (ItemColumn.OUTCOME, 92), (ItemColumn.TIME, 68))
_TIME_FROM_PX = 360
_DETAIL_PX = 110


class ItemsTab(QWidget):
    """Shows the recorded items of a task, and one of them at length."""

    def __init__(self, link: Link, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._link = link
        self._task_id = ""
        self.model = ItemModel(link, "", self)
        self.view = plain_table(self.model, "Items of the task")
        self.view.setItemDelegateForColumn(ItemColumn.OUTCOME, _Outcome(theme, self.view))
        self.view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.view.verticalHeader().setDefaultSectionSize(_ROW_PX)
        self.detail = plain_text(self, "The chosen item at length")
        self.detail.setFixedHeight(_DETAIL_PX)
        self.status = text_label(tone="muted", scale="small", wrap=True)
        self.again = QPushButton("Try again", self)
        self.again.clicked.connect(self._fetch)
        column = fill(self, self.view, self.detail, self.status, self.again)
        column.setStretch(0, 1)
        self.detail.hide()
        self.again.hide()
        self._use(self.model)

    def show_info(self, info: TaskInfo | None) -> None:
        """Show the items of this task, as many as are recorded by now."""
        task_id = info.id if info else ""
        if task_id != self._task_id:
            self._task_id = task_id
            self._use(ItemModel(self._link, task_id, self))
        self.model.known = info.items if info else 0
        bar = self.view.verticalScrollBar()
        if self.isVisible() and bar.value() >= bar.maximum():
            self._fetch()
        self._describe()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102, N802 - Qt's own
        super().resizeEvent(event)
        self.view.setColumnHidden(ItemColumn.TIME, self.width() < _TIME_FROM_PX)

    def _use(self, model: ItemModel) -> None:
        old, self.model = self.model, model
        self.view.setModel(model)
        if old is not model:
            old.deleteLater()
        header = self.view.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(ItemColumn.VALUE, QHeaderView.ResizeMode.Stretch)
        for column, width in _WIDTHS:
            self.view.setColumnWidth(column, width)
        model.failed.connect(self._complain)
        model.rowsInserted.connect(self._describe)
        self.view.selectionModel().currentRowChanged.connect(self._show_detail)
        self.detail.hide()

    def _fetch(self) -> None:
        self.again.hide()
        self.model.fetchMore(QModelIndex())

    def _show_detail(self, current: QModelIndex) -> None:
        text = current.data(TEXT_ROLE)
        self.detail.setVisible(current.isValid())
        self.detail.setPlainText(text if isinstance(text, str) else "")

    def _describe(self) -> None:
        read, known = self.model.rowCount(), self.model.known
        if read < known:
            self.status.setText(f"{read:,} of {known:,} items read; scroll down for more")
        else:
            self.status.setText(f"{known:,} items, in the order they ended")

    def _complain(self, text: str) -> None:
        self.status.setText(text)
        self.again.show()


class _Outcome(QStyledItemDelegate):
    """Colours the word of an outcome."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def initStyleOption(  # noqa: N802 - Qt's own
        self, option: QStyleOptionViewItem, index: Index
    ) -> None:
        super().initStyleOption(option, index)
        colour = self._theme.tokens.state("succeeded" if index.data(OK_ROLE) else "failed")
        for role in (QPalette.ColorRole.Text, QPalette.ColorRole.HighlightedText):
            option.palette.setColor(role, QColor(colour))
