"""What the joins need: a load of published messages, and a forwarder that loses one of them."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import msgspec
import zmq

from revo_edge import Client, RevoError, TaskSpec
from revo_edge.client.endpoint import require_endpoint
from revo_edge.contract.codec import decode_event
from revo_edge.contract.events import PROGRESS, Event
from revo_edge.contract.tasks import TaskInfo
from revo_edge.paths import Paths

TICK_S = 0.05
MOST_TASKS = 100
"""In one batch: more would only wait."""
MOST_WAITING = 300
WINDOW_S = 1.0

Socket = zmq.Socket[bytes]


class Load:
    """Submits tiny tasks until so many messages a second are published, restarts or not."""

    def __init__(self, paths: Paths, rate_per_s: float) -> None:
        self.rate_per_s = 0.0
        """Messages published in the last second."""
        self.wanted_per_s = rate_per_s
        self._paths = paths
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="load")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        with Client(self._paths, deadline_s=5.0) as revo:
            while not self._stopping.is_set():
                try:
                    self._press(revo)
                except RevoError:  # the daemon is being restarted
                    self.rate_per_s = 0.0
                    self._stopping.wait(TICK_S)

    def _press(self, revo: Client) -> None:
        """Adapt the batches to the rate that one boot of the daemon shows."""
        count = 10.0
        queues = revo.queues()
        boot, seen_s, seen_at = revo.boot, revo.s, time.monotonic()
        while not self._stopping.wait(TICK_S) and revo.boot == boot:
            waiting = sum(queue.queued + queue.running for queue in queues)
            if waiting < MOST_WAITING:
                revo.submit_batch([TaskSpec("probe.echo", {"value": 1})] * int(count))
            queues = revo.queues()
            lasted_s = time.monotonic() - seen_at
            if lasted_s >= WINDOW_S:
                self.rate_per_s = (revo.s - seen_s) / lasted_s
                seen_s, seen_at = revo.s, time.monotonic()
                factor = self.wanted_per_s / max(self.rate_per_s, 1.0)
                count = min(MOST_TASKS, max(1.0, count * min(2.0, max(0.5, factor))))


class Loss:
    """Which single frame is to be lost: the progress with this number, or (None) the last record."""

    def __init__(self, number: int | None) -> None:
        self.topic = b"none"
        self.count = 0
        self._left = number

    def takes(self, topic: bytes, payload: bytes) -> bool:
        """Tell whether this frame is the one."""
        if topic != self.topic or self.count:
            return False
        event = decode_event(payload)
        if self._left is None:
            self.count = int(_is_last(event))
        elif event.k == PROGRESS:
            self.count = int(self._left == 0)
            self._left -= 1
        return bool(self.count)


def _is_last(event: Event) -> bool:
    return (
        event.k != PROGRESS and msgspec.msgpack.decode(event.d, type=TaskInfo).ended_at is not None
    )


@contextmanager
def forwarder(paths: Paths, loss: Loss) -> Iterator[Paths]:
    """Pass the daemon's events on, but for one; give the home whose followers are behind it."""
    home = paths.home.parent / f"via-{os.urandom(4).hex()}"
    via = Paths(home, home, home)
    home.mkdir(mode=0o700)
    real = require_endpoint(paths)
    fake = msgspec.structs.replace(real, events=f"ipc://{home}/e")
    context: zmq.Context[Socket] = zmq.Context()
    back, front = context.socket(zmq.XSUB), context.socket(zmq.XPUB)
    front.setsockopt(zmq.XPUB_VERBOSER, 1)
    front.bind(fake.events)
    back.connect(real.events)
    thread = threading.Thread(target=_forward, args=(back, front, loss), name="forwarder")
    thread.start()
    via.endpoint.write_bytes(msgspec.json.encode(fake))
    try:
        yield via
    finally:
        context.term()
        thread.join()


def _forward(back: Socket, front: Socket, loss: Loss) -> None:
    poller = zmq.Poller()
    poller.register(back, zmq.POLLIN)
    poller.register(front, zmq.POLLIN)
    with back, front:
        back.linger = front.linger = 0
        try:
            while True:
                for socket, _ in poller.poll():
                    frames = socket.recv_multipart()
                    if socket is front:
                        back.send_multipart(frames)
                    elif not loss.takes(*frames):
                        front.send_multipart(frames)
        except zmq.ContextTerminated:
            return
