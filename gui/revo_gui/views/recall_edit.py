"""Correcting an item: its text, title and tags, saved as a new version."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from revo_edge.contract.recall import Item, RecallUpdate
from revo_edge.errors import Conflict, RevoError
from revo_gui.models.recall_query import clean, read_tags, whole
from revo_gui.models.text import visible
from revo_gui.views.labels import plain_label
from revo_gui.views.recall_commands import RecallCommands

_TITLE_LIMIT = 1000
_LEAST_PX = 80


class CorrectForm(QWidget):
    """The fields of one item."""

    saved = Signal(object)
    """The Item as it is now."""
    left = Signal()
    """Nothing is to be saved."""
    overtaken = Signal()
    """Somebody else has changed the item meanwhile."""

    def __init__(self, commands: RecallCommands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._commands = commands
        self._item: Item | None = None
        self._shown: tuple[str, str, str] | None = None
        """What stood in the fields at first; None: all of it counts as changed."""
        self.title = QLineEdit(self)
        self.text = QPlainTextEdit(self)
        self.tags = QLineEdit(self)
        self.problem = plain_label(tone="error", scale="small", wrap=True)
        self.save = QPushButton("Save", self)
        self.cancel = QPushButton("Discard", self)
        self._dress()
        self._lay_out()

    @property
    def dirty(self) -> bool:
        """True when something would be lost."""
        return self._item is not None and self._fields() != self._shown

    def show_item(self, item: Item) -> None:
        """Begin with what holds now."""
        self._item = item
        self.title.setText(item.title)
        self.text.setPlainText(item.text)
        self.tags.setText(", ".join(item.tags))
        self._shown = self._fields()
        self._say("")
        self.text.setFocus()

    def rebase(self, item: Item) -> None:
        """Keep what was written; saving now replaces what somebody else has made of the item."""
        self._item, self._shown = item, None
        self._say(
            f"This item was corrected elsewhere: version {item.version} holds now, and nothing of "
            "yours is saved. Save puts yours over it, Discard shows it."
        )

    def forget(self) -> None:
        """Hold no item."""
        self._item = None

    def set_online(self, online: bool) -> None:  # noqa: FBT001 - one switch
        """Saving needs the daemon."""
        self.save.setEnabled(online)
        self.save.setToolTip("" if online else "The daemon is not reachable")

    def _dress(self) -> None:
        self.title.setMaxLength(_TITLE_LIMIT)
        self.title.setPlaceholderText("Title")
        self.title.setAccessibleName("Title")
        self.tags.setPlaceholderText("Tags, apart by commas")
        self.tags.setAccessibleName("Tags")
        self.text.setAccessibleName("Text of the item")
        self.text.setTabChangesFocus(True)
        self.text.setMinimumHeight(_LEAST_PX)
        self.save.setProperty("primary", "true")
        self.save.clicked.connect(self._save)
        self.cancel.clicked.connect(self.left)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self.save)
        buttons.addWidget(self.cancel)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.title)
        column.addWidget(self.text, 1)
        column.addWidget(self.tags)
        column.addWidget(self.problem)
        column.addLayout(buttons)

    def _fields(self) -> tuple[str, str, str]:
        return self.title.text(), self.text.toPlainText(), self.tags.text()

    def _change(self, item: Item) -> RecallUpdate:
        """Return what is other than at first."""
        title, text, tags = self._fields()
        old_title, old_text, old_tags = self._shown or (None, None, None)
        return RecallUpdate(
            id=item.id,
            title=None if title == old_title else clean(title),
            text=None if text == old_text else whole(text),
            tags=None if tags == old_tags else read_tags(tags),
            version=item.version,
        )

    def _save(self) -> None:
        item = self._item
        if item is None:
            return
        if not self.text.toPlainText().strip():
            self._say("An item needs a text. To get rid of it, forget it.")
        elif not self.dirty:
            self.left.emit()
        else:
            self.save.setEnabled(False)
            self._commands.correct(self._change(item), self._saved, self._failed)

    def _saved(self, item: Item) -> None:
        self.save.setEnabled(True)
        self.saved.emit(item)

    def _failed(self, error: RevoError) -> None:
        self.save.setEnabled(True)
        self._say(visible(error.msg))
        if isinstance(error, Conflict):
            self.overtaken.emit()

    def _say(self, text: str) -> None:
        self.problem.setText(text)
        self.problem.setVisible(bool(text))
