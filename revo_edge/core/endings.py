"""What the end of an attempt means: an outcome, a loss, a timeout or a stop, of a task or a child."""

import random
from dataclasses import dataclass
from functools import partial

from revo_edge.contract.kinds import Lane, OnLost
from revo_edge.contract.tasks import ErrorInfo, ItemResult, TaskState
from revo_edge.contract.workers import Item, Outcomes
from revo_edge.core.attempts import Attempts
from revo_edge.core.book import Book
from revo_edge.core.children import Children, take_item
from revo_edge.core.records import Chunk, Family, Task, Worker
from revo_edge.core.turn import Timers, Turn
from revo_edge.core.workers import Pool

TASK_LOSSES = 5
"""A task that was lost more often in a row, without a new child recorded between, fails."""
CHILD_LOSSES = 3
"""A child that was lost so often in a row fails."""
BACKOFF_LIMIT_S = 3600.0
START_CHECK_S = 60.0
"""A delayed start looks at wall time at least so often, so that clock jumps are met."""

WORKER_LOST = ErrorInfo(
    "worker_lost",
    "The worker process died while it ran this: killed, out of memory or a crash. Its log may say"
    " why; a retry runs it again.",
)
CANCELLED = ErrorInfo("cancelled", "It was cancelled. A retry runs it again.")


@dataclass(slots=True, eq=False)
class Endings:
    """Ends attempts, and decides what becomes of their items and tasks.

    `grace_s` is for children that die with a task which was not cancelled. Tasks line up only once
    it is `open`: before that the journal is still being read.
    """

    turn: Turn
    timers: Timers
    pool: Pool
    book: Book
    attempts: Attempts
    children: Children
    jitter: random.Random
    grace_s: float
    open: bool = False

    def outcomes(self, chunk: Chunk, message: Outcomes) -> None:
        """Take in how items of a running attempt ended."""
        if chunk.parent is None:
            self._task_outcomes(chunk, message)
        elif chunk.leaving:
            if message.done:
                self.attempts.release(chunk)
                self._left(chunk, "")
        else:
            self._child_outcomes(chunk, message)

    def cut(self, worker: Worker, error: ErrorInfo | None, note: str) -> None:
        """End everything on a worker that is dead and counted out.

        Only what ran counts an attempt: it ends with the error, or by `on_lost` if the worker was
        just lost (no error, or one that says how).
        """
        for place, chunk in enumerate(tuple(worker.chunks)):
            was_leaving = self.attempts.release(chunk)
            if was_leaving:
                self._left(chunk, note)
            elif place:
                self._free(chunk)
            else:
                self.lose(chunk, error)

    def lose(self, chunk: Chunk, error: ErrorInfo | None) -> None:
        """End an attempt whose worker is gone."""
        if chunk.family and chunk.family.progressed:
            chunk.losses = 0
            chunk.family.progressed = False
        cause = error or WORKER_LOST
        if chunk.parent:
            self._lose_child(chunk, chunk.parent, cause)
        elif cause.code == WORKER_LOST.code:
            self._lose_task(chunk, cause)
        else:
            self._task_failed(chunk, ItemResult(0, attempt=chunk.number, error=cause))

    def cancel(self, task: Task, grace_s: float) -> None:
        """Stop a task wherever it stands; a later call can only shorten the grace."""
        chunk = task.chunk
        if chunk is None or task.state is not TaskState.RUNNING:
            if chunk:
                self.children.withdraw(chunk)
            task.error = CANCELLED
            self.book.move(task, TaskState.CANCELLED, "cancelled before it ran")
            return
        if not task.cancelling:
            task.cancelling = True
            self.book.record(task, f"asked to stop within {grace_s:.1f} s")
        self.attempts.stop(chunk, grace_s)
        self.children.drop(chunk.family, grace_s)

    def take_back(self, task: Task) -> None:
        """Cancel a task that was never accepted; if it reached a worker, that one is replaced."""
        chunk = task.chunk
        if chunk is None or chunk.worker is None:
            self.cancel(task, 0.0)
        elif chunk.worker.chunks[0] is chunk:
            worker, task.cancelling = chunk.worker, True
            self.pool.kill(worker, f"{task.id} could not be written")
            self.cut(worker, None, "")
        else:
            self.attempts.stop(chunk, 0.0)
            self.attempts.release(chunk)
            self.end_task(task, TaskState.CANCELLED, "it could not be written", CANCELLED)

    def end_task(self, task: Task, state: TaskState, note: str, error: ErrorInfo) -> None:
        """End a task without an outcome of its own; its children end with it."""
        task.error = error
        if task.chunk:
            self.children.drop(task.chunk.family, self.grace_s)
        self.book.move(task, state, note)

    def hold(self, task: Task, note: str, cause: ErrorInfo) -> None:
        """Take a running task out until a person decides."""
        task.error = cause
        if task.chunk:
            self.attempts.stop(task.chunk, self.grace_s)
            self.children.drop(task.chunk.family, self.grace_s)
        self.book.move(task, TaskState.HELD, note)

    def ready(self, task: Task) -> None:
        """Line a queued task up unless it waits for something."""
        if not self.open or task.state is not TaskState.QUEUED or task.chunk is None:
            return
        if not task.waits_for and not task.delayed:
            self.children.enqueue(task.chunk)

    def start_at(self, task: Task) -> None:
        """Delay a task until its `at`, which is wall time and may jump."""
        left_s = (task.spec.at or 0.0) - self.turn.at
        if left_s > 0 and task.chunk:
            task.delayed = True
            when = self.turn.now + min(left_s, START_CHECK_S)
            task.chunk.timer = self.timers.arm(when, partial(self._look_at_start, task))
        else:
            task.delayed = False

    def _look_at_start(self, task: Task) -> None:
        if not task.delayed:
            return  # it was held or cancelled while an earlier attempt still left its worker
        self.start_at(task)
        if not task.delayed:
            self._delay_over(task)

    def _delay_over(self, task: Task) -> None:
        task.delayed = False
        self.book.record(task)
        self.ready(task)

    def _task_outcomes(self, chunk: Chunk, message: Outcomes) -> None:
        if not message.results and not message.done:
            return
        if chunk.worker:
            chunk.worker.items_done += 1
            if chunk.kind.wears:
                self.pool.retire(chunk.worker, f"{chunk.kind.name} wore it out")
        was_leaving = self.attempts.release(chunk)
        task = chunk.task
        if task.state is not TaskState.RUNNING:
            self.children.settle(chunk)  # what was left of a held task
            return
        if not message.results:
            if was_leaving:
                self._left(chunk, "cancelled before it began")
            else:
                self.lose(chunk, None)  # the worker gave it up without a word
            return
        result = message.results[0]
        if chunk.kind.lane is not Lane.DRIVER:
            self.book.measure(chunk.kind, (result,))
        if result.error is None:
            self._succeed(task, result)
        elif task.cancelling:
            self.end_task(task, TaskState.CANCELLED, "cancelled by itself", CANCELLED)
        else:
            self._task_failed(chunk, result)
        self.children.settle(chunk)

    def _succeed(self, task: Task, result: ItemResult) -> None:
        if task.chunk:
            self.children.drop(task.chunk.family, self.grace_s)
        task.error = None
        task.result_bytes = result.size_bytes
        note = "it had ended before the cancel reached it" if task.cancelling else ""
        self.book.move(task, TaskState.SUCCEEDED, note, result)

    def _task_failed(self, chunk: Chunk, result: ItemResult) -> None:
        task, error = chunk.task, result.error or WORKER_LOST
        self.children.drop(chunk.family, self.grace_s)
        task.error = error
        if not _may_retry(chunk, error):
            self.book.move(task, TaskState.FAILED, f"{error.code}: {error.msg[:200]}", result)
            return
        delay_s = self._backoff_s(chunk)
        chunk.number += 1
        task.delayed = True
        note = f"attempt {task.attempt} failed ({error.code}), the next in {delay_s:.1f} s"
        self.book.move(task, TaskState.QUEUED, note)
        chunk.timer = self.timers.arm(self.turn.now + delay_s, partial(self._delay_over, task))

    def _lose_task(self, chunk: Chunk, cause: ErrorInfo) -> None:
        task = chunk.task
        chunk.lost += 1
        chunk.losses += 1
        task.lost = chunk.lost
        where = f"lost on {task.worker_id}" if task.worker_id else "lost with its daemon"
        if task.cancelling:
            self.end_task(task, TaskState.CANCELLED, "its worker died while it stopped", CANCELLED)
        elif task.on_lost is OnLost.HOLD:
            self.hold(task, f"{where}; held until you retry or remove it", cause)
        elif task.on_lost is OnLost.FAIL or chunk.losses > TASK_LOSSES:
            self.end_task(task, TaskState.FAILED, where, cause)
        else:
            self.children.drop(chunk.family, self.grace_s)
            chunk.number += 1
            self.book.move(task, TaskState.QUEUED, f"{where}; it runs again")
            self.ready(task)

    def _child_outcomes(self, chunk: Chunk, message: Outcomes) -> None:
        if chunk.worker:
            chunk.worker.items_done += len(message.results)
        if chunk.kind.lane is not Lane.DRIVER:
            self.book.measure(chunk.kind, message.results)
        final = [result for result in message.results if self._ends_child(chunk, result)]
        if chunk.parent:
            self.children.record(chunk.parent, final)
        if message.done:
            self.attempts.release(chunk)
            if chunk.items:
                self.lose(chunk, None)  # the worker gave the rest up without a word
            else:
                self.children.finish(chunk, self.grace_s)
        elif chunk.timeout_s is not None:
            chunk.deadline = self.turn.now + chunk.timeout_s

    def _ends_child(self, chunk: Chunk, result: ItemResult) -> bool:
        item = take_item(chunk, result.index)
        return item is not None and self._child_ended(chunk, item, result)

    def _child_ended(self, chunk: Chunk, item: Item, result: ItemResult) -> bool:
        """Return True when the outcome is final; else the child waits for its next attempt."""
        if result.error is None or not _may_retry(chunk, result.error):
            return True
        delay_s = self._backoff_s(chunk)
        self.children.drop(chunk.family, self.grace_s)
        again = self.children.successor(chunk, item, lost=False)
        when = self.turn.now + delay_s
        again.timer = self.timers.arm(when, partial(self.children.enqueue, again))
        return False

    def _lose_child(self, chunk: Chunk, family: Family, cause: ErrorInfo) -> None:
        item = chunk.items.pop(0)
        self.children.drop(chunk.family, self.grace_s)
        if chunk.items:
            self.children.enqueue(chunk)  # before the one that broke it
        final = self._loss_ends_child(chunk, item, cause)
        if not chunk.items:
            self.children.finish(chunk, self.grace_s)
        if final:
            self.children.record(family, [ItemResult(item[0], attempt=chunk.number, error=cause)])

    def _loss_ends_child(self, chunk: Chunk, item: Item, cause: ErrorInfo) -> bool:
        on_lost = chunk.task.on_lost
        if cause.code != WORKER_LOST.code:
            failed = ItemResult(item[0], attempt=chunk.number, error=cause)
            return self._child_ended(chunk, item, failed)
        if on_lost is OnLost.FAIL or chunk.losses + 1 >= CHILD_LOSSES:
            return True
        if on_lost is OnLost.HOLD:
            note = f"its item {item[0]} was lost; held until you retry or remove it"
            self.hold(chunk.task, note, cause)
        else:
            self.children.enqueue(self.children.successor(chunk, item, lost=True))
        return False

    def overdue(self, chunk: Chunk) -> None:
        """Kill the worker of a chunk whose time limit or grace is over."""
        worker, now = chunk.worker, self.turn.now
        if worker is None:
            return
        if chunk.kill_at is not None:
            when, note, error = chunk.kill_at, f"killed after {chunk.grace_s:.1f} s", None
        else:
            when, note, error = chunk.deadline or now, "ran over its time limit", _timed_out(chunk)
        if now < when:
            self.attempts.watch(chunk, when)
            return
        self.pool.kill(worker, f"{chunk.owner} {note}")
        self.cut(worker, error, note)

    def _left(self, chunk: Chunk, note: str) -> None:
        """A chunk that was to leave has left its worker."""
        task = chunk.task
        if chunk.parent is None and task.state is TaskState.RUNNING:
            self.end_task(task, TaskState.CANCELLED, note, CANCELLED)
        self.children.settle(chunk)

    def _free(self, chunk: Chunk) -> None:
        """Requeue what waited behind the running chunk of a dead worker; it counts no attempt."""
        if chunk.parent:
            self.children.enqueue(chunk)
            return
        chunk.task.attempt = chunk.number - 1
        self.book.move(chunk.task, TaskState.QUEUED, "its worker ended before it began")
        self.ready(chunk.task)

    def _backoff_s(self, chunk: Chunk) -> float:
        delay_s = min(chunk.backoff_s * 2.0 ** (chunk.failures - 1), BACKOFF_LIMIT_S)
        return delay_s * self.jitter.uniform(0.5, 1.5)


def _may_retry(chunk: Chunk, error: ErrorInfo) -> bool:
    return error.retry and chunk.failures <= chunk.retries


def _timed_out(chunk: Chunk) -> ErrorInfo:
    return ErrorInfo(
        "timeout",
        f"It ran longer than its limit of {chunk.timeout_s} s and its worker was killed. Raise the"
        " limit or make the work smaller.",
        retry=True,
    )
