"""A panel of the overview: a name, a count, and a list or what to do while it is empty."""

from PySide6.QtCore import QAbstractListModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QListView,
    QSizePolicy,
    QStackedLayout,
    QStyledItemDelegate,
    QVBoxLayout,
    QWidget,
)

from revo_gui.views.labels import ElidedLabel, plain_label

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class RowList(QListView):
    """A list whose rows are chosen by a click or by Enter."""

    chosen = Signal(QModelIndex)

    def __init__(self, model: QAbstractListModel, delegate: QStyledItemDelegate) -> None:
        super().__init__()
        delegate.setParent(self)
        self.setModel(model)
        self.setItemDelegate(delegate)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.clicked.connect(self.chosen)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Choose the current row by Enter."""
        if event.key() in _ENTER and self.currentIndex().isValid():
            self.chosen.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)


class Panel(QFrame):
    """A card with a list in it; while the list is empty, a sentence and perhaps a button."""

    def __init__(self, title: str, rows: RowList, button: QWidget | None = None) -> None:
        super().__init__()
        self.setProperty("card", "true")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        rows.setAccessibleName(title)
        self.rows = rows
        self._note = ElidedLabel(tone="muted", scale="small")
        self._note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._empty_text = plain_label(tone="muted", wrap=True)
        self._empty_text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._button = button
        head = QHBoxLayout()
        head.setContentsMargins(20, 0, 20, 0)
        head.setSpacing(12)
        head.addWidget(plain_label(title, scale="card"))
        head.addWidget(self._note, 1)
        self._stack = QStackedLayout()
        self._stack.addWidget(self._empty())
        self._stack.addWidget(rows)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 16, 0, 12)
        column.setSpacing(8)
        column.addLayout(head)
        inside = QVBoxLayout()  # a stack has no margins of its own
        inside.setContentsMargins(12, 0, 12, 0)
        inside.addLayout(self._stack)
        column.addLayout(inside, 1)

    def show_count(self, text: str) -> None:
        """Show this beside the name."""
        self._note.show_text(text)

    def show_empty(self, text: str, *, button: bool = False) -> None:
        """Show this sentence, with the button or without, in place of the list."""
        self._empty_text.setText(text)
        if self._button is not None:
            self._button.setVisible(button)
        self._stack.setCurrentIndex(0)

    def show_rows(self) -> None:
        """Show the list."""
        self._stack.setCurrentIndex(1)

    def _empty(self) -> QWidget:
        empty = QWidget()
        column = QVBoxLayout(empty)
        column.setContentsMargins(12, 12, 12, 24)
        column.setSpacing(12)
        column.addStretch(1)
        column.addWidget(self._empty_text)
        if self._button is not None:
            column.addWidget(self._button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        return empty
