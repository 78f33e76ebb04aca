"""The stream: one fresh subscription, in force for all its topics from the start."""

import time
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

import msgspec
import zmq

from revo_edge.client.connection import Context, Socket
from revo_edge.contract.codec import MESSAGE_LIMIT_BYTES, decode_event, matches
from revo_edge.contract.endpoint import Endpoint
from revo_edge.contract.ids import new_ulid
from revo_edge.contract.requests import StreamEvent
from revo_edge.errors import DaemonUnreachable

HEARTBEAT_TOPIC = "sys.heartbeat."
STALE_S = 3.0
LOST_S = 5.0
_JOIN_S = 5.0
_NEVER_MS = 24 * 3600 * 1000
"""Before that the monitor has told of the loss. libzmq's own value for "never reconnect" (-1) takes
the pipe away between two frames of one message, which aborts the process (libzmq issue 3663)."""
_BUFFER_MESSAGES = 100_000
"""Messages that may wait here; more are dropped by libzmq, which the numbers then show."""


class Stream(Iterator[StreamEvent]):
    """A subscription, joined when the constructor returns; heartbeats are always included.

    libzmq sends the subscriptions of a reconnection sorted, so that the echo of the hello would
    prove nothing: this socket never reconnects, a lost stream is closed and a fresh one opened.
    Belongs to one thread. Iterating yields the events on `topics` and raises DaemonUnreachable
    when the daemon is lost.
    """

    def __init__(self, context: Context, endpoint: Endpoint, topics: Sequence[str]) -> None:
        self._topics = tuple(topics)
        self._heard_at = time.monotonic()
        self._poller = zmq.Poller()
        self._socket: Socket = context.socket(zmq.SUB)
        self._monitor: Socket | None = None
        try:
            self._watch()
            self._join(endpoint.events)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __next__(self) -> StreamEvent:
        while True:
            found = self.receive(LOST_S - self.silent_s)
            if found is not None and matches(found.topic, self._topics):
                return found
            if self.silent_s >= LOST_S:
                raise DaemonUnreachable(f"The daemon has been silent for {LOST_S:g} s.")

    @property
    def silent_s(self) -> float:
        """Seconds since the last message; the daemon sends a heartbeat every second."""
        return time.monotonic() - self._heard_at

    def receive(self, timeout_s: float) -> StreamEvent | None:
        """Return the next message, heartbeats included, or None after the timeout.

        Raises DaemonUnreachable once the connection is gone and everything received is read.
        """
        found = self._take()
        if found is None and timeout_s > 0:
            ready = dict(self._poller.poll(int(timeout_s * 1000) + 1))
            found = self._take()
            if found is None and self._monitor in ready:
                raise DaemonUnreachable("The daemon closed the event stream.")
        return found

    def close(self) -> None:
        """Close the sockets."""
        self._socket.close(linger=0)
        if self._monitor is not None:
            self._monitor.close(linger=0)

    def _watch(self) -> None:
        self._socket.linger = 0
        self._socket.rcvhwm = _BUFFER_MESSAGES
        self._socket.maxmsgsize = MESSAGE_LIMIT_BYTES
        self._socket.reconnect_ivl = _NEVER_MS
        # no ZMTP heartbeats: libzmq 4.3.5 aborts when one falls due on a full queue whose peer has
        # died; sys.heartbeat. and the end of the connection tell as much
        self._monitor = self._socket.get_monitor_socket(zmq.EVENT_DISCONNECTED | zmq.EVENT_CLOSED)
        self._poller.register(self._socket, zmq.POLLIN)
        self._poller.register(self._monitor, zmq.POLLIN)

    def _join(self, address: str) -> None:
        # Connect first: subscriptions made before would be sent sorted, hello before task.
        self._socket.connect(address)
        hello = f"hello.{new_ulid()}"
        for name in (*self._topics, HEARTBEAT_TOPIC, hello):
            self._socket.subscribe(name)
        end = time.monotonic() + _JOIN_S
        while (left_s := end - time.monotonic()) > 0:
            found = self.receive(left_s)
            # What came before the echo is at or below any snapshot asked from now on.
            if found is not None and found.topic == hello:
                return
        raise DaemonUnreachable(f"The event stream did not answer within {_JOIN_S:g} s.")

    def _take(self) -> StreamEvent | None:
        while True:
            try:
                frames = self._socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return None
            self._heard_at = time.monotonic()
            try:
                name, payload = frames
                return StreamEvent(name.decode(), decode_event(payload))
            except (ValueError, msgspec.MsgspecError):
                continue  # not readable means not seen: the numbers show a gap
