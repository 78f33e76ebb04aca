"""What a person changes about tasks that wait: whether they may start, how urgent, in which place.

A place is a number, lower starts first; it is part of the record, so the order outlives the daemon.
A task that is moved between two gets a number between theirs. When there is none left, the tasks in
front of the gap are spread out: as few as give room again.
"""

import heapq
import math
from dataclasses import dataclass

import msgspec

from revo_edge.contract.task_requests import Spot
from revo_edge.contract.tasks import TaskState
from revo_edge.core.book import Book
from revo_edge.core.children import Children
from revo_edge.core.endings import Endings
from revo_edge.core.intake import items_of
from revo_edge.core.queues import Queues
from revo_edge.core.records import Task
from revo_edge.core.turn import Timers
from revo_edge.errors import BadRequest, Conflict

_CROWDS = (64, 1024, 1 << 20)
"""How many tasks are spread out at most: the first number that gives room."""
_WAITING = frozenset({TaskState.QUEUED, TaskState.HELD})


@dataclass(slots=True, eq=False)
class Edits:
    """Changes tasks that are queued or held. Every method raises NotFound or Conflict."""

    timers: Timers
    queues: Queues
    book: Book
    children: Children
    endings: Endings

    def hold(self, task_id: str) -> None:
        """Keep a queued task from starting until it is released."""
        task = self.book.find(task_id)
        if task.state is not TaskState.QUEUED:
            running = task.state is TaskState.RUNNING
            more = f" `revo task cancel {task_id}` stops it." if running else ""
            raise Conflict(
                f"Task {task_id} is {task.state.value}; only queued ones can be held.{more}"
            )
        if task.chunk:
            self.children.withdraw(task.chunk)
        self.book.move(task, TaskState.HELD, "held by a person")

    def release(self, task_id: str) -> None:
        """Queue a held task again where it stood; its attempts so far count.

        It waits for `after` and `at` as before, but not for the rest of a pause between attempts.
        """
        task = self.book.find(task_id)
        if task.state is not TaskState.HELD:
            raise Conflict(f"Task {task_id} is {task.state.value}; only held ones can be released.")
        if task.chunk is None:
            raise Conflict(f"No engine here knows {task.spec.kind}. Install it, restart, release.")
        failed_id = self.book.await_tasks(task, {})
        if failed_id:
            task.waits_for.clear()
            raise Conflict(f"It waits for task {failed_id}, which did not succeed. Retry that one.")
        task.chunk.items = items_of(task)
        task.chunk.number = task.attempt + 1
        self.endings.start_at(task)
        self.book.move(task, TaskState.QUEUED, "released")
        self.endings.ready(task)

    def set_priority(self, task_id: str, priority: int) -> None:
        """Change how urgent a waiting task is; among its new equals it stands by its place."""
        task = self._waiting(task_id)
        before = task.spec.priority
        if before != priority:
            self._change(task, priority, task.seq, f"priority {before} -> {priority}")

    def move(self, task_id: str, spot: Spot, other_id: str | None) -> None:
        """Give a waiting task another place in its queue and priority; raise also BadRequest."""
        beside = spot in {Spot.BEFORE, Spot.AFTER}
        if spot is Spot.UNKNOWN or beside is not (other_id is not None):
            raise BadRequest("Say `first`, `last`, or `before` or `after` with `other`, a task.")
        if task_id == other_id:
            raise BadRequest(f"{task_id} cannot stand beside itself. Name another task.")
        task = self._waiting(task_id)
        peers = self._all_peers(task)
        other = self._peer(task, other_id) if other_id else None
        where = f"{spot.value} {other_id or ''}".rstrip()
        seq = self._spot(peers, spot, other)
        if seq is not None:
            self._change(task, task.spec.priority, seq, f"moved {where}")

    def _all_peers(self, task: Task) -> list[Task]:
        """Return the waiting tasks of the same queue and priority; 10,000 take about 1 ms."""
        queue, priority = task.spec.queue, task.spec.priority
        queued, held = TaskState.QUEUED, TaskState.HELD
        return [
            each
            for each in self.book.tasks.values()
            if ((state := each.state) is queued or state is held)
            and (spec := each.spec).priority == priority
            and spec.queue == queue
            and each is not task
        ]

    def _spot(self, peers: list[Task], spot: Spot, other: Task | None) -> float | None:
        """Return the number of a place; None: there is nobody to pass."""
        if not peers:
            return None
        if other is None:
            return min([each.seq for each in peers]) - 1 if spot is Spot.FIRST else self._last()
        if spot is Spot.BEFORE:
            return self._before(peers, other.seq)
        above = min([each.seq for each in peers if each.seq > other.seq], default=None)
        return self._last() if above is None else self._before(peers, above)

    def _last(self) -> float:
        return self.children.order.next()

    def _before(self, peers: list[Task], high: float) -> float:
        lower = [each for each in peers if each.seq < high]
        low = max([each.seq for each in lower], default=high - 2)
        middle = (low + high) / 2
        return middle if low < middle < high else self._make_room(lower, high)

    def _make_room(self, lower: list[Task], high: float) -> float:
        """Spread tasks out below `high`, one place more than they are, and return that one."""
        for size in _CROWDS:
            crowd = heapq.nlargest(size + 1, lower, key=lambda each: each.seq)
            low = crowd.pop().seq if len(crowd) > size else crowd[-1].seq - len(crowd)
            step = (high - low) / (len(crowd) + 2)
            if step > 16 * math.ulp(high):
                break
        for number, each in enumerate(crowd, 2):  # the one in front of the gap comes first
            self._change(each, each.spec.priority, high - number * step, "")
        return high - step

    def _change(self, task: Task, priority: int, seq: float, note: str) -> None:
        chunk = task.chunk
        stands = chunk is not None and chunk.ticket
        if chunk and stands:
            self.queues.remove(chunk)
        task.seq = seq
        if task.spec.priority != priority:
            task.spec = msgspec.structs.replace(task.spec, priority=priority)
        if chunk:
            chunk.seq = seq
        if chunk and stands:
            self.queues.push(chunk, chunk.queued_at)
        self.book.record(task, note)

    def _waiting(self, task_id: str) -> Task:
        task = self.book.find(task_id)
        if task.state not in _WAITING:
            raise Conflict(
                f"Task {task_id} is {task.state.value}; only queued and held tasks have a place."
            )
        return task

    def _peer(self, task: Task, other_id: str) -> Task:
        other = self._waiting(other_id)
        if (other.spec.queue, other.spec.priority) != (task.spec.queue, task.spec.priority):
            raise Conflict(
                f"{other_id} stands in queue {other.spec.queue} with priority"
                f" {other.spec.priority}, {task.id} in {task.spec.queue} with"
                f" {task.spec.priority}. `revo task priority` makes two tasks equal."
            )
        return other
