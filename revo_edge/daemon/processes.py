"""The worker processes as the loop sees them: started and ended by the starter thread.

A process that ends shows at its sentinel. Its last messages may still be on their way through
libzmq's I/O thread, so the loop is told only after a short wait, when they have been read.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import msgspec
import zmq

from revo_edge.clock import utc_now
from revo_edge.contract.kinds import Lane
from revo_edge.contract.tasks import ErrorInfo
from revo_edge.core.health import Rate
from revo_edge.daemon.background import Background
from revo_edge.errors import RevoError
from revo_edge.pool.birth import NO_OPTIONS
from revo_edge.pool.supervisor import Started, Supervisor
from revo_edge.procfs import TICKS_PER_S, ProcStat

log = logging.getLogger(__name__)

DRAIN_S = 0.02
"""How long the pool socket is read on before a dead worker counts as lost."""


@dataclass(slots=True)
class Process:
    """One worker process. `cpu_ratio` is of one core; both figures count its whole group.

    `started_at` is UTC epoch seconds.
    """

    worker_id: str
    lane: Lane
    started: Started
    started_at: float
    rss_bytes: int = 0
    cpu_ratio: float = 0.0
    killed: bool = False
    drained_at: float | None = None
    _cpu: Rate = field(default_factory=Rate)

    def measured(self, tree: list[ProcStat], now: float) -> None:
        """Take in a measurement of the process with everything below it."""
        self.rss_bytes = sum(stat.rss_bytes for stat in tree)
        ticks = sum(stat.cpu_ticks for stat in tree)
        self.cpu_ratio = self._cpu.update(ticks / TICKS_PER_S, now)


Lost = Callable[[Process, str], None]
NotStarted = Callable[[str, ErrorInfo], None]


class Processes:
    """All worker processes; `on_lost`, `on_started` and `on_failed` run on the loop's thread."""

    def __init__(self, supervisor: Supervisor, starter: Background, poller: zmq.Poller) -> None:
        self._supervisor = supervisor
        self._starter = starter
        self._poller = poller
        self._by_id: dict[str, Process] = {}
        self._by_sentinel: dict[int, Process] = {}
        self._ended: list[Process] = []
        self._unwanted: set[str] = set()
        self.on_lost: Lost = lambda process, words: None
        self.on_started: Callable[[Process], None] = lambda process: None
        self.on_failed: NotStarted = lambda worker_id, error: None

    def __iter__(self) -> Iterator[Process]:
        return iter(self._by_id.values())

    def get(self, worker_id: str) -> Process | None:
        """Return the worker's process, if it has one."""
        return self._by_id.get(worker_id)

    def pids(self) -> list[int]:
        """Return the process id of every worker."""
        return [process.started.pid for process in self]

    def start(
        self, worker_id: str, lane: Lane, part: str = "", options: msgspec.Raw = NO_OPTIONS
    ) -> None:
        """Start a process in the background; `part` and `options` as in Birth."""
        job = partial(self._supervisor.start, worker_id, lane, part, options)
        self._starter.run(job, partial(self._started, worker_id, lane), own=True)

    def kill(self, worker_id: str) -> None:
        """Kill the worker with everything it started, in the background."""
        process = self._by_id.get(worker_id)
        if process is None:
            self._unwanted.add(worker_id)  # it is killed as soon as it is there
        elif not process.killed and process.drained_at is None:  # else it is dead already
            process.killed = True
            self._unwatch(process)
            self._end(process, partial(self._supervisor.kill, worker_id))

    def release(self) -> None:
        """Watch nothing any more: the supervisor ends what is left."""
        for process in list(self._by_sentinel.values()):
            self._unwatch(process)

    def ended(self, fd: int, now: float) -> None:
        """Take note that a sentinel became readable."""
        process = self._by_sentinel.get(fd)
        if process is None:
            return  # it was killed earlier in the same turn
        self._unwatch(process)
        process.drained_at = now + DRAIN_S
        self._ended.append(process)

    def next_deadline(self) -> float | None:
        """Return when `tick` is next worth calling."""
        return min((p.drained_at for p in self._ended if p.drained_at is not None), default=None)

    def tick(self, now: float) -> None:
        """Count out processes whose last messages have been read by now."""
        for process in [p for p in self._ended if p.drained_at is not None and now >= p.drained_at]:
            self._ended.remove(process)
            self._end(process, partial(self._supervisor.reap, process.worker_id))

    def _started(self, worker_id: str, lane: Lane, result: Started | BaseException) -> None:
        if isinstance(result, BaseException):
            text = result.msg if isinstance(result, RevoError) else f"{result!r}"
            log.error("worker %s was not started: %s", worker_id, text)
            self.on_failed(worker_id, ErrorInfo("spawn_failed", text, retry=True))
            return
        process = Process(worker_id, lane, result, round(utc_now(), 3))
        self._by_id[worker_id] = process
        self._by_sentinel[result.sentinel] = process
        self._poller.register(result.sentinel, zmq.POLLIN)
        self.on_started(process)
        if worker_id in self._unwanted:
            self._unwanted.discard(worker_id)
            self.kill(worker_id)

    def _unwatch(self, process: Process) -> None:
        if self._by_sentinel.pop(process.started.sentinel, None) is not None:
            self._poller.unregister(process.started.sentinel)

    def _end(self, process: Process, job: Callable[[], str]) -> None:
        def done(words: str | BaseException) -> None:
            self._by_id.pop(process.worker_id, None)
            if isinstance(words, BaseException):
                log.error("worker %s was not ended cleanly", process.worker_id, exc_info=words)
            self.on_lost(process, str(words))

        self._starter.run(job, done, own=True)
