"""The upper part of an item's details: what it is called, where it is from, what can be done."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from revo_edge.clock import utc_now
from revo_edge.contract.recall import Item
from revo_gui.icons import icon
from revo_gui.models.recall_words import age, moment_of, place, title_of
from revo_gui.models.text import one_line
from revo_gui.theme import Theme
from revo_gui.views.controls import quiet_button
from revo_gui.views.labels import ElidedLabel
from revo_gui.views.recall_commands import can_open, open_words


class RecallHead(QWidget):
    """Shows an Item in short."""

    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._item: Item | None = None
        # the order in which they are made is the order of the Tab key
        self.back = quiet_button(theme, "left", "Back to the list", self)
        self.copy = quiet_button(theme, "copy", "Copy the text", self)
        self.command = quiet_button(theme, "terminal", "Copy as a command", self)
        self.close_button = quiet_button(theme, "close", "Close", self, tip="Close (Esc)")
        self.title = ElidedLabel(scale="card")
        self.place = ElidedLabel(tone="secondary")
        self.place.elide = Qt.TextElideMode.ElideMiddle  # the file's name stands at the end
        self.about = ElidedLabel(tone="muted")
        self.open = QPushButton(" Open", self)
        self.correct = QPushButton(" Correct", self)
        self.pin = quiet_button(theme, "pin", "Pin", self)
        self.remove = quiet_button(theme, "remove", "Forget", self, tip="Forget (Delete)")
        for framed in (self.open, self.correct):  # the text begins with room for the icon
            framed.setAccessibleName(framed.text().strip())
        self._lay_out()
        for button in (self.back, self.close_button):
            button.clicked.connect(self.closed)
        theme.changed.connect(self._colour)
        self._colour()

    def set_narrow(self, narrow: bool) -> None:  # noqa: FBT001 - one switch
        """Offer a way back where the list is out of sight."""
        self.back.setVisible(narrow)
        self.close_button.setVisible(not narrow)

    def set_online(self, online: bool) -> None:  # noqa: FBT001 - one switch
        """Switch off what needs the daemon."""
        for button in (self.correct, self.pin, self.remove):
            button.setEnabled(online)

    def show_item(self, item: Item) -> None:
        """Show this version."""
        self._item = item
        self.title.show_text(title_of(item))
        where = place(item.source)
        self.place.show_text(where)
        self.place.setVisible(bool(where))
        words = [item.kind.value, one_line(item.namespace), age(moment_of(item), utc_now())]
        words += [f"version {item.version}"] if item.version > 1 else []
        words += ["pinned"] if item.pinned else []
        self.about.show_text("  ·  ".join(words))
        self.open.setVisible(can_open(item.source))
        self.open.setToolTip(open_words(item.source))
        pin = "Unpin" if item.pinned else "Pin"
        self.pin.setAccessibleName(pin)
        kept = "Kept beyond all limits and ranked higher"
        self.pin.setToolTip("Pinned; click to unpin" if item.pinned else f"Pin: {kept.lower()}")

    def _lay_out(self) -> None:
        names = QVBoxLayout()
        names.setSpacing(2)
        for label in (self.title, self.place, self.about):
            names.addWidget(label)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.back, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(names, 1)
        side = QHBoxLayout()
        side.setSpacing(2)
        for button in (self.copy, self.command, self.close_button):
            side.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(side)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.open)
        row.addWidget(self.correct)
        row.addStretch(1)
        for button in (self.pin, self.remove):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(top)
        column.addLayout(row)

    def _colour(self) -> None:
        tokens = self._theme.tokens
        self.open.setIcon(icon("open", tokens.secondary))
        self.correct.setIcon(icon("edit", tokens.secondary))
