"""The tasks: their states, records, dependencies, history and counters."""

from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from revo_edge.contract.kinds import Kind
from revo_edge.contract.tasks import ErrorInfo, ItemResult, TaskInfo, TaskState, Why
from revo_edge.core.actions import Evict, Record, Remove
from revo_edge.core.durations import Durations
from revo_edge.core.queues import Queues
from revo_edge.core.records import MOVES, Task
from revo_edge.core.scaling_effect import Tally
from revo_edge.core.turn import Timers, Turn
from revo_edge.errors import InvalidTransition, NotFound

KEPT_PARAMS_BYTES = 1024
"""Params of an ended task up to this size stay in memory for a retry; larger ones are in the journal."""
_MEAN_WEIGHT = 0.2
"""Weight of the newest measurement in a kind's running mean."""


@dataclass(slots=True)
class EngineCounts:
    """Tasks of an engine: `running` and `queued` now, the others since the daemon started.

    `items_done` counts children and tasks that have none.
    """

    running: int = 0
    queued: int = 0
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0
    items_done: int = 0


class Book:
    """Owns the tasks; every change of a state goes through `move`."""

    def __init__(self, turn: Turn, timers: Timers, queues: Queues, history: int) -> None:
        self._turn = turn
        self._timers = timers
        self._queues = queues
        self._history = history
        self.tasks: dict[str, Task] = {}
        self.engines: dict[str, EngineCounts] = {}
        self.means_s: dict[str, float] = {}
        self.durations = Durations()
        self.tally = Tally()
        self.states = dict.fromkeys(TaskState, 0)
        self.queued_bytes = 0
        self.items_done = 0
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._dependents: dict[str, set[str]] = {}
        self._resolve: deque[str] = deque()
        self.unblocked: deque[Task] = deque()
        """Tasks whose last dependency has just ended."""

    def find(self, task_id: str) -> Task:
        """Return a task; raise NotFound."""
        task = self.tasks.get(task_id)
        if task is None:
            raise NotFound(f"There is no task {task_id} in memory. `revo task ls` lists them.")
        return task

    def info(self, task: Task) -> TaskInfo:
        """Return the public record as it is now."""
        return TaskInfo(
            id=task.id,
            kind=task.spec.kind,
            state=task.state,
            title=task.spec.title,
            why=self._why(task),
            queue=task.spec.queue,
            priority=task.spec.priority,
            attempt=task.attempt,
            lost=task.lost,
            worker=task.worker_id,
            progress=task.progress,
            created_at=task.created_at,
            started_at=task.started_at,
            ended_at=task.ended_at,
            error=task.error,
            result_bytes=task.result_bytes,
            items=task.items,
            cancelling=task.cancelling,
            place=task.seq,
            group=task.spec.group,
        )

    def add(self, task: Task) -> None:
        """Take a task in, in whatever state it is."""
        self.tasks[task.id] = task
        self._count(task, 1)
        if task.state.final:
            self._ended[task.id] = None

    def record(self, task: Task, note: str = "", *, result: ItemResult | None = None) -> None:
        """Write and publish the task as it is; a note becomes a line of its story."""
        if note:
            task.tell(self._turn.at, note)
        self._turn.emit(Record(self.info(task), tuple(task.story), result))

    def record_waiting(self, queue: str) -> None:
        """Publish the tasks of a queue that wait for a slot: what they wait for has changed."""
        for task in self.tasks.values():
            if task.spec.queue == queue and self._why(task) in {Why.SLOT, Why.PAUSED}:
                self.record(task)

    def move(
        self, task: Task, state: TaskState, note: str, result: ItemResult | None = None
    ) -> None:
        """Change the state; raise InvalidTransition with the story if the table has no such move."""
        if state not in MOVES.get(task.state, ()):
            raise InvalidTransition(
                f"{task.id}: no move from {task.state.value} to {state.value}; story: {task.story}"
            )
        self._count(task, -1)
        task.state = state
        self._count(task, 1)
        if state is not TaskState.RUNNING:
            task.worker_id = None
            task.cancelling = False
        if state is not TaskState.QUEUED:
            task.waits_for.clear()
            task.delayed = False
        if state is not TaskState.QUEUED and state is not TaskState.RUNNING:
            self._queues.forget_empty(task.spec.queue)
        if state.final:
            self._end(task)
        else:
            self._ended.pop(task.id, None)
            task.ended_at = None
        task.tell(self._turn.at, note)
        self.record(task, result=result)

    def remove(self, task: Task) -> None:
        """Forget a task that will not move by itself; tasks that wait for it fail."""
        self._count(task, -1)
        del self.tasks[task.id]
        self._ended.pop(task.id, None)
        self._resolve.append(task.id)
        self._turn.emit(Remove(task.id))

    def await_tasks(self, task: Task, known_final: Mapping[str, TaskState]) -> str:
        """Register what a task waits for; return the id of one that can never be met, or "".

        A dependency that nobody knows has succeeded and was forgotten: had it failed, the task
        would have failed with it.
        """
        for other_id in task.spec.after:
            other = self.tasks.get(other_id)
            state = other.state if other else known_final.get(other_id, TaskState.SUCCEEDED)
            if state is TaskState.FAILED or state is TaskState.CANCELLED:
                return other_id
            if state is not TaskState.SUCCEEDED:
                task.waits_for.add(other_id)
                self._dependents.setdefault(other_id, set()).add(task.id)
        return ""

    def fail_dependent(self, task: Task, other_id: str) -> None:
        """Fail a queued task because a task it waits for did not succeed."""
        task.error = ErrorInfo(
            "dependency_failed",
            f"Task {other_id}, which it waits for, did not succeed. Retry that one, then this one.",
        )
        if task.chunk:
            self._timers.cancel(task.chunk.timer)
        self.move(task, TaskState.FAILED, f"{other_id} did not succeed")

    def settle(self) -> None:
        """Carry ended tasks on to those that wait for them, then forget the oldest ended ones."""
        while self._resolve:
            other_id = self._resolve.popleft()
            for task_id in sorted(self._dependents.pop(other_id, ())):
                self._dependency_ended(task_id, other_id)
        while len(self._ended) > self._history:
            task_id, _ = self._ended.popitem(last=False)
            self._count(self.tasks.pop(task_id), -1)
            self._turn.emit(Evict(task_id))

    def measure(self, kind: Kind, results: Iterable[ItemResult]) -> None:
        """Count ended items and keep the kind's mean duration."""
        counts = self.counts(kind.engine)
        mean = self.means_s.get(kind.name)
        for result in results:
            counts.items_done += 1
            self.items_done += 1
            self.tally.ended[kind.name] += 1
            sample = result.duration_s
            mean = sample if mean is None else mean + _MEAN_WEIGHT * (sample - mean)
        if mean is not None:
            self.means_s[kind.name] = mean

    def counts(self, engine: str) -> EngineCounts:
        """Return the counters of an engine."""
        counts = self.engines.get(engine)
        if counts is None:
            counts = self.engines[engine] = EngineCounts()
        return counts

    def _dependency_ended(self, task_id: str, other_id: str) -> None:
        task = self.tasks.get(task_id)
        if task is None or other_id not in task.waits_for:
            return  # it ended meanwhile
        other = self.tasks.get(other_id)
        if other is None or other.state is not TaskState.SUCCEEDED:
            self.fail_dependent(task, other_id)
            return
        task.waits_for.discard(other_id)
        if not task.waits_for:
            self.unblocked.append(task)

    def _end(self, task: Task) -> None:
        task.ended_at = self._turn.at
        self._ended[task.id] = None
        self._resolve.append(task.id)
        if task.kind:
            counts = self.counts(task.kind.engine)
            name = task.state.value
            setattr(counts, name, getattr(counts, name) + 1)
            self.durations.ended(self.info(task))
        if task.params is None or len(task.params) > KEPT_PARAMS_BYTES:
            task.params = None
            task.spec = msgspec.structs.replace(task.spec, params={})
            if task.chunk:
                task.chunk.items = []

    def _count(self, task: Task, step: int) -> None:
        state = task.state
        self.states[state] += step
        if task.kind is None:
            return
        if state is TaskState.QUEUED:
            self.counts(task.kind.engine).queued += step
            self._queues.named_queue(task.spec.queue).queued += step
            self.queued_bytes += step * len(task.params or b"")
        elif state is TaskState.RUNNING:
            self.counts(task.kind.engine).running += step
            self._queues.named_queue(task.spec.queue).running += step

    def _why(self, task: Task) -> Why | None:
        if task.state is not TaskState.QUEUED:
            return None
        if task.waits_for:
            return Why.AFTER
        if task.delayed:
            return Why.AT
        queue = self._queues.named.get(task.spec.queue)
        return Why.PAUSED if queue and queue.paused else Why.SLOT
