"""The pool without a daemon: a real Supervisor and a real ROUTER, for tests and benches."""

import contextlib
import itertools
import time
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import msgspec
import zmq

from revo_edge.contract import codec
from revo_edge.contract.kinds import Lane
from revo_edge.contract.tasks import ItemResult
from revo_edge.contract.workers import (
    Attempt,
    Children,
    ChildResults,
    FromWorker,
    Outcomes,
    Ready,
    ToWorker,
)
from revo_edge.daemon.sockets import send
from revo_edge.paths import find_paths
from revo_edge.pool.lifeline import Lifeline
from revo_edge.pool.supervisor import Started, Supervisor
from tests.engines.probe import Probe

LIMIT_S = 20.0

M = TypeVar("M")


class Floor:
    """Workers and the socket that they answer on."""

    def __init__(self, home: Path) -> None:
        self.paths = find_paths(home)
        self.address = f"ipc://{home}/p"
        self.lifeline = Lifeline()
        self.supervisor = Supervisor(self.paths.home, self.address, self.lifeline)
        self.context = zmq.Context()
        self.router = self.context.socket(zmq.ROUTER)
        self.router.sndhwm = self.router.rcvhwm = 0
        self.router.linger = 0
        self.router.setsockopt(zmq.ROUTER_MANDATORY, 1)
        self.router.bind(self.address)
        self.started: dict[str, Started] = {}
        self.inbox: list[tuple[str, FromWorker]] = []
        self._numbers = itertools.count(1)

    def __enter__(self) -> "Floor":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.supervisor.close()
        self.router.close()
        self.context.term()
        self.lifeline.close()

    def start(self, count: int = 1, lane: Lane = Lane.ELASTIC) -> list[str]:
        """Start workers and wait until they are ready."""
        names = [f"w{next(self._numbers)}" for _ in range(count)]
        for name in names:
            self.started[name] = self.supervisor.start(name, lane)
        for name in names:
            self.expect(Ready, name)
        return names

    def send(self, worker: str, message: ToWorker) -> None:
        """Send one message to a worker; one that has just died is found by its sentinel."""
        with contextlib.suppress(zmq.ZMQError):
            send(self.router, [worker.encode(), codec.encode(message)])

    def receive(self, limit_s: float = LIMIT_S) -> tuple[str, FromWorker]:
        """Return the next message and who sent it."""
        if not self.router.poll(int(limit_s * 1000)):
            raise AssertionError(f"no message within {limit_s} s; kept: {self.inbox}")
        worker, frame = self.router.recv_multipart()
        return worker.decode(), codec.decode_from_worker(frame)

    def expect(self, kind: type[M], worker: str, limit_s: float = LIMIT_S) -> M:
        """Return the worker's next message of a type; others are kept in `inbox`."""
        end = time.monotonic() + limit_s
        while True:
            for place, (sender, message) in enumerate(self.inbox):
                if sender == worker and isinstance(message, kind):
                    del self.inbox[place]
                    return message
            self.inbox.append(self.receive(end - time.monotonic()))

    def results(self, worker: str) -> list[ItemResult]:
        """Return all outcomes of the worker's attempt, in however many messages they come."""
        found: list[ItemResult] = []
        while True:
            outcomes = self.expect(Outcomes, worker)
            found += outcomes.results
            if outcomes.done:
                return found

    def attempt(self, kind: str, *params: msgspec.Struct, **fields: Any) -> Attempt:
        """Make an attempt of one item for each of the params."""
        number = next(self._numbers)
        items = tuple((i, msgspec.Raw(codec.encode(each))) for i, each in enumerate(params))
        fields = {"owner": f"T{number}", "cwd": str(self.paths.home), **fields}
        return Attempt(f"a{number}", kind=kind, items=items, **fields)

    def run(self, worker: str, kind: str, params: Probe, **fields: Any) -> ItemResult:
        """Run one item on a worker and return its outcome."""
        self.send(worker, self.attempt(kind, params, **fields))
        outcomes = self.expect(Outcomes, worker)
        assert outcomes.done
        (result,) = outcomes.results
        return result

    def drive(
        self, driver: str, attempt: Attempt, workers: list[str], drivers: tuple[str, ...] = ()
    ) -> ItemResult:
        """Run a driver: its children go to idle workers, those that drive to idle drivers."""
        self.send(driver, attempt)
        return _Drive(self, driver, workers, drivers).run()

    def dies(self, worker: str, limit_s: float = LIMIT_S) -> str:
        """Wait until a worker has ended; return how."""
        poller = zmq.Poller()
        poller.register(self.started[worker].sentinel, zmq.POLLIN)
        assert poller.poll(int(limit_s * 1000)), f"{worker} lives"
        return self.supervisor.reap(worker)


class _Drive:
    """Just enough of a scheduler: chunks wait for idle workers, outcomes go to their driver."""

    def __init__(
        self, floor: Floor, driver: str, workers: list[str], drivers: tuple[str, ...]
    ) -> None:
        self._floor = floor
        self._driver = driver
        self._idle = {Lane.ELASTIC: deque(workers), Lane.DRIVER: deque(drivers)}
        self._waiting: dict[Lane, deque[tuple[str, Children]]] = {lane: deque() for lane in Lane}
        self._runs: dict[str, tuple[str, Children, Lane]] = {}

    def run(self) -> ItemResult:
        """Serve until the driver itself has ended."""
        while True:
            worker, message = self._floor.receive()
            if isinstance(message, Children):
                is_driver = message.kind in {"probe.fan", "probe.nest"}
                self._waiting[Lane.DRIVER if is_driver else Lane.ELASTIC].append((worker, message))
            elif isinstance(message, Outcomes):
                if worker == self._driver:
                    return message.results[0]
                self._pass_on(worker, message)
            self._dispatch()

    def _pass_on(self, worker: str, message: Outcomes) -> None:
        parent, chunk, lane = self._runs[worker]
        self._floor.send(parent, ChildResults(chunk.attempt, message.results))
        if message.done:
            del self._runs[worker]
            self._idle[lane].append(worker)

    def _dispatch(self) -> None:
        for lane, waiting in self._waiting.items():
            while waiting and self._idle.get(lane):
                parent, chunk = waiting.popleft()
                worker = self._idle[lane].popleft()
                self._runs[worker] = (parent, chunk, lane)
                name = f"{chunk.attempt}.{chunk.items[0][0]}"
                self._floor.send(
                    worker, Attempt(name, "T", chunk.kind, chunk.items, child=True, cwd="/")
                )
