"""The worker processes as the scheduler sees them: how many, which are idle, which must go."""

from dataclasses import dataclass, field
from functools import partial

from revo_edge.contract.events import Scaling
from revo_edge.contract.kinds import Lane
from revo_edge.contract.workers import WorkerState
from revo_edge.core.actions import (
    KillWorker,
    PublishScaling,
    PublishWorker,
    StartWorker,
    StopWorker,
)
from revo_edge.core.records import Worker
from revo_edge.core.turn import Timers, Turn

FAILED_STARTS = 5
"""So many workers in a row that die before they are ready, and no more are started for a while."""
START_PAUSE_S = 10.0
DRIVER_IDLE_S = 30.0
"""A driver process without work ends after so long; starting one takes about 12 ms."""

_PREFIX = {Lane.ELASTIC: "w", Lane.DRIVER: "d"}


@dataclass(slots=True)
class LaneCount:
    """Workers of a lane by state; those that were asked to stop are not counted."""

    starting: int = 0
    busy: int = 0
    idle: dict[str, Worker] = field(default_factory=dict)
    """The last one is taken first, so that the others can go."""

    @property
    def active(self) -> int:
        """All workers that take work, now or soon."""
        return self.starting + self.busy + len(self.idle)


class Pool:
    """Starts, stops and kills workers; knows nothing of tasks."""

    def __init__(self, turn: Turn, timers: Timers, recycle_tasks: int) -> None:
        self._turn = turn
        self._timers = timers
        self._recycle_tasks = recycle_tasks
        self.workers: dict[str, Worker] = {}
        self.lanes = {Lane.ELASTIC: LaneCount(), Lane.DRIVER: LaneCount()}
        self.target = 0
        """How many elastic workers there shall be."""
        self.closed = False
        """True once the daemon stops: nothing is started any more."""
        self.start_failures = 0
        self._paused = False
        self._started = {Lane.ELASTIC: 0, Lane.DRIVER: 0}

    @property
    def elastic(self) -> LaneCount:
        """The auto-scaled lane."""
        return self.lanes[Lane.ELASTIC]

    def resize(self, target: int, reason: str) -> None:
        """Change the number of elastic workers: idle ones go at once, busy ones when they end."""
        if target == self.target:
            return
        before, self.target = self.target, target
        self._say(before, target, reason)
        idle = self.elastic.idle
        while idle and self.elastic.active > target:
            self._stop(next(iter(idle.values())))
        self.fill()

    def fill(self) -> None:
        """Start elastic workers up to the target."""
        while self.elastic.active < self.target and not (self.closed or self._paused):
            self._start(Lane.ELASTIC)

    def want_drivers(self, count: int) -> None:
        """See that at least so many driver workers are starting."""
        while self.lanes[Lane.DRIVER].starting < count and not (self.closed or self._paused):
            self._start(Lane.DRIVER)

    def ready(self, worker: Worker) -> None:
        """Count a started worker in."""
        if worker.state is WorkerState.STARTING:
            self.start_failures = 0
            self.rest(worker)

    def occupy(self, worker: Worker) -> None:
        """An idle worker got work."""
        self._timers.cancel(worker.timer)
        self._become(worker, WorkerState.BUSY)

    def rest(self, worker: Worker) -> None:
        """A worker has nothing left to do: it idles, or it goes."""
        lane = self.lanes[worker.lane]
        surplus = worker.lane is Lane.ELASTIC and lane.active > self.target
        if surplus or worker.retiring or worker.items_done >= self._recycle_tasks:
            self._stop(worker)
            self.fill()
            return
        self._become(worker, WorkerState.IDLE)
        if worker.lane is Lane.DRIVER:
            end_at = self._turn.now + DRIVER_IDLE_S
            worker.timer = self._timers.arm(end_at, partial(self._stop, worker))

    def retire(self, worker: Worker, reason: str) -> None:
        """Replace a worker as soon as it is idle."""
        worker.retiring = reason
        if worker.state is WorkerState.IDLE:
            self._stop(worker)
            self.fill()

    def kill(self, worker: Worker, reason: str) -> None:
        """End a worker's processes now and start its replacement."""
        self._turn.emit(KillWorker(worker.id, reason))
        self._forget(worker)

    def count_out(self, worker: Worker) -> None:
        """Forget a worker that is dead; start its replacement."""
        if worker.state is WorkerState.STARTING:
            self._start_failed()
        self._forget(worker)

    def _forget(self, worker: Worker) -> None:
        self._timers.cancel(worker.timer)
        self._uncount(worker)
        del self.workers[worker.id]
        self._turn.emit(PublishWorker(worker.id))
        self.fill()

    def _start(self, lane: Lane) -> None:
        self._started[lane] += 1
        worker = Worker(f"{_PREFIX[lane]}{self._started[lane]}", lane, self._turn.at)
        self.workers[worker.id] = worker
        self.lanes[lane].starting += 1
        self._turn.emit(StartWorker(worker.id, lane))
        self._turn.emit(PublishWorker(worker.id))

    def _stop(self, worker: Worker) -> None:
        self._timers.cancel(worker.timer)
        self._turn.emit(StopWorker(worker.id))
        self._become(worker, WorkerState.STOPPING)

    def _become(self, worker: Worker, state: WorkerState) -> None:
        self._uncount(worker)
        worker.state = state
        lane = self.lanes[worker.lane]
        if state is WorkerState.BUSY:
            lane.busy += 1
        elif state is WorkerState.IDLE:
            lane.idle[worker.id] = worker
        self._turn.emit(PublishWorker(worker.id))

    def _uncount(self, worker: Worker) -> None:
        lane = self.lanes[worker.lane]
        if worker.state is WorkerState.STARTING:
            lane.starting -= 1
        elif worker.state is WorkerState.BUSY:
            lane.busy -= 1
        elif worker.state is WorkerState.IDLE:
            del lane.idle[worker.id]

    def _start_failed(self) -> None:
        self.start_failures += 1
        if self.start_failures < FAILED_STARTS or self._paused or self.closed:
            return
        self._paused = True
        self._timers.arm(self._turn.now + START_PAUSE_S, self._start_again)
        self._say(
            self.target,
            self.target,
            f"{self.start_failures} workers in a row died before they were ready; no new ones for"
            f" {START_PAUSE_S:.0f} s. The daemon's log says why.",
        )

    def _start_again(self) -> None:
        self._paused = False
        self.start_failures = 0
        self.fill()

    def _say(self, before: int, after: int, reason: str) -> None:
        self._turn.emit(PublishScaling(Scaling(self._turn.at, before, after, reason)))
