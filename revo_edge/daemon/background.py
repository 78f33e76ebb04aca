"""Threads for what may wait: the loop hands work over and gets callbacks back.

A callback runs on the loop's own thread: it is put into the Inbox, which wakes the poller.
"""

import contextlib
import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import zmq

from revo_edge.errors import QueueFull, RevoError, Unavailable
from revo_edge.store.journal import Journal
from revo_edge.store.writes import Writes

T = TypeVar("T")

Callback = Callable[[], None]
Committed = Callable[[RevoError | None], None]
"""Called with None once the list is on disk, or with why it is not."""

JOBS_LIMIT = 256
"""Jobs that may wait for one thread."""
BATCH_LIMIT = 512
"""Lists in one transaction: what 100 clients have in flight, several times over."""
PENDING_LIMIT = 4_096
"""Lists that may wait for the disk before the daemon takes no new submissions."""
RETRY_WRITE_S = 1.0
"""After so long what the disk did not take is written again."""
_SAMPLES = 4_096

log = logging.getLogger(__name__)


class Inbox:
    """Callbacks for the loop. Poll `socket`; when it is readable, call what `ready` yields."""

    def __init__(self, context: "zmq.Context[zmq.Socket[bytes]]") -> None:
        self._context = context
        self._address = f"inproc://inbox-{id(self):x}"
        self._callbacks: deque[Callback] = deque()
        self.socket = context.socket(zmq.PULL)
        self.socket.bind(self._address)

    def ready(self) -> Iterator[Callback]:
        """Yield the callbacks that are there now, oldest first."""
        # the wakes go first: one that comes later belongs to a callback that may be missed here
        while self.socket.poll(0):
            self.socket.recv()
        for _ in range(len(self._callbacks)):
            yield self._callbacks.popleft()

    def sender(self) -> "Sender":
        """Return a Sender for the calling thread."""
        socket = self._context.socket(zmq.PUSH)
        socket.linger = 0
        socket.connect(self._address)
        return Sender(self._callbacks, socket)

    def close(self) -> None:
        """Close; the threads that send must have ended."""
        self.socket.close(linger=0)


class Sender:
    """One thread's way into the Inbox."""

    def __init__(self, callbacks: deque[Callback], socket: "zmq.Socket[bytes]") -> None:
        self._callbacks = callbacks
        self._socket = socket

    def post(self, callbacks: Sequence[Callback]) -> None:
        """Hand over callbacks in order, with one wake."""
        self._callbacks.extend(callbacks)
        with contextlib.suppress(zmq.Again):  # a thousand wakes wait already: one is enough
            self._socket.send(b"", zmq.NOBLOCK)

    def close(self) -> None:
        """Close the socket of this thread."""
        self._socket.close()


class Background:
    """One named thread that runs jobs in order: the reader, the starter."""

    def __init__(self, name: str, inbox: Inbox, *, limit: int = JOBS_LIMIT) -> None:
        self._name = name
        self._inbox = inbox
        self._limit = limit
        self._jobs: queue.SimpleQueue[Callable[[], Callback] | None] = queue.SimpleQueue()
        self._stopping = False
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def run(
        self, job: Callable[[], T], done: Callable[[T | BaseException], None], *, own: bool = False
    ) -> None:
        """Run the job; then the loop calls `done` with its value, or with what it raised.

        Raises QueueFull when `limit` jobs wait (not for the daemon's `own` jobs, which are few and
        have nobody who could ask again), Unavailable once stopping.
        """
        if self._stopping:
            raise Unavailable("The daemon is stopping. Start it again with `revo up`.")
        if self._jobs.qsize() >= self._limit and not own:
            raise QueueFull(
                f"{self._limit} requests wait for the {self._name} already. Try again in a second.",
                after_ms=1_000,
            )
        self._jobs.put(partial(_outcome, job, done))

    def stop(self, timeout_s: float) -> bool:
        """Finish what was accepted; tell whether the thread ended in time."""
        self._stopping = True
        self._jobs.put(None)
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _work(self) -> None:
        sender = self._inbox.sender()
        while (job := self._jobs.get()) is not None:
            sender.post([job()])
        sender.close()


def _outcome(job: Callable[[], T], done: Callable[[T | BaseException], None]) -> Callback:
    try:
        return partial(done, job())
    except BaseException as error:  # noqa: BLE001 - not swallowed: the loop is handed the error
        return partial(done, error)


@dataclass(frozen=True, slots=True)
class CommitSample:
    """One transaction: how long it took and how many lists it held."""

    duration_s: float
    lists: int


@dataclass(frozen=True, slots=True)
class _Entry:
    writes: Writes
    done: Committed
    refusable: bool


class StoreThread:
    """The one writer of the journal: commits what queued up while the last commit ran.

    A decision that was taken must be written, and in its order: when the disk does not take it,
    it is held and tried again, and so is every one behind it.
    """

    def __init__(self, journal: Journal, inbox: Inbox, *, retry_s: float = RETRY_WRITE_S) -> None:
        self._journal = journal
        self._inbox = inbox
        self._retry_s = retry_s
        self._queue: queue.SimpleQueue[_Entry | None] = queue.SimpleQueue()
        self._held: list[_Entry] = []
        self._samples: deque[CommitSample] = deque(maxlen=_SAMPLES)
        self.commits = 0
        self.degraded = ""
        """Why the disk did not take the last write, in words; empty when it did."""
        self._thread = threading.Thread(target=self._work, name="store", daemon=True)
        self._thread.start()

    @property
    def pending(self) -> int:
        """How many lists wait for their commit to begin."""
        return self._queue.qsize() + len(self._held)

    @property
    def full(self) -> bool:
        """True when the loop should answer QUEUE_FULL to whoever wants more written."""
        return self.pending >= PENDING_LIMIT

    def write(self, writes: Writes, done: Committed, *, refusable: bool = False) -> None:
        """Commit the list; then the loop calls `done`, in the order of the writes.

        A `refusable` list that the disk does not take fails at once. Any other is held until the
        disk takes it; an error then says that the list cannot be written at all, which is a bug.
        """
        self._queue.put(_Entry(writes, done, refusable))

    def take_samples(self) -> list[CommitSample]:
        """Return the commits measured since the last call."""
        return [self._samples.popleft() for _ in range(len(self._samples))]

    def stop(self, timeout_s: float) -> bool:
        """Commit what was accepted; tell whether the thread ended in time.

        The journal stays open.
        """
        self._queue.put(None)
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _work(self) -> None:
        sender = self._inbox.sender()
        going_on, retry_at = True, 0.0
        while going_on:
            batch, going_on = self._next_batch()
            if self._held and going_on and time.monotonic() < retry_at:
                sender.post(self._hold(batch, Unavailable(self.degraded)))
                continue
            entries, self._held = [*self._held, *batch], []
            if entries:
                sender.post(self._commit(entries))
            retry_at = time.monotonic() + self._retry_s
        if self._held:
            log.error("%d decisions were not written: %s", len(self._held), self.degraded)
        sender.close()

    def _next_batch(self) -> tuple[list[_Entry], bool]:
        """Wait for a list and take all that queued with it; False once asked to stop."""
        batch: list[_Entry] = []
        while len(batch) < BATCH_LIMIT and (not batch or not self._queue.empty()):
            try:
                entry = self._queue.get(timeout=self._retry_s if self._held else None)
            except queue.Empty:
                break
            if entry is None:
                return batch, False
            batch.append(entry)
        return batch, True

    def _commit(self, entries: list[_Entry]) -> list[Callback]:
        error = self._apply([entry.writes for entry in entries])
        if error is None:
            return [partial(entry.done, None) for entry in entries]
        # one bad list must not fail its neighbours: each gets a transaction of its own
        called: list[Callback] = []
        for index, entry in enumerate(entries):
            error = self._apply([entry.writes])
            if isinstance(error, Unavailable) and not entry.refusable:
                return called + self._hold(entries[index:], error)
            called.append(partial(entry.done, error))
        return called

    def _hold(self, entries: list[_Entry], why: Unavailable) -> list[Callback]:
        """Keep these for later; return the callbacks of those that can be refused instead."""
        self._held += [entry for entry in entries if not entry.refusable]
        return [partial(entry.done, why) for entry in entries if entry.refusable]

    def _apply(self, lists: list[Writes]) -> RevoError | None:
        began = time.perf_counter()
        try:
            self._journal.apply(lists)
        except RevoError as error:
            self._note_failure(error)
            return error
        self._samples.append(CommitSample(time.perf_counter() - began, len(lists)))
        self.commits += 1
        self.degraded = ""
        return None

    def _note_failure(self, error: RevoError) -> None:
        if isinstance(error, Unavailable):
            if not self.degraded:
                log.error("%s", error.msg)
            self.degraded = error.msg
