"""One item of memory in full: its text, what is known of it, what is like it, what it was before."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from revo_edge.contract.recall import Item, ItemKind
from revo_edge.errors import NotFound, RevoError
from revo_gui.models.recall_words import facts
from revo_gui.models.text import many_lines, tooltip
from revo_gui.views.controls import restyle
from revo_gui.views.drawer_parts import Question, plain_text
from revo_gui.views.labels import plain_label
from revo_gui.views.page import Parts
from revo_gui.views.recall_commands import RecallCommands
from revo_gui.views.recall_edit import CorrectForm
from revo_gui.views.recall_head import RecallHead
from revo_gui.views.recall_history import HistoryTab
from revo_gui.views.recall_related import RelatedTab

_TABS_PX = 240
_READING, _CORRECTING = 0, 1
UNSAVED = "Save or discard your correction first"


class RecallDetails(QFrame):
    """Shows one item; it keeps what it has when the daemon is lost."""

    closed = Signal()
    changed = Signal(object)
    """The Item as it is now."""
    forgotten = Signal(str)
    """Id of an item that is no more."""
    related_picked = Signal(object)
    """An Item that is like the one shown."""

    def __init__(
        self, parts: Parts, commands: RecallCommands, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("card", "true")
        self.setMinimumWidth(310)
        self._parts = parts
        self._commands = commands
        self.item: Item | None = None
        self.head = RecallHead(parts.theme, self)
        self.question = Question(self)
        self.text: QPlainTextEdit = plain_text(self, "Text of the item")
        self.form = CorrectForm(commands, self)
        self.facts = QScrollArea(self)
        self.related = RelatedTab(parts, self)
        self.history = HistoryTab(parts, self)
        self.tabs = QTabWidget(self)
        self._text_tab = QStackedWidget(self)
        self._lay_out()
        self._connect()

    @property
    def correcting(self) -> bool:
        """True while something that was written here is not saved."""
        return self._text_tab.currentIndex() == _CORRECTING and self.form.dirty

    def show_item(self, item: Item) -> None:
        """Show an item, or a newer version of the one that is shown."""
        other = self.item is None or self.item.id != item.id
        self.item = item
        if other:
            self.question.hide()
        self._read()
        self.head.show_item(item)
        if self.text.toPlainText() != (text := many_lines(item.text)):
            self.text.setPlainText(text)
        restyle(self.text, mono="true" if item.kind is ItemKind.CODE else "false")
        self.facts.setWidget(_form(item))
        self._load_tab()

    def forget(self) -> None:
        """Show nothing."""
        self.item = None
        self.form.forget()
        self._read()

    def refresh(self) -> None:
        """Look whether the item has changed or is gone."""
        item = self.item
        if item is not None:
            self._parts.link.ask(
                self,
                lambda client: client.recall.get(item.id),
                self._refreshed,
                lambda error: self._lost(item.id, error),
            )

    def set_online(self, online: bool) -> None:  # noqa: FBT001 - one switch
        """Switch off what needs the daemon."""
        self.head.set_online(online)
        self.form.set_online(online)

    def correct(self) -> None:
        """Let the text be changed."""
        if self.item is None:
            return
        self.tabs.setCurrentIndex(0)
        if self._text_tab.currentIndex() == _CORRECTING:
            self.form.text.setFocus()
        else:
            self._text_tab.setCurrentIndex(_CORRECTING)
            self.form.show_item(self.item)

    def pin(self) -> None:
        """Pin the item, or no longer."""
        if self.correcting:
            self._parts.say(UNSAVED, "info")
        elif self.item is not None:
            self._commands.pin(self.item, self._changed)

    def ask_to_forget(self) -> None:
        """Forget the item, once that is confirmed."""
        item = self.item
        if item is not None:
            self.question.ask(
                "Forget this item for good? All its versions go, also from the file on disk. "
                "There is no way back.",
                "Forget it",
                "Keep it",
                lambda: self._commands.forget(item, lambda: self.forgotten.emit(item.id)),
            )

    def _read(self) -> None:
        self._text_tab.setCurrentIndex(_READING)

    def _changed(self, item: Item) -> None:
        self.show_item(item)
        self.changed.emit(item)

    def _saved(self, item: Item) -> None:
        self._changed(item)
        self._parts.say(f"Corrected: version {item.version} holds now", "ok")
        self.text.setFocus()

    def _refreshed(self, item: Item) -> None:
        shown = self.item
        if shown is None or item.id != shown.id or item.version == shown.version:
            return
        if self.correcting:
            self.form.rebase(item)
            self.item = item
        else:
            self._changed(item)

    def _lost(self, item_id: str, error: RevoError) -> None:
        if self.item is not None and self.item.id == item_id and isinstance(error, NotFound):
            gone = "This item was forgotten: it is in memory no more."
            self.question.ask(gone, "Close", "Keep it open", lambda: self.forgotten.emit(item_id))

    def _load_tab(self) -> None:
        """Ask for what the tab shows, once somebody looks at it."""
        item = self.item
        if item is None:
            return
        if self.tabs.currentWidget() is self.history:
            self.history.load(item.id)
        elif self.tabs.currentWidget() is self.related:
            self.related.load(item.id)

    def _leave_form(self) -> None:
        self._read()
        if self.item is not None:
            self.show_item(self.item)
        self.text.setFocus()

    def _connect(self) -> None:
        head, commands = self.head, self._commands
        head.closed.connect(self.closed)
        head.open.clicked.connect(lambda: self._with_item(lambda i: commands.open_place(i.source)))
        head.copy.clicked.connect(lambda: self._with_item(commands.copy_text))
        head.command.clicked.connect(lambda: self._with_item(commands.copy_item_command))
        head.correct.clicked.connect(self.correct)
        head.pin.clicked.connect(self.pin)
        head.remove.clicked.connect(self.ask_to_forget)
        self.form.saved.connect(self._saved)
        self.form.left.connect(self._leave_form)
        self.form.overtaken.connect(self.refresh)
        self.related.picked.connect(self.related_picked)
        self.tabs.currentChanged.connect(self._load_tab)

    def _with_item(self, run: Callable[[Item], None]) -> None:
        if self.item is not None:
            run(self.item)

    def _lay_out(self) -> None:
        self._text_tab.addWidget(self.text)
        self._text_tab.addWidget(self.form)
        self.facts.setWidgetResizable(True)
        self.facts.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.facts.setAccessibleName("What is known of the item")
        for name, tab in (
            ("Text", self._text_tab),
            ("Details", self.facts),
            ("Related", self.related),
            ("History", self.history),
        ):
            self.tabs.addTab(tab, name)
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setExpanding(False)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.tabBar().setAccessibleName("Parts of the item")
        self.tabs.setMinimumHeight(_TABS_PX)
        self.content = QWidget()
        column = QVBoxLayout(self.content)
        column.setContentsMargins(16, 14, 16, 12)
        column.setSpacing(10)
        column.addWidget(self.head)
        column.addWidget(self.question)
        column.addWidget(self.tabs, 1)
        self.area = QScrollArea(self)  # for a window that is lower than all of this
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(self.content)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 1, 1, 1)
        outer.addWidget(self.area)


def _form(item: Item) -> QWidget:
    """Return what is known, name beside value."""
    holder = QWidget()
    form = QFormLayout(holder)
    form.setContentsMargins(0, 10, 8, 0)
    form.setHorizontalSpacing(16)
    form.setVerticalSpacing(6)
    form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
    for name, value in facts(item):
        form.addRow(plain_label(name, tone="muted"), _value(name, value))
    return holder


def _value(name: str, value: str) -> QLineEdit:
    """Return a value to select and copy: a label that wraps ids and paths would spoil them."""
    field = QLineEdit(value)
    field.setReadOnly(True)
    field.setProperty("plain", "true")
    field.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    field.setAccessibleName(name)
    field.setToolTip(tooltip(value))
    field.setCursorPosition(0)
    field.setMinimumWidth(1)
    return field
