"""The Recall page: search memory as you type, read, correct, forget, store."""

from functools import partial

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from revo_edge.contract import events
from revo_edge.contract.recall import Item, StatsReply, Stored
from revo_edge.contract.requests import StreamEvent
from revo_edge.contract.tasks import TaskSpec
from revo_edge.errors import RevoError
from revo_gui.link import Frame
from revo_gui.models.recall_query import Answer, Question, clean
from revo_gui.recall_search import RecallSearch
from revo_gui.views.labels import text_label
from revo_gui.views.page import Page, Parts
from revo_gui.views.recall_actions import declare
from revo_gui.views.recall_commands import RecallCommands
from revo_gui.views.recall_details import UNSAVED, RecallDetails
from revo_gui.views.recall_field import RecallField
from revo_gui.views.recall_filters import RecallFilters
from revo_gui.views.recall_note import NoteDialog
from revo_gui.views.recall_results import RecallResults

NARROW = 900
"""Under this the details take the whole page."""
FOLDED = 640
"""Under this the filters are folded away."""
INGEST = "recall.ingest"
_LEAST_PX = 340
_MARGIN_PX = 16
_DETAILS_PX = 470
_DETAILS_SHARE = 0.36
_LOW_PX = 420
"""Below this height the hits need the room of the filters."""
_NEWS_MS = 1_000
"""What others store shows up so much later, all at once."""


class RecallPage(Page):
    """A search field over the hits; one of them in full beside."""

    name = "recall"
    title = "Recall"
    icon = "recall"

    def __init__(self, parts: Parts, parent: QWidget | None = None) -> None:
        super().__init__(parts, parent)
        self.setMinimumWidth(_LEAST_PX)  # list and details beside each other must not hold it wide
        self._beside = False
        self._counting = False
        self._namespaces: tuple[str, ...] = ()
        self.commands = RecallCommands(parts, self)
        self.search = RecallSearch(parts.link, self)
        self.counts = text_label(tone="muted")
        self.store = QPushButton("Store a note", self)
        self.field = RecallField(parts.theme, self)
        self.fold = QPushButton("Filters", self)
        self.filters = RecallFilters(parts.theme, self)
        self.results = RecallResults(parts.theme, self)
        self.details = RecallDetails(parts, self.commands, self)
        self._news = QTimer(self, singleShot=True, interval=_NEWS_MS)
        self._lay_out()
        self._connect()
        declare(parts.actions, self)
        self._arrange()

    # what the window asks

    def take(self, frame: Frame) -> None:
        """Look again when something was stored, corrected or forgotten by anybody."""
        engine = frame.state.engines.get("recall")
        self.results.offer_ingest(engine is not None and INGEST in engine.kinds)
        if any(_is_store(line) for line in frame.lines) and not self._news.isActive():
            self._news.start()

    def set_online(self, online: bool) -> None:  # noqa: FBT001 - Page's
        """Switch off what needs the daemon; look again once it is back."""
        self.store.setEnabled(online)
        self.results.set_online(online)
        self.details.set_online(online)
        if online and self.isVisible():
            self.refresh()

    def focus_filter(self) -> None:
        """Put the cursor into the search field."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Look what memory holds by now; whoever comes here can type at once."""
        super().showEvent(event)
        self.refresh()
        if not self.isAncestorOf(QApplication.focusWidget() or self):
            self.field.setFocus()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Ask nothing while nobody looks."""
        super().hideEvent(event)
        self._news.stop()
        self.search.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Lay out anew for the width."""
        super().resizeEvent(event)
        self._arrange()

    # what the user does

    @property
    def item(self) -> Item | None:
        """The item that an action is for: the open one, else the current one."""
        return self.details.item if self.details.isVisibleTo(self) else self.results.list.item

    def refresh(self) -> None:
        """Ask everything that is shown anew."""
        if not self.parts.link.online:
            return
        self.search.want(self._question())
        self._load_stats()
        if self.details.isVisibleTo(self):
            self.details.refresh()

    def look_for(self, words: str) -> None:
        """Search for these words, as if they were typed."""
        self.close_details()
        self.field.setText(words)
        self.field.setFocus()

    def open(self, item: Item) -> None:
        """Show an item in full."""
        if self.details.correcting:
            if self.details.item != item:
                self.parts.say(UNSAVED, "info")
            return
        self.details.show_item(item)
        self.details.show()
        self._arrange()
        if not self.results.isVisibleTo(self):
            self.details.tabs.tabBar().setFocus()

    def open_current(self) -> None:
        """Show the current hit in full, else the first one."""
        if self.results.list.item is None:
            self.results.list.step(0)
        if (item := self.results.list.item) is not None:
            self.open(item)

    def open_place(self) -> None:
        """Open where the current hit is from, else the first one; while correcting, save."""
        if self.details.correcting:
            self.details.form.save.click()
            return
        if self.item is None:
            self.results.list.step(0)
        if (item := self.item) is not None:
            self.commands.open_place(item.source)

    def correct(self) -> None:
        """Correct the item."""
        if self._opened():
            self.details.correct()

    def forget(self) -> None:
        """Forget the item, once that is confirmed."""
        if self._opened():
            self.details.ask_to_forget()

    def pin(self) -> None:
        """Pin the item, or no longer."""
        if self.details.isVisibleTo(self):
            self.details.pin()
        elif (item := self.item) is not None:
            self.commands.pin(item, self.results.model.replace)

    def copy(self) -> None:
        """Copy the text of the item."""
        if (item := self.item) is not None:
            self.commands.copy_text(item)

    def copy_command(self) -> None:
        """Copy the search as a command."""
        self.commands.copy_search_command(self._question())

    def leave(self) -> None:
        """Close the details, else empty the search."""
        if self.details.isVisibleTo(self):
            self.close_details()
        else:
            self.field.clear()

    def close_details(self) -> None:
        """Go back to the list."""
        if self.details.correcting:
            self.parts.say(UNSAVED, "info")
            return
        self.details.forget()
        self.details.hide()
        self._arrange()
        self.results.list.setFocus()

    def clear(self) -> None:
        """Take search and filters off."""
        self.field.clear()
        self.filters.clear()

    def store_note(self) -> None:
        """Open the form of a note."""
        chosen = self.filters.choices.namespace
        dialog = NoteDialog(self.commands, self._namespaces, chosen, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.stored.connect(self._stored)
        dialog.open()

    def ingest(self) -> None:
        """Open the form that remembers a folder."""
        self.parts.new_task(TaskSpec(INGEST, {}))

    # answers

    def _take_answer(self, answer: Answer) -> None:
        self.results.show_answer(answer)

    def _stored(self, outcome: Stored) -> None:
        wanted = outcome.of or outcome.id
        self.commands.ask(lambda client: client.recall.get(wanted), self.open)
        self.search.refresh()
        self._load_stats()

    def _forgotten(self, item_id: str) -> None:
        self.details.form.forget()
        self.close_details()
        self.results.model.remove(item_id)
        self.search.refresh()
        self._load_stats()

    def _load_stats(self) -> None:
        """Count what there is; a count that takes long is not asked for twice."""
        if not self._counting:
            self._counting = True
            ask = self.parts.link.ask
            ask(self, lambda client: client.recall.stats(), self._show_stats, self._not_counted)

    def _not_counted(self, _error: RevoError) -> None:
        self._counting = False

    def _show_stats(self, stats: StatsReply) -> None:
        self._counting = False
        self._namespaces = tuple(info.name for info in stats.namespaces)
        self.filters.show_namespaces(stats.namespaces)
        many = "item" if stats.items == 1 else "items"
        self.counts.setText(f"{stats.items:,} {many}" if stats.items else "")

    # how

    def _question(self) -> Question:
        choices = self.filters.choices
        return Question(clean(self.field.text()), choices, self.filters.explain.isChecked())

    def _ask(self, *, typed: bool) -> None:
        question = self._question()
        count = question.choices.count
        self.fold.setText(f"Filters  {count}" if count else "Filters")
        if question != self.search.wanted:
            self.search.want(question, typed=typed)

    def _opened(self) -> bool:
        """Open what an action is for; False: there is nothing."""
        item = self.item
        if item is None:
            self.parts.say("Choose an item first", "info")
            return False
        if not self.details.isVisibleTo(self):
            self.open(item)
        return True

    def _step(self) -> None:
        item = self.results.list.item
        if item is not None and self.details.isVisibleTo(self):
            self.open(item)

    def _go_on(self) -> None:
        answer = self.results.answer
        if answer is not None and answer.cursor is not None:
            self.search.go_on(answer.cursor)

    def _menu(self, place: QPoint) -> None:
        if self.results.list.item is None:
            return
        menu = QMenu(self)
        menu.addAction("Show in full", self.open_current)
        for name in ("open", "copy", "correct", "pin", "forget"):
            menu.addAction(self.parts.actions[f"recall_{name}"])
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.results.list.viewport().mapToGlobal(place))

    def _connect(self) -> None:
        hits, details = self.results.list, self.details
        self.search.answered.connect(self._take_answer)
        self.search.continued.connect(self.results.append)
        self.search.failed.connect(self.results.show_error)
        self.field.textChanged.connect(lambda _: self._ask(typed=True))
        self.field.stepped.connect(hits.step)
        self.field.paged.connect(hits.page)
        self.field.entered.connect(self.open_current)
        self.filters.changed.connect(partial(self._ask, typed=True))
        self.fold.toggled.connect(lambda _: self._arrange())
        self.store.clicked.connect(self.store_note)
        hits.picked.connect(self.open_current)
        hits.stepped.connect(self._step)
        hits.near_end.connect(self._go_on)
        hits.customContextMenuRequested.connect(self._menu)
        self.results.cleared.connect(self.clear)
        self.results.noted.connect(self.store_note)
        self.results.ingested.connect(self.ingest)
        self.results.command.clicked.connect(self.copy_command)
        self.splitter.splitterMoved.connect(lambda _at, _index: self._arrange())
        details.closed.connect(self.close_details)
        details.changed.connect(self.results.model.replace)
        details.forgotten.connect(self._forgotten)
        details.related_picked.connect(self.open)
        self._news.timeout.connect(self._look_again)

    def _look_again(self) -> None:
        """Show what others have stored; hits that were searched for stay as they are."""
        self._load_stats()
        if not self.search.wanted.text:
            self.search.refresh()
        if self.details.isVisibleTo(self):
            self.details.refresh()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(text_label(self.title, scale="page"))
        top.addWidget(self.counts, 1)
        top.addWidget(self.store)
        asked = QHBoxLayout()
        asked.setSpacing(8)
        asked.addWidget(self.field, 1)
        asked.addWidget(self.fold)
        self.fold.setCheckable(True)
        self.fold.setAccessibleName("Show the filters")
        self._list = QWidget(self)
        column = QVBoxLayout(self._list)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addLayout(top)
        column.addLayout(asked)
        column.addWidget(self.filters)
        column.addWidget(self.results, 1)
        self.splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self.splitter.addWidget(self._list)
        self.splitter.addWidget(self.details)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(12)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 0)
        self.details.hide()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(_MARGIN_PX, _MARGIN_PX, _MARGIN_PX, _MARGIN_PX)
        outer.addWidget(self.splitter)

    def _arrange(self) -> None:
        narrow = self.width() < NARROW
        drawn = self.details.isVisibleTo(self)
        self._list.setVisible(not (narrow and drawn))
        self.details.head.set_narrow(narrow)
        beside = drawn and not narrow
        room = self.width() - 2 * _MARGIN_PX
        if beside and not self._beside:
            side = max(_DETAILS_PX, round(room * _DETAILS_SHARE))
            self.splitter.setSizes([room - side, side])
        self._beside = beside
        width = self.splitter.sizes()[0] if beside else room
        folded = width < FOLDED or self.height() < _LOW_PX
        self.fold.setVisible(folded)
        self.filters.setVisible(not folded or self.fold.isChecked())
        self.filters.arrange(width)


def _is_store(line: object) -> bool:
    return isinstance(line, StreamEvent) and line.event.k == events.CONTEXT_STORED
