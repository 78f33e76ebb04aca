"""Storing a note: a small form over the window."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from revo_edge.contract.recall import DEFAULT_NAMESPACE, ItemKind, NewItem, Stored
from revo_edge.errors import RevoError
from revo_gui.models.recall_query import clean, read_tags, whole
from revo_gui.models.text import visible
from revo_gui.views.labels import plain_label
from revo_gui.views.recall_commands import RecallCommands

_SIZE = (520, 420)
_TITLE_LIMIT = 1000
_NAMESPACE_LIMIT = 200
_KINDS = (ItemKind.NOTE, ItemKind.DOCUMENT, ItemKind.CODE, ItemKind.CONVERSATION)


class NoteDialog(QDialog):
    """Text, title, namespace, tags and kind of a new item; Ctrl+Enter stores it."""

    stored = Signal(object)
    """The Stored that came of it."""

    def __init__(
        self, commands: RecallCommands, namespaces: Sequence[str], chosen: str, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Store a note")
        self.setMinimumSize(300, 320)
        room = parent.window().size()
        self.resize(min(_SIZE[0], room.width() - 24), min(_SIZE[1], room.height() - 24))
        self._commands = commands
        self.text = QPlainTextEdit(self)
        self.title = QLineEdit(self)
        self.namespace = QComboBox(self)
        self.kind = QComboBox(self)
        self.tags = QLineEdit(self)
        self.problem = plain_label(tone="error", scale="small", wrap=True)
        self.save = QPushButton("Store", self)
        self._cancel = QPushButton("Cancel", self)
        self._dress(namespaces, chosen)
        self._lay_out()

    def _dress(self, namespaces: Sequence[str], chosen: str) -> None:
        self.text.setPlaceholderText("What is to be remembered")
        self.text.setAccessibleName("Text")
        self.text.setTabChangesFocus(True)
        self.title.setPlaceholderText("Optional")
        self.title.setMaxLength(_TITLE_LIMIT)
        self.title.setAccessibleName("Title")
        self.namespace.setEditable(True)
        self.namespace.setAccessibleName("Namespace")
        self.namespace.addItems(sorted({*namespaces, DEFAULT_NAMESPACE}))
        self.namespace.setCurrentText(chosen or DEFAULT_NAMESPACE)
        if (line := self.namespace.lineEdit()) is not None:
            line.setMaxLength(_NAMESPACE_LIMIT)
        self.kind.setAccessibleName("Kind")
        for kind in _KINDS:
            self.kind.addItem(kind.value, kind.value)
        self.tags.setPlaceholderText("Apart by commas")
        self.tags.setAccessibleName("Tags")
        self.save.setProperty("primary", "true")
        self.save.setToolTip("Store (Ctrl+Enter)")
        self.save.clicked.connect(self._store)
        self._cancel.clicked.connect(self.reject)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self, self._store)
        self.save.setAutoDefault(False)
        self._cancel.setAutoDefault(False)
        self.problem.hide()

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        fields = (
            ("Title", self.title),
            ("Namespace", self.namespace),
            ("Tags", self.tags),
            ("Kind", self.kind),
        )
        for row, (name, field) in enumerate(fields):
            label = plain_label(name, tone="secondary")
            label.setBuddy(field)
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self._cancel)
        buttons.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 18)
        column.setSpacing(12)
        column.addWidget(plain_label("Store a note", scale="page"))
        column.addWidget(self.text, 1)
        column.addLayout(grid)
        column.addWidget(self.problem)
        column.addLayout(buttons)
        self.text.setFocus(Qt.FocusReason.OtherFocusReason)

    def _store(self) -> None:
        text = whole(self.text.toPlainText())
        namespace = clean(self.namespace.currentText())
        if not text.strip():
            self._say("There is nothing to remember yet: write a text.")
        elif not namespace:
            self._say("Name a namespace, for example default.")
        elif self.save.isEnabled():
            self.save.setEnabled(False)
            item = NewItem(
                text=text,
                namespace=namespace,
                kind=ItemKind(self.kind.currentData()),
                title=clean(self.title.text()),
                tags=read_tags(self.tags.text()),
            )
            self._commands.store(item, self._done, self._failed)

    def _done(self, outcome: Stored) -> None:
        self.stored.emit(outcome)
        self.accept()

    def _failed(self, error: RevoError) -> None:
        self.save.setEnabled(True)
        self._say(visible(error.msg))

    def _say(self, text: str) -> None:
        self.problem.setText(text)
        self.problem.show()
