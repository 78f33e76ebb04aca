"""Carries out what the scheduler decides: journal first, then the stream, the pool and replies.

Everything a decision makes visible (records, results to a driver, durable dispatches, the reply)
waits for that decision's commit; commits are answered in order, so the stream is in order too.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec
import zmq

from revo_edge.clock import utc_now
from revo_edge.contract import codec
from revo_edge.contract import workers as wire
from revo_edge.contract.events import Scaling, ScalingEffect
from revo_edge.contract.tasks import TaskInfo, TaskSpec
from revo_edge.contract.workers import WorkerInfo, WorkerState
from revo_edge.core import actions as act
from revo_edge.core.actions import Action
from revo_edge.core.routing import Frame, Publisher
from revo_edge.core.scheduler import Scheduler
from revo_edge.daemon.background import StoreThread
from revo_edge.daemon.lanes import Lanes
from revo_edge.daemon.processes import Process, Processes
from revo_edge.daemon.sockets import send
from revo_edge.daemon.waiters import Waiters
from revo_edge.errors import RevoError
from revo_edge.store import writes as put
from revo_edge.store.writes import Write

log = logging.getLogger(__name__)

TOMBSTONE_S = 24 * 3600.0

After = Callable[[RevoError | None], None]
New = Mapping[str, tuple[TaskSpec, bytes]]
"""Tasks that a decision creates: id -> (spec, params)."""


@dataclass(slots=True)
class Shell:
    """The scheduler's hands; all of it runs on the loop's thread."""

    scheduler: Scheduler
    publisher: Publisher
    store: StoreThread
    processes: Processes
    waiters: Waiters
    events: zmq.Socket[bytes]
    pool: zmq.Socket[bytes]
    spool_path: Callable[[str], str]
    lanes: Lanes
    removed: Callable[[str], None] = lambda task_id: None
    seen: Callable[[TaskInfo], None] = lambda info: None
    """Told of every published record of a task, before it goes out."""
    scaled: Callable[[Scaling | ScalingEffect], None] = lambda change: None
    published: int = 0
    drops: int = 0
    _refused: set[str] = field(default_factory=set)
    """Tasks that the disk refused while decisions about them were on their way to it."""
    _carry_out: dict[type, Callable[[Any, float], None]] = field(init=False)

    def __post_init__(self) -> None:
        self._carry_out = {
            act.Record: self._publish_record,
            act.RecordChildren: self._deliver,
            act.Remove: self._publish_removed,
            act.Evict: self._publish_removed,
            act.Dispatch: self._dispatch,
            act.CancelAttempt: self._cancel,
            act.StartWorker: self._start,
            act.StopWorker: self._stop,
            act.KillWorker: self._kill,
            act.PublishProgress: self._publish_progress,
            act.PublishWorker: self._publish_worker,
            act.PublishQueue: self._publish_queue,
            act.PublishScaling: self._publish_scaling,
            act.PublishScalingEffect: self._publish_effect,
        }

    # decisions

    def perform(
        self,
        decided: Sequence[Action],
        *,
        new: New | None = None,
        writes: Iterable[Write] = (),
        after: After | None = None,
        refusable: bool = False,
    ) -> None:
        """Carry out a decision; `after` is called once it is committed and published.

        With `refusable` a disk that does not take the write is told to `after`, and nothing of
        the decision becomes visible; else the store tries again until the disk takes it.
        """
        rows = [*writes]
        later: list[Action] = []
        fresh = dict(new or {})
        for action in decided:
            rows += _writes_of(action, fresh)
            if _waits(action, refusable):
                later.append(action)
            else:
                self._do(action)
        if not (rows or later or after):
            return
        done = partial(self._committed, later, after, frozenset(new or ()) if refusable else None)
        self.store.write(rows, done, refusable=refusable)

    def perform_unseen(self, decided: Sequence[Action]) -> None:
        """Carry out what concerns processes only: the tasks of the decision were never known."""
        for action in decided:
            if not isinstance(action, (*_VISIBLE, act.PublishProgress)):
                self._do(action)

    def _committed(
        self,
        later: list[Action],
        after: After | None,
        refusable: frozenset[str] | None,
        error: RevoError | None,
    ) -> None:
        """Make a decision visible; `refusable` are the tasks that an error takes back."""
        if error is not None and refusable is not None:
            self._refused |= refusable
            # nothing is decided about them any more once this list comes back
            self.store.write([], lambda _: self._refused.difference_update(refusable))
        else:
            if error is not None:
                log.error("a decision could not be written and goes on unwritten: %s", error.msg)
            for action in later:
                if not (self._refused and _task_of(action) in self._refused):
                    self._do(action)
        if after is not None:
            after(error)

    # actions

    def _do(self, action: Action) -> None:
        carry_out = self._carry_out.get(type(action))
        if carry_out is not None:  # the others are rows of the journal and nothing else
            carry_out(action, time.monotonic())

    def _publish_record(self, action: act.Record, now: float) -> None:
        self.seen(action.info)
        self.publish(self.publisher.task(action.info, now, utc_now()))
        self.waiters.changed(action.info.id)

    def _publish_removed(self, action: act.Remove | act.Evict, now: float) -> None:
        self.publish(self.publisher.removed(action.task_id, now, utc_now()))
        self.waiters.changed(action.task_id)
        self.removed(action.task_id)

    def _deliver(self, action: act.RecordChildren, _now: float) -> None:
        if action.worker_id is not None and action.attempt_id is not None:
            self.tell(action.worker_id, wire.ChildResults(action.attempt_id, action.results))
        self.waiters.changed(action.task_id)

    def _dispatch(self, action: act.Dispatch, _now: float) -> None:
        attempt = action.attempt
        if (
            attempt.params_path is not None
        ):  # the scheduler names the blob, the worker needs its file
            path = self.spool_path(attempt.params_path)
            attempt = msgspec.structs.replace(attempt, params_path=path)
        self.tell(action.worker_id, attempt)

    def _publish_progress(self, action: act.PublishProgress, now: float) -> None:
        frames = self.publisher.progress(
            action.task_id, action.progress, action.items, now, utc_now()
        )
        if frames:
            self.publish(frames)
            self.waiters.changed(action.task_id)

    def _publish_queue(self, action: act.PublishQueue, now: float) -> None:
        self.publish(self.publisher.queue(action.info, now, utc_now()))

    def _publish_scaling(self, action: act.PublishScaling, now: float) -> None:
        change = action.scaling
        log.info("workers %d -> %d: %s", change.before, change.after, change.reason)
        self.scaled(change)
        self.publish(self.publisher.scaling(change, now, utc_now()))

    def _publish_effect(self, action: act.PublishScalingEffect, now: float) -> None:
        self.scaled(action.effect)
        self.publish(self.publisher.scaling_effect(action.effect, now, utc_now()))

    def _publish_worker(self, action: act.PublishWorker, _now: float) -> None:
        self.publish_worker(action.worker_id)

    def publish_worker(self, worker_id: str) -> None:
        """Publish the record of a worker, the last time after its end."""
        info = self.worker_info(worker_id)
        if info is not None:
            self.publish(self.publisher.worker(info, time.monotonic(), utc_now()))

    def _start(self, action: act.StartWorker, _now: float) -> None:
        self.processes.start(action.worker_id, action.lane)

    def _stop(self, action: act.StopWorker, _now: float) -> None:
        self.tell(action.worker_id, wire.Exit())

    def _kill(self, action: act.KillWorker, _now: float) -> None:
        log.info("killing worker %s: %s", action.worker_id, action.reason)
        self.processes.kill(action.worker_id)

    def _cancel(self, action: act.CancelAttempt, _now: float) -> None:
        self.tell(action.worker_id, wire.CancelAttempt(action.attempt_id))

    def tell(self, worker_id: str, message: wire.ToWorker) -> None:
        """Send a message to a worker; one that is gone is found by its sentinel."""
        try:
            send(self.pool, [worker_id.encode(), codec.encode(message)])
        except zmq.ZMQError as error:
            self.drops += 1
            log.warning("worker %s takes no message: %s", worker_id, error)

    def publish(self, frames: Iterable[Frame]) -> None:
        """Send messages to the subscribers."""
        for frame in frames:
            send(self.events, frame)
            self.published += 1
        if frames:
            self.waiters.changed("")

    def worker_info(self, worker_id: str) -> WorkerInfo | None:
        """Return the public record of a worker; None for one that nobody has heard of."""
        seen = self.scheduler.worker(worker_id) or self.lanes.worker(worker_id)
        process = self.processes.get(worker_id)
        if seen is None:
            known = self.publisher.record.workers.get(worker_id)
            return known and msgspec.structs.replace(known, gone=True, state=WorkerState.STOPPING)
        return _with_process(seen, process)


def _with_process(seen: WorkerInfo, process: Process | None) -> WorkerInfo:
    if process is None:
        return seen
    return msgspec.structs.replace(
        seen,
        pid=process.started.pid,
        rss_bytes=process.rss_bytes,
        cpu_ratio=round(process.cpu_ratio, 3),
        started_at=process.started_at,
    )


_VISIBLE = (
    act.Record,
    act.RecordChildren,
    act.Remove,
    act.Evict,
    act.PublishQueue,
)


def _waits(action: Action, refusable: bool) -> bool:  # noqa: FBT001 - private, one caller
    """Tell whether an action waits for the commit; so do all dispatches of a refusable decision."""
    if isinstance(action, act.Dispatch):
        return action.durable or refusable
    return isinstance(action, _VISIBLE)


def _task_of(action: Action) -> str | None:
    if isinstance(action, act.Record):
        return action.info.id
    if isinstance(action, act.Dispatch):
        return action.attempt.owner.partition("/")[0]
    if isinstance(action, act.RecordChildren | act.Remove | act.Evict):
        return action.task_id
    return None


def _put_record(action: act.Record, new: dict[str, tuple[TaskSpec, bytes]]) -> Write:
    asked = new.pop(action.info.id, None)
    if asked is not None:
        return put.PutTask(action.info, asked[0], asked[1], action.story)
    return put.UpdateTask(action.info, action.story, action.result)


_ROW: dict[type, Callable[[Any], Write]] = {
    act.RecordChildren: lambda a: put.PutChildren(a.owner, a.task_id, a.results),
    act.RecordStart: lambda a: put.PutStarts(a.owner, a.index),
    act.DropChildren: lambda a: put.DropChildren(a.owner),
    act.Remove: lambda a: put.DropTask(a.task_id, utc_now() + TOMBSTONE_S),
    act.PublishQueue: lambda a: put.PutQueue(a.info),
}


def _writes_of(action: Action, new: dict[str, tuple[TaskSpec, bytes]]) -> list[Write]:
    """Return the rows of an action; a new task's first record is its row with what was asked."""
    if isinstance(action, act.Record):
        return [_put_record(action, new)]
    row = _ROW.get(type(action))
    return [] if row is None else [row(action)]
