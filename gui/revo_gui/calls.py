"""Requests from the desktop: a thread asks, the answer comes back as a signal."""

import itertools
import queue
import threading
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import shiboken6
import zmq
from PySide6.QtCore import QObject, Qt, Signal

from revo_edge.client.client import Client
from revo_edge.errors import RevoError
from revo_edge.paths import Paths

T = TypeVar("T")
DEADLINE_S = 5.0


class _Asked(NamedTuple):
    owner: QObject
    done: Callable[[Any], None]
    failed: Callable[[RevoError], None]


class Calls(QObject):
    """Runs work with a Client in one thread of its own, in order, and answers in the Qt thread.

    Who asked stays in the Qt thread: the other one must never hold the last reference to a widget.
    """

    _answered = Signal(int, object)

    def __init__(self, paths: Paths, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._paths = paths
        self._asked: dict[int, _Asked] = {}
        self._numbers = itertools.count(1)
        self._jobs: queue.SimpleQueue[tuple[int, Callable[[Client], object]] | None]
        self._jobs = queue.SimpleQueue()
        self._context: zmq.Context[Any] = zmq.Context()
        self._answered.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
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

        Neither is called once `owner` is deleted. What `work` raises beside a RevoError is a bug
        and is raised again in the Qt thread. `work` holds no widget.
        """
        number = next(self._numbers)
        self._asked[number] = _Asked(owner, done, failed)
        self._jobs.put((number, work))

    def close(self) -> None:
        """End the thread; an answer that is still on its way is given up."""
        self._jobs.put(None)
        self._context.term()  # wakes the thread out of a wait for an answer
        self._thread.join()
        self._asked.clear()

    def _work(self) -> None:
        with Client(self._paths, deadline_s=DEADLINE_S, context=self._context) as client:
            while (job := self._jobs.get()) is not None:
                number, work = job
                try:
                    outcome: object = work(client)
                except zmq.ContextTerminated:
                    return
                except Exception as error:  # noqa: BLE001 - handed to the Qt thread, not swallowed
                    outcome = error
                self._answered.emit(number, outcome)

    def _deliver(self, number: int, outcome: object) -> None:
        asked = self._asked.pop(number, None)
        if asked is None or not shiboken6.isValid(asked.owner):
            return
        if isinstance(outcome, RevoError):
            asked.failed(outcome)
        elif isinstance(outcome, Exception):
            raise outcome
        else:
            asked.done(outcome)
