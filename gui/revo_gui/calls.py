"""Requests from the desktop: a thread asks, the answer comes back as a signal."""

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import shiboken6
import zmq
from PySide6.QtCore import QObject, Qt, Signal

from revo_edge.client.client import Client
from revo_edge.errors import RevoError
from revo_edge.paths import Paths

T = TypeVar("T")
DEADLINE_S = 5.0
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Answer:
    owner: QObject
    deliver: Callable[[], None]


class Calls(QObject):
    """Runs work with a Client in one thread of its own, in order, and answers in the Qt thread."""

    _answered = Signal(object)

    def __init__(self, paths: Paths, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._paths = paths
        self._jobs: queue.SimpleQueue[Callable[[Client], _Answer] | None] = queue.SimpleQueue()
        self._context: zmq.Context[Any] = zmq.Context()
        self._answered.connect(_deliver, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._work, name="calls", daemon=True)
        self._thread.start()

    def run(
        self,
        owner: QObject,
        work: Callable[[Client], T],
        done: Callable[[T], None],
        failed: Callable[[RevoError], None],
    ) -> None:
        """Do `work` off the Qt thread; then call `done` with its value or `failed` with its error.

        Neither is called once `owner` is deleted.
        """
        self._jobs.put(partial(_outcome, owner, work, done, failed))

    def close(self) -> None:
        """End the thread; an answer that is still on its way is given up."""
        self._jobs.put(None)
        self._context.term()  # wakes the thread out of a wait for an answer
        self._thread.join()

    def _work(self) -> None:
        with Client(self._paths, deadline_s=DEADLINE_S, context=self._context) as client:
            while (job := self._jobs.get()) is not None:
                try:
                    answer = job(client)
                except zmq.ContextTerminated:
                    return
                self._answered.emit(answer)


def _outcome(
    owner: QObject,
    work: Callable[[Client], T],
    done: Callable[[T], None],
    failed: Callable[[RevoError], None],
    client: Client,
) -> _Answer:
    try:
        return _Answer(owner, partial(done, work(client)))
    except RevoError as error:
        return _Answer(owner, partial(failed, error))


def _deliver(answer: _Answer) -> None:
    if shiboken6.isValid(answer.owner):
        answer.deliver()
