"""The list of the Recall page with what is said around it: empty, lost, how fast, words only."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from revo_edge.errors import RevoError
from revo_gui.models.recall_list import HitModel
from revo_gui.models.recall_query import Answer, Question
from revo_gui.models.recall_words import words_only
from revo_gui.models.text import breakable, one_line
from revo_gui.theme import Theme
from revo_gui.views.controls import quiet_button
from revo_gui.views.labels import plain_label
from revo_gui.views.recall_list import HitList
from revo_gui.views.task_empty import Empty

_LEAST_PX = 120
_ERROR_CHARS = 300


class RecallResults(QWidget):
    """Shows answers; keeps the last one while the next is on its way or the daemon is lost."""

    cleared = Signal()
    """Search and filters shall be taken off."""
    noted = Signal()
    """A note shall be stored."""
    ingested = Signal()
    """A folder shall be remembered."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = HitModel(self)
        self.list = HitList(self.model, theme, "Hits", self)
        self.empty = Empty(theme, self)
        self.summary = plain_label(tone="muted", scale="small")
        self.notice = plain_label(tone="muted", scale="small", wrap=True)
        self.command = quiet_button(theme, "terminal", "Copy the search as a command", self)
        self.answer: Answer | None = None
        self._can_ingest = False
        self._error: RevoError | None = None
        self._online = True
        self._lay_out()
        self.empty.say("recall", "Looking", "")

    def show_answer(self, answer: Answer) -> None:
        """Show the hits; what was current stays so where it is still there."""
        before = self.list.item
        same = self.answer is not None and self.answer.question == answer.question
        at = self.list.verticalScrollBar().value() if same else 0
        self.answer, self._error = answer, None
        self.list.explain(answer.question.explain and bool(answer.question.text))
        self.model.show_hits(answer.hits)
        if before is not None:
            self.list.choose(before.id)
        self.list.verticalScrollBar().setValue(at)
        self._say()

    def append(self, answer: Answer) -> None:
        """Show the next page below."""
        self.answer = answer
        self.model.append(answer.hits)

    def show_error(self, error: RevoError) -> None:
        """Say what went wrong; the last hits stay."""
        self._error = error
        self._say()

    def set_online(self, online: bool) -> None:  # noqa: FBT001 - one switch
        """Say that what is shown may be old."""
        self._online = online
        self._say()

    def offer_ingest(self, offered: bool) -> None:  # noqa: FBT001 - one switch
        """Tell whether the daemon knows how to remember a folder."""
        if offered != self._can_ingest:
            self._can_ingest = offered
            self._say()

    def _say(self) -> None:
        hits = self.model.rowCount() > 0
        self._stack.setCurrentWidget(self._card if hits else self.empty)
        self.summary.setText(self.answer.summary if self.answer and hits else "")
        self.command.setVisible(hits)
        said, tone = self._notice()
        self.notice.setText(breakable(said))
        self.notice.setVisible(bool(said) and hits)
        if self.notice.property("tone") != tone:
            self.notice.setProperty("tone", tone)
            self.notice.style().unpolish(self.notice)
            self.notice.style().polish(self.notice)
        if not hits:
            self._fill()

    def _notice(self) -> tuple[str, str]:
        if not self._online:
            return "The daemon is not reachable: these are the last results.", "warning"
        if self._error is not None:
            return one_line(self._error.msg, _ERROR_CHARS), "error"
        return words_only(self.answer.lexical_only if self.answer else ""), "muted"

    def _fill(self) -> None:
        """Say why there is nothing, and the one thing to do."""
        say, offer = self.empty.say, self.empty.offer
        question = self.answer.question if self.answer else Question()
        if not self._online:
            say("lost", "The daemon is not reachable", "What it remembers shows up once it is")
        elif self._error is not None:
            say("warning", "Memory cannot be asked", one_line(self._error.msg, _ERROR_CHARS))
        elif self.answer is None:
            say("recall", "Looking", "")
        elif question.text:
            hint = "Other words, or fewer filters, may find it"
            say("search", "Nothing fits", hint)
            offer("Clear search and filters", self.cleared.emit)
        elif question.choices.count:
            say("filter", "No item fits the filters", "")
            offer("Clear the filters", self.cleared.emit)
        else:
            self._welcome()

    def _welcome(self) -> None:
        text = "Notes, code, conversations and documents are found here in milliseconds"
        self.empty.say("recall", "Nothing is remembered yet", text)
        if self._can_ingest:
            self.empty.offer("Remember a folder", self.ingested.emit)
        else:
            self.empty.offer("Store a note", self.noted.emit)

    def _lay_out(self) -> None:
        self.setMinimumHeight(_LEAST_PX)
        self._card = QFrame(self)
        self._card.setProperty("card", "true")
        inside = QVBoxLayout(self._card)
        inside.setContentsMargins(1, 8, 1, 8)
        inside.addWidget(self.list)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._card)
        self._stack.addWidget(self.empty)
        self.empty.setFocusProxy(self.empty.button)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        self.summary.setMinimumWidth(1)
        foot.addWidget(self.summary, 1)
        foot.addWidget(self.command, 0, Qt.AlignmentFlag.AlignRight)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._stack, 1)
        column.addLayout(foot)
        column.addWidget(self.notice)
