"""Search as you type: the newest question is asked, and only its answer is told."""

from PySide6.QtCore import QObject, QTimer, Signal

from revo_edge.client.client import Client
from revo_edge.clock import utc_now
from revo_edge.contract.recall import Hit, RecallList
from revo_edge.errors import RevoError
from revo_gui.link import Link
from revo_gui.models.recall_query import Answer, Question
from revo_gui.models.recall_words import summary

TYPING_MS = 120
"""After the last key, so that not every letter is a question."""
AGAIN_MS = 2_000
"""After an error that may pass by itself."""
HITS = 50
PAGE = 100


class RecallSearch(QObject):
    """Asks memory off the Qt thread, one question at a time.

    While an answer is on its way newer questions replace one another, so that typing never queues
    up work; an answer to an older question is dropped.
    """

    answered = Signal(object)
    """An Answer to the newest question."""
    continued = Signal(object)
    """An Answer with the next page of items."""
    failed = Signal(object)
    """The RevoError that the newest question met."""

    def __init__(self, link: Link, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link = link
        self._wanted = Question()
        self._number = 0
        self._asking: int | None = None
        self._more = False
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self._ask)
        self._again = QTimer(self, singleShot=True, interval=AGAIN_MS)
        self._again.timeout.connect(self._ask)
        self.asked = 0
        """How many questions were really asked."""

    @property
    def busy(self) -> bool:
        """True while the newest question has no answer yet."""
        return self._typing.isActive() or self._asking is not None

    @property
    def wanted(self) -> Question:
        """The newest question."""
        return self._wanted

    def want(self, question: Question, *, typed: bool = False) -> None:
        """Ask this: at once, or when nothing more was `typed` for a moment."""
        self._wanted = question
        self._number += 1
        self._again.stop()
        if typed:
            self._typing.start()
        else:
            self._typing.stop()
            self._ask()

    def refresh(self) -> None:
        """Ask the newest question anew."""
        self.want(self._wanted)

    def stop(self) -> None:
        """Ask nothing more by itself."""
        self._typing.stop()
        self._again.stop()

    def go_on(self, cursor: int) -> None:
        """Ask for the items after those that are listed."""
        if self.busy or self._more:
            return
        self._more = True
        question = self._wanted
        self._link.ask(
            self, lambda client: _list(client, question, cursor), self._continue, self._no_more
        )

    def _ask(self) -> None:
        if self._asking is not None or not self._link.online:
            return
        question, self._asking = self._wanted, self._number
        self.asked += 1
        work = _search if question.text else _list
        self._link.ask(self, lambda client: work(client, question), self._take, self._fail)

    def _take(self, answer: Answer) -> None:
        if self._is_newest():
            self.answered.emit(answer)

    def _fail(self, error: RevoError) -> None:
        if self._is_newest():
            if error.retryable:
                self._again.start()
            self.failed.emit(error)

    def _is_newest(self) -> bool:
        """Tell whether what has just come is still wanted; else ask what is."""
        asked, self._asking = self._asking, None
        if asked == self._number and not self._typing.isActive():
            return True
        if not self._typing.isActive():
            self._ask()
        return False

    def _continue(self, answer: Answer) -> None:
        self._more = False
        if answer.question == self._wanted:
            self.continued.emit(answer)

    def _no_more(self, _error: RevoError) -> None:
        self._more = False


def _search(client: Client, question: Question) -> Answer:
    wanted = question.choices.filter(utc_now())
    reply = client.recall.search(question.text, k=HITS, filter=wanted, explain=question.explain)
    return Answer(question, reply.hits, summary(reply), reply.lexical_only)


def _list(client: Client, question: Question, cursor: int | None = None) -> Answer:
    wanted = question.choices.filter(utc_now())
    reply = client.recall.list(RecallList(filter=wanted, limit=PAGE, cursor=cursor))
    hits = tuple(Hit(item, 0.0) for item in reply.items)
    many = "item" if reply.total == 1 else "items"
    words = f"{reply.total:,} {many}, the newest first"
    return Answer(question, hits, words, total=reply.total, cursor=reply.cursor)
