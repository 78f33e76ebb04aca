"""The one poll loop: owns every socket, takes each event to whoever decides about it.

It never touches the disk and blocks for at most some milliseconds: what may wait is handed to the
store, reader and starter threads, whose answers come back through the inbox.
"""

import logging
import math
import time
from collections.abc import Callable
from functools import partial

import zmq

from revo_edge.clock import utc_now
from revo_edge.contract import codec
from revo_edge.core.routing import hello_nonce
from revo_edge.daemon.asks import Desk
from revo_edge.daemon.background import Inbox
from revo_edge.daemon.logs import subject
from revo_edge.daemon.sockets import NOT_BLOCKING, Sockets, send
from revo_edge.daemon.timers import Every
from revo_edge.daemon.workers import WorkerMessages

log = logging.getLogger(__name__)

BURST = 64
"""Messages of one socket dealt with before the others get their turn."""
LONGEST_WAIT_S = 1.0

Deadline = Callable[[], float | None]
Tick = Callable[[float], None]


class Loop:
    """Turns until `stop`; each turn takes what is readable and what is due."""

    def __init__(self, sockets: Sockets, inbox: Inbox, poller: zmq.Poller, desk: Desk) -> None:
        self._sockets = sockets
        self._inbox = inbox
        self._poller = poller
        self._desk = desk
        self._running = True
        self._subscriptions: dict[bytes, int] = {}
        self.timed: list[tuple[Deadline, Tick]] = []
        self.workers: WorkerMessages
        self.hello: Callable[[str], tuple[bytes, bytes]]
        self.sentinel: Callable[[int, float], None]
        self.turned: Callable[[float, float], None]
        for socket in (sockets.control, sockets.events, sockets.pool, inbox.socket):
            poller.register(socket, zmq.POLLIN)

    @property
    def subscribers(self) -> int:
        """How many followers have joined (each subscribes one hello)."""
        return sum(self._subscriptions.values())

    def every(self, every: Every) -> None:
        """Add something that is done at an interval."""
        self.timed.append((every.next_deadline, every.tick))

    def stop(self) -> None:
        """End after this turn."""
        self._running = False

    def run(self) -> None:
        """Turn until stopped."""
        while self._running:
            self.turn(self._wait_s(time.monotonic()))

    def turn(self, wait_s: float) -> None:
        """Wait at most so long, then deal with everything that came and everything due."""
        ready = self._poller.poll(math.ceil(wait_s * 1000))
        began = time.monotonic()
        for source, _ in ready:
            _guard("an event", partial(self._take, source, began))
        now = time.monotonic()
        for deadline, tick in self.timed:
            due = deadline()
            if due is not None and due <= now:
                _guard("a timer", partial(tick, now))
        ended = time.monotonic()
        self.turned(ended - began, ended)

    def _wait_s(self, now: float) -> float:
        due = [when for deadline, _ in self.timed if (when := deadline()) is not None]
        return max(0.0, min([LONGEST_WAIT_S, *(when - now for when in due)]))

    def _take(self, source: object, now: float) -> None:
        if source is self._sockets.control:
            self._drain(self._sockets.control, lambda frames: self._desk.receive(frames, now))
        elif source is self._sockets.pool:
            self._drain(self._sockets.pool, self._from_worker)
        elif source is self._inbox.socket:
            for callback in self._inbox.ready():
                _guard("an answer of a thread", callback)
        elif source is self._sockets.events:
            self._drain(self._sockets.events, lambda frames: self._subscription(frames[0]))
        elif isinstance(source, int):
            self.sentinel(source, now)

    def _drain(self, socket: zmq.Socket[bytes], deal: Callable[[list[bytes]], None]) -> None:
        for _ in range(BURST):
            try:
                frames = socket.recv_multipart(NOT_BLOCKING)
            except zmq.Again:
                return
            deal(frames)

    def _from_worker(self, frames: list[bytes]) -> None:
        worker_id = frames[0].decode(errors="replace")
        token = subject.set(worker_id)
        _guard("a message of a worker", partial(self._deal_with, worker_id, frames[-1]))
        subject.reset(token)

    def _deal_with(self, worker_id: str, payload: bytes) -> None:
        self.workers.take(worker_id, codec.decode_from_worker(payload), time.monotonic())

    def _subscription(self, message: bytes) -> None:
        nonce = hello_nonce(b"\x01" + message[1:])
        if nonce is None:
            return
        joined = message[:1] == b"\x01"
        count = self._subscriptions.get(message[1:], 0) + (1 if joined else -1)
        if count > 0:
            self._subscriptions[message[1:]] = count
        else:
            self._subscriptions.pop(message[1:], None)
        if joined:
            send(self._sockets.events, self.hello(nonce))


def _guard(what: str, deal: Callable[[], object]) -> None:
    """Deal with one event; a bug in that costs the event, never the daemon."""
    try:
        deal()
    except Exception:
        log.exception("%s was not dealt with", what)


def wall_offset() -> float:
    """Return UTC epoch seconds minus monotonic seconds, as of now."""
    return utc_now() - time.monotonic()
