"""The worker's end of the pool socket.

The main thread serves the socket itself whenever it is between two items, so that a short task
costs no change of threads. While an engine runs for longer, the I/O thread serves it (cancel,
results of children, notes whose time has come). Nothing here has a high-water mark, so that no
send blocks: the daemon's credit and a driver's window bound what is under way.
"""

import contextlib
import itertools
import os
import queue
import select
import threading
import time
from collections import deque
from types import TracebackType

import zmq

from revo_edge.contract import codec
from revo_edge.contract.tasks import ItemResult
from revo_edge.contract.workers import (
    Attempt,
    CallReply,
    CancelAttempt,
    ChildResults,
    Exit,
    FromWorker,
    LogNote,
    Outcomes,
    ProgressNote,
    ToWorker,
)
from revo_edge.pool.notes import Paced

LINGER_MS = 1000
"""How long a worker that exits may still push out what it has to say."""
SHORT_MS = 5
"""An item that ends sooner never meets the I/O thread."""
FLUSH_S = 0.002
"""Outcomes of shorter items go out together after so long."""
CALLS_FLUSH_S = 0.025
"""The same for calls of user functions, which cannot take this process with them.

Each message costs a commit and a wake; so long, most chunks have a single one.
"""
FLUSH_BYTES = 1024 * 1024

_POLLIN = int(zmq.POLLIN)
_NOT_BLOCKING = int(zmq.DONTWAIT)
_EVENTS = int(zmq.EVENTS)


class Running:
    """An attempt that this worker has; the I/O thread tells it what comes in."""

    def __init__(self, attempt: Attempt) -> None:
        self.attempt = attempt
        self.cancelled = False
        self.replies: queue.SimpleQueue[ChildResults | CallReply | None] = queue.SimpleQueue()


class Gathered:
    """Outcomes of one attempt that are to be sent together."""

    def __init__(self, attempt_id: str, *, is_chunk: bool = False) -> None:
        self.is_chunk = is_chunk
        self.flush_s = FLUSH_S
        self._attempt_id = attempt_id
        self._results: list[ItemResult] = []
        self._size_bytes = 0
        self._taken_at = time.monotonic()

    def add(self, result: ItemResult) -> None:
        """Take an outcome."""
        self._results.append(result)
        self._size_bytes += result.size_bytes

    def is_due(self, now: float) -> bool:
        """Tell whether there is much, or something has waited. Only a chunk has any to send."""
        is_old = now - self._taken_at >= self.flush_s
        return self.is_chunk and bool(self._results) and (is_old or self._size_bytes >= FLUSH_BYTES)

    def take(self, *, done: bool) -> Outcomes:
        """Return what has gathered."""
        outcomes = Outcomes(self._attempt_id, tuple(self._results), done)
        self._results.clear()
        self._size_bytes = 0
        self._taken_at = time.monotonic()
        return outcomes


class Link:
    """A DEALER with the worker's id as identity. `cancel_fd` becomes readable on any cancel."""

    def __init__(self, address: str, worker_id: str) -> None:
        self.cancel_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._inbox: deque[Running | None] = deque()
        self._taken = 0
        self._is_idle = False  # then only the main thread touches the socket
        self._is_parked = False
        self._sleeps = False  # the I/O thread, until something comes
        self._held: dict[str, Running] = {}
        self._gathered = Gathered("")
        self._notes: Paced[ProgressNote | LogNote] = Paced()
        self._lock = threading.Lock()
        self._wake_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._closing = False
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.DEALER)
        self._socket.identity = worker_id.encode("ascii")
        self._socket.linger = LINGER_MS
        self._socket.sndhwm = self._socket.rcvhwm = 0
        self._socket.connect(address)
        self._poller = select.poll()
        self._poller.register(self._socket.FD, select.POLLIN)
        self._thread = threading.Thread(target=self._serve, name="io", daemon=True)

    def __enter__(self) -> "Link":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closing = True
        os.eventfd_write(self._wake_fd, 1)
        self._thread.join()
        self._socket.close()
        self._context.term()
        os.close(self._wake_fd)
        os.close(self.cancel_fd)

    def send(self, message: FromWorker) -> None:
        """Send a message, and take in what has come."""
        with self._lock:
            self._send(message)
            self._receive()

    def note(self, key: str, note: ProgressNote | LogNote, interval_s: float) -> None:
        """Send a note now or later, at most one per key and interval; a newer one replaces it."""
        with self._lock:
            now = time.monotonic()
            first_to_wait = self._notes.wait_s(now) is None
            if self._notes.offer(key, note, interval_s, now):
                self._send(note)
                self._receive()
            elif first_to_wait:
                os.eventfd_write(self._wake_fd, 1)

    def gather(self, attempt_id: str, items: int) -> None:
        """Begin with the outcomes of an attempt."""
        with self._lock:
            self._gathered = Gathered(attempt_id, is_chunk=items > 1)
            is_needed = self._sleeps and self._gathered.is_chunk
        if is_needed:
            os.eventfd_write(self._wake_fd, 1)

    def begin_calls(self) -> None:
        """Begin with the items that are calls: no death of theirs can lose what has gathered."""
        with self._lock:
            self._gathered.flush_s = CALLS_FLUSH_S

    def begin_item(self) -> None:
        """Send what has gathered, if it is due; the rest goes out while the item runs."""
        with self._lock:
            self._send_gathered()

    def add_outcome(self, result: ItemResult) -> None:
        """Take an outcome; those of short items travel together."""
        with self._lock:
            self._gathered.add(result)

    def send_outcomes(self) -> None:
        """Send what is left and that the attempt is done, after the notes that still wait."""
        with self._lock:
            for note in self._notes.flush():
                self._send(note)
            self._send(self._gathered.take(done=True))
            self._gathered = Gathered("")
            self._receive()

    def take(self, timeout_s: float | None) -> Running | None:
        """Wait for the next attempt; None means Exit. Raises TimeoutError."""
        while not self._look():
            if not self._poller.poll(None if timeout_s is None else timeout_s * 1000):
                raise TimeoutError
        return self._inbox.popleft()

    def _look(self) -> bool:
        """Receive; tell whether there is work. If not, the socket is the main thread's alone."""
        with self._lock:
            self._receive()
            self._is_idle = not self._inbox
            self._taken += not self._is_idle
            is_needed = self._is_parked and not self._is_idle
        if is_needed:
            os.eventfd_write(self._wake_fd, 1)
        return not self._is_idle

    def drop(self, running: Running) -> None:
        """Forget an attempt that has ended."""
        with self._lock:
            self._held.pop(running.attempt.id, None)

    def _serve(self) -> None:
        """Be the I/O thread: sleep while there is no work, doze while items are short."""
        everything = select.poll()
        everything.register(self._socket.FD, select.POLLIN)
        everything.register(self._wake_fd, select.POLLIN)
        wake_only = select.poll()
        wake_only.register(self._wake_fd, select.POLLIN)
        seen = 0
        while not self._closing:
            with self._lock:
                self._is_parked = self._is_idle
                taken = self._taken
                wait_ms = None if self._is_idle else self._attend()
                self._sleeps = taken == seen and wait_ms is None
            if self._is_parked:
                wake_only.poll()
            elif taken != seen:
                wake_only.poll(SHORT_MS)
            else:
                everything.poll(wait_ms)
            seen = taken
            with contextlib.suppress(BlockingIOError):
                os.eventfd_read(self._wake_fd)

    def _attend(self) -> float | None:
        """Send due notes and receive; return the milliseconds until a note is due."""
        now = time.monotonic()
        for note in self._notes.due(now):
            self._send(note)
        self._send_gathered()
        self._receive()
        wait_s = self._notes.wait_s(now)
        wait_ms = None if wait_s is None else wait_s * 1000 + 1
        # an outcome must not wait for the end of a long item behind it
        return min(wait_ms or SHORT_MS, SHORT_MS) if self._gathered.is_chunk else wait_ms

    def _send_gathered(self) -> None:
        if self._gathered.is_due(time.monotonic()):
            self._send(self._gathered.take(done=False))
            self._receive()

    def _send(self, message: FromWorker) -> None:
        self._socket.send(codec.encode(message))

    def _receive(self) -> None:
        # Any operation on the socket may swallow the edge of its descriptor, so each ends here.
        while int(self._socket.get(_EVENTS)) & _POLLIN:
            self._sort(codec.decode_to_worker(self._socket.recv(_NOT_BLOCKING)))

    def _sort(self, message: ToWorker) -> None:
        match message:
            case Attempt():
                running = self._held[message.id] = Running(message)
                self._inbox.append(running)
            case CancelAttempt(id=attempt_id):
                if attempt_id in self._held:
                    self._held[attempt_id].cancelled = True
                    self._held[attempt_id].replies.put(None)
                    os.eventfd_write(self.cancel_fd, 1)
            case ChildResults(attempt=attempt_id):
                if attempt_id in self._held:
                    self._held[attempt_id].replies.put(message)
            case CallReply():
                for running in itertools.islice(self._held.values(), 1):  # the one that runs
                    running.replies.put(message)
            case Exit():
                self._inbox.append(None)
