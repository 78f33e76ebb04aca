"""What the drawer and its tabs are made of: tables and texts that are only read, and a question."""

from collections.abc import Callable

from PySide6.QtCore import QAbstractTableModel, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from revo_gui.views.labels import text_label


class Question(QFrame):
    """Asks before something that cannot be undone, in place; the safe answer has the focus."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", "true")
        self._run: Callable[[], None] = self.hide
        self._text = text_label(wrap=True)
        self.no = QPushButton(self)
        self.yes = QPushButton(self)
        self.yes.clicked.connect(self._answer)
        self.no.clicked.connect(self.hide)
        buttons = QHBoxLayout()
        buttons.addWidget(self.no)
        buttons.addWidget(self.yes)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.addWidget(self._text)
        column.addLayout(buttons)
        self.yes.setProperty("danger", "true")
        self.hide()

    def ask(self, text: str, yes: str, no: str, run: Callable[[], None]) -> None:
        """Ask; `run` happens if the answer is yes."""
        self._run = run
        self._text.setText(text)
        self.yes.setText(yes)
        self.no.setText(no)
        self.show()
        self.no.setFocus()

    def _answer(self) -> None:
        self.hide()
        self._run()


def plain_table(model: QAbstractTableModel, name: str) -> QTableView:
    """Return a table that is only read."""
    view = QTableView()
    view.setModel(model)
    view.setAccessibleName(name)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    view.setTabKeyNavigation(False)
    view.setShowGrid(False)
    view.setWordWrap(False)
    view.verticalHeader().hide()
    header = view.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setHighlightSections(False)
    return view


def plain_text(parent: QWidget, name: str) -> QPlainTextEdit:
    """Return a field of text that is only read, in the font of logs."""
    view = QPlainTextEdit(parent)
    view.setReadOnly(True)
    view.setAccessibleName(name)
    view.setProperty("mono", "true")
    view.setTabChangesFocus(True)
    view.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse
        | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    return view


def fill(holder: QWidget, *parts: QWidget) -> QVBoxLayout:
    """Put the parts below each other, without a margin at the sides."""
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 8, 0, 0)
    column.setSpacing(8)
    for part in parts:
        column.addWidget(part)
    return column
