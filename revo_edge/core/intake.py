"""How tasks come in: submitted by a client, restored from the journal, or run once more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from revo_edge.contract.kinds import Kind, Lane, OnLost
from revo_edge.contract.tasks import ItemResult, TaskInfo, TaskSpec, TaskState
from revo_edge.core.book import Book
from revo_edge.core.children import Children, join_family
from revo_edge.core.endings import WORKER_LOST, Endings
from revo_edge.core.ranges import IndexSet
from revo_edge.core.records import Chunk, Family, Limits, Recorded, Saved, Task
from revo_edge.core.turn import Turn
from revo_edge.errors import (
    BadRequest,
    Conflict,
    InternalError,
    NotFound,
    QueueFull,
    Unavailable,
    did_you_mean,
)

Submission = tuple[str, TaskSpec, bytes]
"""(task id, what was asked, its params as msgpack)."""

TRY_AGAIN_MS = 1000
_RESTARTABLE = frozenset({TaskState.HELD, TaskState.FAILED, TaskState.CANCELLED})


@dataclass(slots=True, eq=False)
class Intake:
    """Checks what comes in and makes it tasks."""

    kinds: Mapping[str, Kind]
    limits: Limits
    turn: Turn
    book: Book
    children: Children
    endings: Endings

    def submit(self, batch: Sequence[Submission], known_final: Mapping[str, TaskState]) -> None:
        """Accept all tasks, or raise BadRequest, NotFound, Conflict or QueueFull and none."""
        ids: set[str] = set()
        for task_id, spec, _ in batch:
            self._check(spec, ids, known_final)
            if task_id in self.book.tasks or task_id in ids:
                raise Conflict(f"There is a task {task_id} already. Submit with a new key.")
            ids.add(task_id)
        self._check_room(batch)
        for task_id, spec, params in batch:
            task = self._new_task(task_id, spec, params, self.turn.at)
            failed_id = self.book.await_tasks(task, known_final)
            if not failed_id:
                self.endings.start_at(task)
            self.book.add(task)
            self.book.record(task, "accepted")
            if failed_id:
                self.book.fail_dependent(task, failed_id)
            else:
                self.endings.ready(task)

    def restore(self, saved: Saved) -> None:
        """Take in a task that a daemon before this one had; one that ran was lost with it."""
        info = saved.info
        spec = msgspec.structs.replace(saved.spec, priority=info.priority)  # it may have changed
        task = self._new_task(info.id, spec, saved.params, info.created_at, info.place)
        _copy_record(task, info)
        task.story = list(saved.story)
        self._restore_families(task, saved.children)
        chunk, ran = task.chunk, info.state is TaskState.RUNNING
        if chunk is None and not info.state.final:
            task.state = TaskState.HELD
        self.book.add(task)
        if chunk is None:
            if task.state is not info.state:
                self.book.record(task, f"no engine here knows {task.spec.kind}; install it, retry")
            return
        chunk.number = info.attempt + (0 if ran else 1)
        chunk.lost = info.lost
        if ran:
            self._lost_with_daemon(task, chunk, saved.children)

    def restore_ended(self, info: TaskInfo) -> None:
        """Take in the public record of a task that had ended; a retry of it needs the journal."""
        spec = TaskSpec(
            info.kind,
            title=info.title,
            queue=info.queue,
            priority=info.priority,
            group=info.group,
        )
        task = self._new_task(info.id, spec, b"", info.created_at, info.place)
        _copy_record(task, info)
        task.params = None
        self.book.add(task)
        self.book.durations.ended(info)

    def open(self) -> None:
        """Line up all restored tasks."""
        self.endings.open = True
        for task in [t for t in self.book.tasks.values() if t.state is TaskState.QUEUED]:
            failed_id = self.book.await_tasks(task, {})
            if failed_id:
                self.book.fail_dependent(task, failed_id)
            else:
                self.endings.start_at(task)
                self.endings.ready(task)

    def retry(self, task_id: str, saved: Saved | None) -> None:
        """Run a held, failed or cancelled task again; raise NotFound or Conflict."""
        if saved and task_id not in self.book.tasks:
            self.restore(saved)
        task = self.book.find(task_id)
        if task.state not in _RESTARTABLE:
            raise Conflict(
                f"Task {task_id} is {task.state.value}; only held, failed and cancelled tasks can"
                " be retried."
            )
        if saved and task.params is None:
            task.params = saved.params
            task.spec = msgspec.structs.replace(saved.spec, priority=task.spec.priority)
            self._restore_families(task, saved.children)
        if task.params is None:
            raise InternalError(f"The params of task {task_id} are only in the journal.")
        if task.chunk is None:
            raise Conflict(f"No engine here knows {task.spec.kind}. Install it, restart, retry.")
        failed_id = self.book.await_tasks(task, {})
        if failed_id:
            task.waits_for.clear()
            raise Conflict(f"It waits for task {failed_id}, which did not succeed. Retry that one.")
        _reset(task, task.chunk)
        self.endings.start_at(task)
        self.book.move(task, TaskState.QUEUED, "retried")
        self.endings.ready(task)

    def _check(self, spec: TaskSpec, ids: set[str], known_final: Mapping[str, TaskState]) -> None:
        kind = self.kinds.get(spec.kind)
        if kind is None or kind.child:
            names = [name for name, other in self.kinds.items() if not other.child]
            what = "is only made by other tasks" if kind else "does not exist"
            raise BadRequest(f'The kind "{spec.kind}" {what}.{did_you_mean(spec.kind, names)}')
        if kind.lane is Lane.RESIDENT:
            raise Unavailable(f"{spec.kind} needs the resident lane, which does not run here.")
        for other_id in spec.after:
            if not (other_id in self.book.tasks or other_id in ids or other_id in known_final):
                raise NotFound(f"after: there is no task {other_id}. `revo task ls` lists them.")

    def _check_room(self, batch: Sequence[Submission]) -> None:
        queued, limit = self.book.states[TaskState.QUEUED], self.limits.queue_limit
        if queued + len(batch) > limit:
            raise QueueFull(
                f"{queued} tasks wait and {limit} may. Try again when some have ended, or raise"
                " queues.limit.",
                after_ms=TRY_AGAIN_MS,
            )
        size = sum(len(params) for _, _, params in batch)
        if self.book.queued_bytes + size > self.limits.queue_bytes_limit:
            raise QueueFull(
                f"The params of waiting tasks take {self.book.queued_bytes >> 20} MB of"
                f" {self.limits.queue_bytes_limit >> 20}. Try again when some have ended, or raise"
                " queues.bytes_limit_mb.",
                after_ms=TRY_AGAIN_MS,
            )

    def _new_task(
        self, task_id: str, spec: TaskSpec, params: bytes, at: float, place: float | None = None
    ) -> Task:
        kind = self.kinds.get(spec.kind)
        task = Task(task_id, spec, kind, params, self.children.order.keep(place), at)
        if kind:
            task.chunk = _new_chunk(task, kind)
        return task

    def _restore_families(self, task: Task, children: Mapping[str, Recorded]) -> None:
        if task.chunk is None:
            return
        for address, recorded in children.items():
            family = task.families.get(address)
            if family is None:
                family = task.families[address] = Family(address, task.chunk)
            if not family.done.count:
                family.done = IndexSet(recorded.done)
                family.failed = recorded.done_failed
        if task.chunk.family:
            task.items = task.chunk.family.done.count

    def _lost_with_daemon(self, task: Task, chunk: Chunk, children: Mapping[str, Recorded]) -> None:
        started = {a: r.started for a, r in children.items() if r.started}
        if started and task.on_lost is OnLost.HOLD and not task.cancelling:
            names = ", ".join(f"{a}/{index}" for a, indexes in started.items() for index in indexes)
            task.tell(self.turn.at, f"these items had begun and have no outcome: {names}"[:2000])
        if task.on_lost is OnLost.FAIL:
            for address, indexes in started.items():
                family = task.families.get(address)
                if family:
                    lost = [ItemResult(index, error=WORKER_LOST) for index in indexes]
                    self.children.record(family, lost)
        self.endings.lose(chunk, None)


def items_of(task: Task) -> list[tuple[int, msgspec.Raw]]:
    """Return what the dispatch of a task carries: its params; none if they are a blob."""
    if task.spec.params_blob:
        return []
    return [(0, msgspec.Raw(task.params or b"\x80"))]


def _new_chunk(task: Task, kind: Kind) -> Chunk:
    chunk = Chunk(
        task=task,
        kind=kind,
        items=items_of(task),
        seq=task.seq,
        timeout_s=task.spec.timeout_s,
        retries=task.spec.retries,
        backoff_s=task.spec.backoff_s,
    )
    join_family(chunk)
    return chunk


def _reset(task: Task, chunk: Chunk) -> None:
    """Give a task fresh attempts. Its chunk may still have to leave its worker."""
    chunk.items = items_of(task)
    chunk.number, chunk.lost, chunk.losses = 1, 0, 0
    task.attempt = task.lost = 0
    task.error = task.progress = task.result_bytes = task.started_at = None


def _copy_record(task: Task, info: TaskInfo) -> None:
    task.state = info.state
    task.attempt = info.attempt
    task.lost = info.lost
    task.progress = info.progress
    task.started_at = info.started_at
    task.ended_at = info.ended_at
    task.error = info.error
    task.result_bytes = info.result_bytes
    task.items = info.items
    task.cancelling = info.cancelling
