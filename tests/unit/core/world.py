"""A world around the scheduler: it notes all actions, starts workers and checks every invariant."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from revo_edge.contract.kinds import Kind, Lane
from revo_edge.contract.tasks import ErrorInfo, ItemResult, TaskInfo, TaskSpec, TaskState
from revo_edge.contract.workers import Children, Item, Outcomes
from revo_edge.core.actions import (
    Action,
    CancelAttempt,
    Dispatch,
    KillWorker,
    Record,
    RecordChildren,
    StartWorker,
    StopWorker,
)
from revo_edge.core.records import Limits
from revo_edge.core.scheduler import Scheduler

EMPTY = b"\x80"
RAW = msgspec.Raw(EMPTY)


class NoParams(msgspec.Struct):
    """Params of the kinds of this world."""


def kind(name: str, lane: Lane = Lane.ELASTIC, *, child: bool = False) -> Kind:
    return Kind(name, "engine", name, NoParams, lane=lane, child=child)


KINDS: Mapping[str, Kind] = {
    "work": kind("work"),
    "drive": kind("drive", Lane.DRIVER),
    "item": kind("item", child=True),
    "sub": kind("sub", Lane.DRIVER, child=True),
    "worn": msgspec.structs.replace(kind("worn"), wears=True),
}

BROKEN = ErrorInfo("user_error", "It broke.")
SHAKY = ErrorInfo("user_error", "It broke, this time.", retry=True)


def wanted(count: int, first: int = 0) -> tuple[Item, ...]:
    return tuple((index, RAW) for index in range(first, first + count))


class World:
    """Drives one scheduler; `w.now` is the time, `w.actions` all that was decided."""

    def __init__(
        self,
        workers: int = 2,
        *,
        start: bool = True,
        ready: bool = True,
        kinds: Mapping[str, Kind] = KINDS,
        **limits: Any,
    ) -> None:
        limits.setdefault("workers_max", max(workers, 16))
        self.scheduler = Scheduler(kinds, limits=Limits(workers_min=workers, **limits))
        self.scheduler.epoch = 1000.0
        self.now = 0.0
        self.ready = ready
        self.checked = True
        self.actions: list[Action] = []
        self.on_worker: dict[str, Dispatch] = {}
        if start:
            self.do(self.scheduler.start(self.now))

    def do(self, actions: list[Action]) -> list[Action]:
        """Take in what was decided; new workers are ready at once unless the test says no."""
        self.actions += actions
        if self.checked:
            self.scheduler.validate()
        for action in actions:
            if isinstance(action, Dispatch):
                self.on_worker[action.attempt.id] = action
            elif isinstance(action, StartWorker) and self.ready:
                self.do(self.scheduler.worker_ready(action.worker_id, self.now))
        return actions

    def submit(self, task_id: str, kind: str = "work", **spec: Any) -> list[Action]:
        return self.do(self.scheduler.submit(task_id, TaskSpec(kind, **spec), EMPTY, self.now))

    def after(self, seconds: float) -> list[Action]:
        """Let time pass to its end, tick by tick."""
        until = self.now + seconds
        actions: list[Action] = []
        while (due := self.scheduler.next_deadline()) is not None and due <= until:
            self.now = max(self.now, due)
            actions += self.do(self.scheduler.tick(self.now))
        self.now = until
        return actions

    def attempt(self, owner: str, index: int = 0, *, child: bool = False) -> Dispatch:
        """Return the newest dispatch that carries this item."""
        for dispatch in reversed(self.on_worker.values()):
            attempt = dispatch.attempt
            indexes = [item[0] for item in attempt.items]
            if attempt.owner == owner and attempt.child is child and index in indexes:
                return dispatch
        raise AssertionError(f"{owner}/{index} was never dispatched")

    def end(
        self, dispatch: Dispatch, error: ErrorInfo | None = None, *, duration_s: float = 1.0
    ) -> list[Action]:
        """All items of an attempt end alike."""
        indexes = [item[0] for item in dispatch.attempt.items]
        return self.outcome(dispatch, indexes, error, done=True, duration_s=duration_s)

    def outcome(
        self,
        dispatch: Dispatch,
        indexes: Iterable[int],
        error: ErrorInfo | None = None,
        *,
        done: bool = False,
        duration_s: float = 1.0,
    ) -> list[Action]:
        number = dispatch.attempt.number
        results = tuple(
            ItemResult(index, number, duration_s, error=error, size_bytes=1) for index in indexes
        )
        message = Outcomes(dispatch.attempt.id, results, done)
        return self.do(self.scheduler.outcomes(dispatch.worker_id, message, self.now))

    def children(self, driver: Dispatch, kind: str, items: tuple[Item, ...], **more: Any) -> None:
        message = Children(driver.attempt.id, kind, items, **more)
        self.do(self.scheduler.children(driver.worker_id, message, self.now))

    def lose(self, dispatch: Dispatch, error: ErrorInfo | None = None) -> list[Action]:
        return self.do(self.scheduler.worker_lost(dispatch.worker_id, error, self.now))

    def cancel(self, task_id: str, grace_s: float = 2.0) -> list[Action]:
        return self.do(self.scheduler.cancel(task_id, grace_s, self.now))

    def info(self, task_id: str) -> TaskInfo:
        return self.scheduler.info(task_id)

    def state(self, task_id: str) -> TaskState:
        return self.scheduler.task(task_id).state

    def notes(self, task_id: str) -> list[str]:
        return [line.note for line in self.scheduler.task(task_id).story]

    def error(self, task_id: str) -> str:
        error = self.scheduler.task(task_id).error
        return error.code if error else ""

    @property
    def running(self) -> list[str]:
        """Owners of what was dispatched, in order."""
        return [dispatch.attempt.owner for dispatch in self.on_worker.values()]


def dispatches(actions: Iterable[Action]) -> list[Dispatch]:
    return [action for action in actions if isinstance(action, Dispatch)]


def records(actions: Iterable[Action]) -> list[Record]:
    return [action for action in actions if isinstance(action, Record)]


def recorded(actions: Iterable[Action], owner: str) -> list[ItemResult]:
    return [
        result
        for action in actions
        if isinstance(action, RecordChildren) and action.owner == owner
        for result in action.results
    ]


def killed(actions: Iterable[Action]) -> list[str]:
    return [action.worker_id for action in actions if isinstance(action, KillWorker)]


def stopped(actions: Iterable[Action]) -> list[str]:
    return [action.worker_id for action in actions if isinstance(action, StopWorker)]


def started(actions: Iterable[Action]) -> list[str]:
    return [action.worker_id for action in actions if isinstance(action, StartWorker)]


def asked_to_stop(actions: Iterable[Action]) -> list[str]:
    return [action.attempt_id for action in actions if isinstance(action, CancelAttempt)]
