"""Which task runs where and when: a pure state machine, `(event, now) -> actions`.

No sockets, no processes, no files, no clock: the daemon passes each event in with the time it saw
it, carries out the actions it gets back, and calls `tick` when `next_deadline` is due.

    intake    how tasks come in                endings   what an outcome or a loss means
    book      moves, history, counters         children  families of drivers
    queues    lines of what waits              attempts  what runs where
    workers   processes of the two lanes       sizing    how many of them
    records   what is kept; the legal moves    turn      one decision; the heap of deadlines
    edits     what a person changes in a line  outlook   when tasks will start and end
    groups    changes of tasks that belong together
"""

import random
from collections.abc import Collection, Iterator, Mapping, Sequence

from revo_edge.contract.events import QueueInfo
from revo_edge.contract.kinds import Kind, Lane
from revo_edge.contract.task_requests import Spot
from revo_edge.contract.tasks import ErrorInfo, Progress, TaskInfo, TaskSpec, TaskState
from revo_edge.contract.workers import Children as ChildrenMessage
from revo_edge.contract.workers import Outcomes, Owner, ProgressNote, WorkerInfo
from revo_edge.core.actions import Action, PublishProgress, PublishQueue
from revo_edge.core.attempts import Attempts
from revo_edge.core.book import Book, EngineCounts
from revo_edge.core.children import Children
from revo_edge.core.durations import Durations
from revo_edge.core.edits import Edits
from revo_edge.core.endings import CANCELLED, Endings
from revo_edge.core.groups import Change, Groups
from revo_edge.core.intake import Intake, Submission
from revo_edge.core.invariants import check
from revo_edge.core.outlook import Outlooks, Picture
from revo_edge.core.queues import Queues
from revo_edge.core.records import Chunk, Limits, Saved, Task, Worker
from revo_edge.core.scaling import Autoscaler
from revo_edge.core.sizing import HostLoad, Sizing
from revo_edge.core.turn import Timers, Turn
from revo_edge.core.workers import LaneCount, Pool
from revo_edge.errors import Conflict, NotFound

_NONE_FINAL: Mapping[str, TaskState] = {}


class Scheduler:
    """Owns tasks and workers. Every method that takes `now` returns the actions to carry out.

    Restore what the journal has, `start`, then pass events in. `now` is monotonic seconds.
    """

    def __init__(
        self,
        kinds: Mapping[str, Kind],
        *,
        limits: Limits | None = None,
        policy: Autoscaler | None = None,
        seed: int = 0,
    ) -> None:
        self.limits = limits = limits or Limits()
        self._kinds = kinds
        self._turn = turn = Turn()
        self._timers = timers = Timers()
        self._queues = queues = Queues(limits.concurrency)
        self._pool = pool = Pool(turn, timers, limits.recycle_tasks)
        self._book = book = Book(turn, timers, queues, limits.history)
        self._attempts = attempts = Attempts(turn, timers, queues, pool, book)
        attempts.drivers_per_depth = limits.drivers_per_depth
        self._children = children = Children(turn, timers, queues, attempts)
        jitter = random.Random(seed)  # noqa: S311 - spreads retries, guards nothing
        self._endings = Endings(
            turn, timers, pool, book, attempts, children, jitter, limits.grace_s
        )
        attempts.overdue = self._endings.overdue
        self._intake = Intake(kinds, limits, turn, book, children, self._endings)
        self._edits = Edits(timers, queues, book, children, self._endings)
        self._groups = Groups(book, self._edits, self._endings)
        self._outlooks = Outlooks(queues, pool, book, attempts)
        self._sizing = Sizing(
            turn,
            timers,
            queues,
            pool,
            book,
            policy or Autoscaler(),
            limits.workers_min,
            limits.workers_max,
        )

    # the daemon's life

    @property
    def epoch(self) -> float:
        """Wall time minus monotonic time, in seconds; the shell sets it each turn."""
        return self._turn.epoch

    @epoch.setter
    def epoch(self, epoch: float) -> None:
        self._turn.epoch = epoch

    def restore(self, saved: Saved, now: float) -> list[Action]:
        """Take in a task from the journal, oldest first, before `start`."""
        self._turn.begin(now)
        self._intake.restore(saved)
        return self._turn.actions

    def restore_ended(self, info: TaskInfo, now: float) -> list[Action]:
        """Take in the record of an ended task, oldest end first, before `start`."""
        self._turn.begin(now)
        self._intake.restore_ended(info)
        return self._turn.actions

    def start(self, now: float) -> list[Action]:
        """Start workers and line up the restored tasks."""
        self._turn.begin(now)
        self._pool.resize(self._sizing.min, "the daemon started")
        self._intake.open()
        return self._decided()

    def drain(self, now: float) -> list[Action]:
        """Start no more tasks; those that run go on, with their children."""
        self._turn.begin(now)
        self._queues.closed = True
        return self._decided()

    def suspend(self, now: float) -> list[Action]:
        """Give every running task back to its queue, for the next daemon; nothing runs after it."""
        self._turn.begin(now)
        self._pool.closed = True
        self._endings.open = False
        self._attempts.forget_all()
        self._timers.clear()
        for task in self._book.tasks.values():
            if task.state is TaskState.RUNNING and task.cancelling:
                task.error = CANCELLED
                self._book.move(task, TaskState.CANCELLED, "the daemon stopped meanwhile")
            elif task.state is TaskState.RUNNING:
                task.attempt -= 1
                self._book.move(task, TaskState.QUEUED, "the daemon stopped")
        return self._decided()

    # tasks

    def submit(
        self,
        task_id: str,
        spec: TaskSpec,
        params: bytes,
        now: float,
        *,
        known_final: Mapping[str, TaskState] = _NONE_FINAL,
    ) -> list[Action]:
        """Accept a task.

        `known_final` are states of tasks in `spec.after` that only the journal knows. Raises
        BadRequest (kind), NotFound (after), Conflict (the id is taken) or QueueFull.
        """
        return self.submit_batch([(task_id, spec, params)], now, known_final=known_final)

    def submit_batch(
        self,
        batch: Sequence[Submission],
        now: float,
        *,
        known_final: Mapping[str, TaskState] = _NONE_FINAL,
    ) -> list[Action]:
        """Accept all tasks or, with an error as of `submit`, none; they may wait for earlier ones."""
        self._turn.begin(now)
        self._intake.submit(batch, known_final)
        return self._decided()

    def cancel(self, task_id: str, grace_s: float, now: float) -> list[Action]:
        """Stop a task; what runs is killed after the grace. Raises NotFound."""
        self._turn.begin(now)
        task = self._book.find(task_id)
        if not task.state.final:
            self._endings.cancel(task, grace_s)
        return self._decided()

    def needs_journal(self, task_id: str) -> bool:
        """Tell whether a retry of the task needs its Saved from the journal."""
        task = self._book.tasks.get(task_id)
        return task is None or task.params is None

    def retry(self, task_id: str, now: float, saved: Saved | None = None) -> list[Action]:
        """Queue a held, failed or cancelled task again; recorded children are not run again.

        `saved` is what the journal has of it, if `needs_journal`. Raises NotFound or Conflict.
        """
        self._turn.begin(now)
        self._intake.retry(task_id, saved)
        return self._decided()

    def hold(self, task_id: str, now: float) -> list[Action]:
        """Keep a queued task from starting until it is released; raise NotFound or Conflict."""
        self._turn.begin(now)
        self._edits.hold(task_id)
        return self._decided()

    def release(self, task_id: str, now: float) -> list[Action]:
        """Queue a held task where it stood, its attempts kept; raise NotFound or Conflict."""
        self._turn.begin(now)
        self._edits.release(task_id)
        return self._decided()

    def set_priority(self, task_id: str, priority: int, now: float) -> list[Action]:
        """Change the priority of a queued or held task; raise NotFound or Conflict."""
        self._turn.begin(now)
        self._edits.set_priority(task_id, priority)
        return self._decided()

    def move(self, task_id: str, spot: Spot, other_id: str | None, now: float) -> list[Action]:
        """Move a queued or held task in its queue and priority.

        `other_id` names whom it shall stand before or after. Raises BadRequest, NotFound, Conflict.
        """
        self._turn.begin(now)
        self._edits.move(task_id, spot, other_id)
        return self._decided()

    def group_members(self, group: str, change: Change) -> list[str]:
        """Return the ids of a group's tasks in the order to change them in; raise NotFound."""
        return self._groups.members(group, change)

    def change_group(
        self, ids: Sequence[str], change: Change, grace_s: float, now: float
    ) -> tuple[list[Action], int]:
        """Change those of the tasks that can be; return also how many were."""
        self._turn.begin(now)
        changed = self._groups.change(ids, change, grace_s)
        return self._decided(), changed

    def remove(self, task_id: str, now: float) -> list[Action]:
        """Forget an ended or held task; raise NotFound or Conflict."""
        self._turn.begin(now)
        task = self._book.find(task_id)
        if not (task.state.final or task.state is TaskState.HELD):
            raise Conflict(f"Task {task_id} is {task.state.value}. Cancel it first.")
        self._book.remove(task)
        return self._decided()

    def undo(self, task_id: str, now: float) -> list[Action]:
        """Take back a submission that the journal refused; a worker it was given to is replaced."""
        self._turn.begin(now)
        task = self._book.tasks.get(task_id)
        if task is None:  # somebody removed it meanwhile
            return self._turn.actions
        if not task.state.final:
            self._endings.take_back(task)
        self._book.remove(task)
        return self._decided()

    # queues

    def pause(self, queue: str, now: float) -> list[Action]:
        """Start no more tasks of a queue; children of running ones go on."""
        return self._set_queue(queue, None, now, paused=True)

    def resume(self, queue: str, concurrency: int | None, now: float) -> list[Action]:
        """Start tasks of a queue again; `concurrency`, if given, bounds how many run at once."""
        return self._set_queue(queue, concurrency, now, paused=False)

    # workers

    def worker_ready(self, worker_id: str, now: float) -> list[Action]:
        """Count a started worker in; one that was killed meanwhile is ignored."""
        self._turn.begin(now)
        worker = self._pool.workers.get(worker_id)
        if worker:
            self._pool.ready(worker)
        return self._decided()

    def worker_lost(self, worker_id: str, error: ErrorInfo | None, now: float) -> list[Action]:
        """Count a dead worker out.

        What it ran ends with the `error`; with none, or with code `worker_lost`, by `on_lost`.
        """
        self._turn.begin(now)
        worker = self._pool.workers.get(worker_id)
        if worker:
            self._pool.count_out(worker)
            self._endings.cut(worker, error, "its worker died while it stopped")
        return self._decided()

    def outcomes(self, worker_id: str, message: Outcomes, now: float) -> list[Action]:
        """Take in ended items; those of an attempt that is over are ignored."""
        self._turn.begin(now)
        chunk = self._attempt(worker_id, message.attempt)
        if chunk:
            self._endings.outcomes(chunk, message)
        return self._decided()

    def progress(self, worker_id: str, message: ProgressNote, now: float) -> list[Action]:
        """Take in how far a task is; notes of children are ignored."""
        self._turn.begin(now)
        chunk = self._attempt(worker_id, message.attempt)
        if chunk and chunk.parent is None and chunk.task.state is TaskState.RUNNING:
            m, task = message, chunk.task
            task.progress = Progress(m.done, m.total, m.failed, m.note, m.rate)
            self._turn.emit(PublishProgress(task.id, task.progress, task.items))
        return self._turn.actions

    def children(self, worker_id: str, message: ChildrenMessage, now: float) -> list[Action]:
        """Line up children for a running driver."""
        self._turn.begin(now)
        chunk = self._attempt(worker_id, message.attempt)
        if chunk:
            self._children.admit(chunk, message, self._kinds)
        return self._decided()

    def set_bounds(self, least: int, most: int, now: float) -> list[Action]:
        """Bound the number of elastic workers; raise BadRequest."""
        self._turn.begin(now)
        self._sizing.set_bounds(least, most)
        return self._decided()

    def restart_worker(self, worker_id: str, now: float, *, kill: bool) -> list[Action]:
        """Replace a worker (empty id: all) when it is idle, or now; raise NotFound.

        With `kill` its task follows `on_lost`.
        """
        self._turn.begin(now)
        if worker_id and worker_id not in self._pool.workers:
            raise NotFound(f"There is no worker {worker_id}. `revo worker ls` lists them.")
        chosen = [worker_id] if worker_id else list(self._pool.workers)
        for worker in [self._pool.workers[name] for name in chosen]:
            if kill:
                self._pool.kill(worker, "restarted by the user")
                self._endings.cut(worker, None, "its worker was restarted")
            else:
                self._pool.retire(worker, "restarted by the user")
        return self._decided()

    def recycle(self, worker_id: str, reason: str, now: float) -> list[Action]:
        """Replace a worker when it is next idle; one that is gone is ignored."""
        self._turn.begin(now)
        worker = self._pool.workers.get(worker_id)
        if worker:
            self._pool.retire(worker, reason)
        return self._decided()

    def host_load(self, load: HostLoad, now: float) -> list[Action]:
        """Take in the newest load of the machine, for scaling."""
        self._turn.begin(now)
        self._sizing.note(load)
        return self._turn.actions

    # time

    def tick(self, now: float) -> list[Action]:
        """Do what is due."""
        self._turn.begin(now)
        self._timers.fire_due(now)
        return self._decided()

    def next_deadline(self) -> float | None:
        """Return when `tick` has something to do, in monotonic seconds; None: nothing waits."""
        return self._timers.next()

    # lookups

    def task(self, task_id: str) -> Task:
        """Return what is kept of a task; raise NotFound."""
        return self._book.find(task_id)

    def info(self, task_id: str) -> TaskInfo:
        """Return the public record of a task as it is now; raise NotFound."""
        return self._book.info(self._book.find(task_id))

    def infos(self) -> Iterator[TaskInfo]:
        """Yield the public records of all tasks in memory, in the order they came in."""
        return (self._book.info(task) for task in self._book.tasks.values())

    def count(self, state: TaskState) -> int:
        """Return how many tasks in memory are in a state."""
        return self._book.states[state]

    def queues(self) -> tuple[QueueInfo, ...]:
        """Return all named queues."""
        return tuple(queue.info() for queue in self._queues.named.values())

    def workers(self) -> dict[str, Worker]:
        """Return all workers by id, also those that start or stop."""
        return self._pool.workers

    def worker(self, worker_id: str) -> WorkerInfo | None:
        """Return the public record of a worker, or None when it is gone."""
        worker = self._pool.workers.get(worker_id)
        return worker.info() if worker else None

    def lane(self, lane: Lane) -> LaneCount:
        """Return how many workers of a lane start, idle and are busy."""
        return self._pool.lanes[lane]

    def bounds(self) -> tuple[int, int]:
        """Return the least and the greatest number of elastic workers."""
        return self._sizing.min, self._sizing.max

    def engine(self, name: str) -> EngineCounts:
        """Return the counters of an engine."""
        return self._book.counts(name)

    def mean_s(self, kind: str) -> float | None:
        """Return the measured mean duration of a kind's items; None when none has ended yet."""
        return self._book.means_s.get(kind)

    @property
    def durations(self) -> Durations:
        """How long the tasks of each kind took."""
        return self._book.durations

    def picture(self, ids: Collection[str], now: float) -> Picture:
        """Return what `core.outlook` needs to foresee the starts and ends of tasks."""
        return self._outlooks.picture(ids, now + self.epoch)

    def oldest_wait_s(self, now: float) -> float:
        """Return how long the oldest startable work has waited for an elastic worker."""
        at = self._queues.oldest_elastic_at()
        return now - at if at is not None else 0.0

    def family_of(self, worker_id: str, attempt_id: str) -> Owner | None:
        """Return the address under which a running driver's children are recorded."""
        chunk = self._attempt(worker_id, attempt_id)
        return chunk.family.address if chunk and chunk.family else None

    def scaling_reason(self) -> str:
        """Return why the number of workers last changed, or did not."""
        return self._sizing.policy.last_reason

    def validate(self) -> None:
        """Check what holds from `start` to `suspend`; tests call it after each event, only they."""
        if self._endings.open:
            check(self._queues, self._pool, self._book, self._attempts)

    def _attempt(self, worker_id: str, attempt_id: str) -> Chunk | None:
        chunk = self._attempts.running.get(attempt_id)
        return chunk if chunk and chunk.worker and chunk.worker.id == worker_id else None

    def _set_queue(
        self, name: str, concurrency: int | None, now: float, *, paused: bool
    ) -> list[Action]:
        self._turn.begin(now)
        queue = self._queues.named_queue(name)
        changed, queue.paused = queue.paused is not paused, paused
        queue.concurrency = concurrency or queue.concurrency
        self._turn.emit(PublishQueue(queue.info()))
        if changed:
            self._book.record_waiting(name)
        self._queues.forget_empty(name)
        return self._decided()

    def _decided(self) -> list[Action]:
        """Let follow what the event made possible, and return all actions."""
        self._book.settle()
        while self._book.unblocked:
            self._endings.ready(self._book.unblocked.popleft())
        if not self._pool.closed:
            self._attempts.dispatch()
            self._sizing.watch()
        return self._turn.actions
