"""A small real daemon for client tests: real sockets, the real publisher, and faults on request.

It serves a REVO_HOME as the daemon does (endpoint.json, ROUTER, XPUB), but has no scheduler and no
pool: the test publishes what it likes, loses frames and ignores requests.
"""

import os
import queue
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import msgspec
import zmq

from revo_edge.contract.calls import PUBLIC_CALLS
from revo_edge.contract.codec import (
    PROTOCOL_VERSION,
    decode_as,
    decode_params,
    decode_request,
    encode,
)
from revo_edge.contract.endpoint import Endpoint
from revo_edge.contract.ids import new_ulid
from revo_edge.contract.params import Params
from revo_edge.contract.requests import EventsSince, HelloReply, Reply, Request, StateGet
from revo_edge.contract.task_requests import TaskRef, TaskReply
from revo_edge.contract.tasks import ErrorInfo, TaskSpec
from revo_edge.core.routing import Frame, Publisher, hello_nonce
from revo_edge.errors import NotFound, RevoError
from revo_edge.paths import Paths, private_dir
from revo_edge.procfs import start_ticks

Publish = Callable[[Publisher, float], list[Frame]]
Answer = Callable[[Request, Params], msgspec.Struct | None]
"""Returns the reply, or None to stay silent."""


class SmallDaemon:
    """Runs in a thread; everything the test changes goes through `do` or the fault attributes."""

    def __init__(self, paths: Paths, *, ring_events: int = 50_000) -> None:
        self.publisher = Publisher(new_ulid(), ring_events=ring_events)
        self.answers: dict[str, Answer] = {}
        self.requests: list[Request] = []
        self.lose: Callable[[bytes], bool] = lambda _topic: False
        """Frames that are published but never sent."""
        self.load: Publish | None = None
        """Called all the time: publishes under load."""
        self.rate_per_s = 1000.0
        self.heartbeats = True
        self.digests: dict[int, str] = {}
        """The digest at the end of each publication, by its `s`, while a load runs."""
        self._paths = paths
        self._todo: queue.SimpleQueue[tuple[Publish, threading.Event]] = queue.SimpleQueue()
        self._ending = threading.Event()
        self._up = threading.Event()
        self._thread = threading.Thread(target=self._run, name="small-daemon")

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._up.wait(10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ending.set()
        self._thread.join()

    def do(self, publish: Publish) -> None:
        """Publish from the daemon's thread; return when it is sent."""
        done = threading.Event()
        self._todo.put((publish, done))
        assert done.wait(10)

    def do_soon(self, publish: Publish) -> None:
        """Publish from the daemon's thread, some time soon."""
        self._todo.put((publish, threading.Event()))

    def methods_asked(self) -> list[str]:
        """Return the methods asked so far."""
        return [request.m for request in self.requests]

    # the daemon's thread

    def _run(self) -> None:
        private_dir(self._paths.sockets)
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._control = context.socket(zmq.ROUTER)
        self._events = context.socket(zmq.XPUB)
        self._events.setsockopt(zmq.XPUB_VERBOSER, 1)
        self._events.setsockopt(zmq.SNDHWM, 10_000)
        self._control.bind(f"ipc://{self._paths.sockets}/c")
        self._events.bind(f"ipc://{self._paths.sockets}/e")
        self._write_endpoint()
        self._up.set()
        try:
            self._loop()
        finally:
            self._paths.endpoint.unlink()
            context.destroy(linger=0)

    def _write_endpoint(self) -> None:
        endpoint = Endpoint(
            pid=os.getpid(),
            start_ticks=start_ticks(os.getpid()) or 0,
            boot=self.publisher.boot,
            proto=(PROTOCOL_VERSION, PROTOCOL_VERSION),
            version="0",
            control=f"ipc://{self._paths.sockets}/c",
            events=f"ipc://{self._paths.sockets}/e",
        )
        fresh = self._paths.endpoint.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(endpoint))
        fresh.replace(self._paths.endpoint)

    def _loop(self) -> None:
        poller = zmq.Poller()
        poller.register(self._control, zmq.POLLIN)
        poller.register(self._events, zmq.POLLIN)
        began = beat_at = load_at = time.monotonic()
        while not self._ending.is_set():
            ready = dict(poller.poll(1))
            now = time.monotonic()
            if self._control in ready:
                self._answer(self._control.recv_multipart())
            while self._events.poll(0):
                self._subscription(self._events.recv())
            while not self._todo.empty():
                publish, done = self._todo.get()
                self._send(publish(self.publisher, now))
                done.set()
            self._send(self.publisher.flush(now, now))
            if self.load is None:
                load_at = now
            elif load_at <= now:
                load_at = self._produce(load_at, now)
            if now >= beat_at and self.heartbeats:
                beat_at = now + 1.0
                self._send(self.publisher.heartbeat(now - began, now, now))

    def _produce(self, load_at: float, now: float) -> float:
        while load_at <= now and self.load is not None:
            load_at += 1 / self.rate_per_s
            self._send(self.load(self.publisher, now))
        return load_at

    def _send(self, frames: list[Frame]) -> None:
        if self.load is not None and frames:
            self.digests[self.publisher.s] = self.publisher.digest()
        for frame in frames:
            if not self.lose(frame[0]):
                self._events.send_multipart(frame)

    def _subscription(self, message: bytes) -> None:
        nonce = hello_nonce(message)
        if nonce:
            self._events.send_multipart(self.publisher.hello(nonce))

    def _answer(self, frames: list[bytes]) -> None:
        request = decode_request(frames[-1])
        self.requests.append(request)
        result, error = msgspec.Raw(b"\xc0"), None
        try:
            call = PUBLIC_CALLS.get(request.m)
            params = decode_as(request.p, call.params) if call else decode_params(request)
            found = self.answers.get(request.m, self._default)(request, params)
            if found is None:
                return
            result = msgspec.Raw(encode(found))
        except RevoError as failure:
            error = ErrorInfo(failure.code, failure.msg, failure.retryable)
        boot, s = self.publisher.boot, self.publisher.s
        reply = Reply(PROTOCOL_VERSION, request.id, error is None, boot, s, result, error)
        self._control.send_multipart([*frames[:-1], encode(reply)])

    def _default(self, _request: Request, params: Params) -> msgspec.Struct:
        match params:
            case StateGet():
                return self.publisher.cut(time.monotonic(), params)
            case EventsSince():
                return self.publisher.since(params)
            case TaskRef():
                info = self.publisher.record.tasks.get(params.id)
                if info is None:
                    raise NotFound(f"There is no task {params.id}.")
                return TaskReply(info, TaskSpec(info.kind), ())
        return HelloReply("0", (1, 1), 0, self.publisher.boot, os.getpid(), "admin", (), {})
