"""The mirror: a gap-free local copy of the published record that reconnects alone.

The join, on every connection: a fresh subscription whose echo proves that it is in force, then a
cut of the record at one `s`; messages at or below it are dropped, the rest is applied.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from types import TracebackType
from typing import Self

import zmq

from revo_edge.client.client import Client
from revo_edge.client.connection import Context
from revo_edge.client.fold import Fold, Verdict
from revo_edge.client.stream import HEARTBEAT_TOPIC, LOST_S, STALE_S, Stream
from revo_edge.client.task_copy import TaskCopy
from revo_edge.clock import utc_now
from revo_edge.contract.alerts import Alert
from revo_edge.contract.codec import topic
from revo_edge.contract.digest import tasks_digest
from revo_edge.contract.events import EngineInfo, QueueInfo
from revo_edge.contract.record import Sample
from revo_edge.contract.requests import StreamEvent
from revo_edge.contract.tasks import TaskInfo
from revo_edge.contract.workers import WorkerInfo
from revo_edge.errors import DaemonUnreachable, DeadlineExceeded, RevoError
from revo_edge.paths import Paths, find_paths

STREAMS = ("task", "worker", "engine", "metric", "alert", "sys")
_LOOK_S = 0.5
_RETRY_S = 0.05
_RETRY_REFUSED_S = 1.0
"""After an answer that will hardly change soon, such as another protocol version."""
_BATCH = 1000
_PAGE = 1000
_MOST_TOUCHED = 10_000
_TASK_TOPIC = "task."
_TOO_SLOW_RESYNCS = 3
_TOO_SLOW_WINDOW_S = 60.0


class Link(Enum):
    """How a mirror stands to the daemon."""

    JOINING = "joining"
    LIVE = "live"
    STALE = "stale"
    """Nothing heard for 3 s; the copy is what it was."""
    LOST = "lost"
    """No daemon, or nothing heard for 5 s; it is being looked for."""


@dataclass(frozen=True, slots=True)
class MirrorState:
    """The copy at one moment: the record of `boot` at `s`.

    `complete` is False while something is known to be missing and not repaired yet.
    """

    link: Link
    complete: bool
    boot: str
    s: int
    tasks: Mapping[str, TaskInfo]
    workers: Mapping[str, WorkerInfo]
    engines: Mapping[str, EngineInfo]
    queues: Mapping[str, QueueInfo]
    samples: Mapping[str, Sample]
    """The newest sample of each metric source."""
    alerts: Mapping[str, Alert] = field(default_factory=dict)
    """The active ones by rule, of this boot of the daemon."""

    def digest(self) -> str:
        """Return the hash of all tasks, as the daemon's publisher computes it."""
        return tasks_digest(self.tasks.values())


@dataclass(frozen=True, slots=True)
class MirrorCounters:
    """What a mirror has been through since it began; `joined_at` is UTC epoch seconds."""

    events: int = 0
    gaps: int = 0
    resyncs: int = 0
    """Repairs, by `events.since` or a new cut, of a copy that had missed something."""
    reconnects: int = 0
    joined_at: float = 0.0
    problem: str = ""
    """Why the last connection failed or ended, and the code of that error."""
    problem_code: str = ""


OnEvents = Callable[[Sequence[StreamEvent], bool], None]
"""(messages new to the copy, True when some before them were missed for good)."""


class Mirror:
    """Keeps the copy in a thread of its own, from the constructor to `close`.

    `streams` are top-level streams; with `task` only that task is copied. `on_events` is handed
    the messages themselves, `on_change` is called after each batch of changes; both are called
    from the mirror's thread, return quickly and do not close.
    """

    def __init__(
        self,
        paths: Paths | None = None,
        *,
        streams: Sequence[str] = STREAMS,
        task: str | None = None,
        on_change: Callable[[], None] | None = None,
        on_events: OnEvents | None = None,
        repair_interval_s: float = 5.0,
    ) -> None:
        self._paths = paths or find_paths()
        self._task = task
        own = (topic("task", task),) if task else tuple(topic(stream) for stream in streams)
        self._topics = tuple(dict.fromkeys((*own, HEARTBEAT_TOPIC)))
        self._streams = tuple(streams)
        self._on_change = on_change
        self._on_events = on_events
        self._repair_interval_s = repair_interval_s
        self._fold = Fold(self._topics)
        self._link = Link.JOINING
        self._counters = MirrorCounters()
        self._view: MirrorState | None = None
        self._touched: dict[str, None] | None = None  # tasks since the last `follow`; None: any
        self._missing: Verdict | None = None
        self._repaired_at = float("-inf")
        self._resyncs: deque[float] = deque(maxlen=_TOO_SLOW_RESYNCS)
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._context: Context = zmq.Context()
        self._thread = threading.Thread(target=self._run, name="mirror", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def state(self) -> MirrorState:
        """Return the copy as it is now; the same object until something changes."""
        with self._changed:
            if self._view is None:
                self._view = self._look(dict(self._fold.record.tasks))
            return self._view

    def follow(self, copy: TaskCopy) -> MirrorState:
        """Bring a copy up to date; return the state with that copy, which changes, as its tasks.

        What changed is told once, so a mirror has one follower.
        """
        with self._changed:
            copy.update(self._fold.record.tasks, self._touched)
            self._touched = {}
            return self._look(copy.tasks)

    @property
    def counters(self) -> MirrorCounters:
        """What the mirror has been through."""
        with self._changed:
            return self._counters

    @property
    def too_slow(self) -> bool:
        """True when this client has missed events three times within the last 60 s."""
        with self._changed:
            full = len(self._resyncs) == _TOO_SLOW_RESYNCS
            return full and time.monotonic() - self._resyncs[0] <= _TOO_SLOW_WINDOW_S

    def wait(
        self, predicate: Callable[[MirrorState], bool], timeout_s: float = 10.0
    ) -> MirrorState:
        """Return the first state that fits; raise DeadlineExceeded after `timeout_s`."""
        end = time.monotonic() + timeout_s
        while True:
            with self._changed:
                state = self.state()
                if not predicate(state):
                    left_s = end - time.monotonic()
                    if left_s <= 0:
                        raise DeadlineExceeded(
                            f"Not so within {timeout_s:g} s; the mirror is {state.link.value}."
                        )
                    self._changed.wait(left_s)
                    continue
            return state

    def close(self) -> None:
        """End the thread and its sockets."""
        self._closing.set()
        # Ending the context wakes the thread out of any poll; it returns once the thread has
        # closed its sockets.
        self._context.term()
        self._thread.join()

    # everything below runs in the mirror's thread

    def _run(self) -> None:
        with Client(self._paths, deadline_s=LOST_S, context=self._context) as client:
            while not self._closing.is_set():
                try:
                    self._live(client)
                except RevoError as error:
                    self._update(Link.LOST, problem=error.msg, problem_code=error.code)
                    gone = isinstance(error, DaemonUnreachable)
                    self._closing.wait(_RETRY_S if gone else _RETRY_REFUSED_S)
                except zmq.ContextTerminated:
                    return

    def _live(self, client: Client) -> None:
        """Join and keep up until the connection is lost, which is raised."""
        with client.subscribe(self._topics) as stream:
            again = 1 if self._counters.joined_at else 0
            self._load(client)
            self._tell([], missed=bool(again))
            self._update(
                Link.LIVE, joined_at=utc_now(), reconnects=self._counters.reconnects + again
            )
            while not self._closing.is_set():
                self._listen(client, stream)

    def _listen(self, client: Client, stream: Stream) -> None:
        batch = _read_batch(stream)
        if batch:
            self._apply(batch)
        if self._missing and time.monotonic() - self._repaired_at >= self._repair_interval_s:
            self._repair(client)
        if stream.silent_s >= LOST_S:
            raise DaemonUnreachable(f"The daemon has been silent for {LOST_S:g} s.")
        link = Link.STALE if stream.silent_s >= STALE_S else Link.LIVE
        if batch or link is not self._link:
            self._update(link)

    def _apply(self, batch: list[StreamEvent]) -> None:
        gaps = 0
        new = []
        with self._changed:
            for found in batch:
                verdict = self._fold.apply(found.topic, found.event)
                if verdict is Verdict.APPLIED:
                    new.append(found)
                    self._touch(found.topic)
                if verdict is Verdict.NEW_BOOT:
                    raise DaemonUnreachable("The daemon has restarted.")
                if verdict is Verdict.GAP and self._missing is not Verdict.GAP:
                    gaps += 1
                    self._missing = verdict
                elif verdict is Verdict.ASK and self._missing is None:
                    self._missing = verdict
            counters = self._counters
            self._counters = replace(
                counters, events=counters.events + len(batch), gaps=counters.gaps + gaps
            )
        self._tell(new)

    def _tell(self, new: Sequence[StreamEvent], *, missed: bool = False) -> None:
        if self._on_events is not None and (new or missed):
            self._on_events(new, missed)

    def _repair(self, client: Client) -> None:
        """Read what is missing; read everything anew if the daemon no longer has it."""
        resynced = self._missing is Verdict.GAP
        while True:
            fold = self._fold
            reply = client.events_since(fold.boot, fold.base, self._topics, limit=_PAGE)
            with self._changed:
                new = fold.repair(reply)
                for found in new or ():
                    self._touch(found.topic)
            if new is None:
                resynced = True
                self._load(client)
            self._tell(new or (), missed=new is None)
            if len(reply.events) < _PAGE:
                break
        self._repaired_at = time.monotonic()
        with self._changed:
            self._missing = None
            if resynced:
                self._resyncs.append(self._repaired_at)
        self._update(self._link, resyncs=self._counters.resyncs + resynced)

    def _load(self, client: Client) -> None:
        state = client.state(self._streams, tasks=(self._task,) if self._task else ())
        with self._changed:
            self._fold.load(state)
            self._touched = None
            self._missing = None

    def _update(self, link: Link, **counters: int | float | str) -> None:
        with self._changed:
            self._link = link
            self._counters = replace(self._counters, **counters)  # type: ignore[arg-type]  # names are checked by replace
            self._view = None
            self._changed.notify_all()
        if self._on_change is not None:
            self._on_change()

    def _touch(self, topic: str) -> None:
        if self._touched is None or not topic.startswith(_TASK_TOPIC):
            return
        self._touched[topic[len(_TASK_TOPIC) : -1]] = None
        if len(self._touched) > _MOST_TOUCHED:
            self._touched = None

    def _look(self, tasks: Mapping[str, TaskInfo]) -> MirrorState:
        record = self._fold.record
        return MirrorState(
            link=self._link,
            complete=self._missing is not Verdict.GAP,
            boot=self._fold.boot,
            s=self._fold.s,
            tasks=tasks,
            workers=dict(record.workers),
            engines=dict(record.engines),
            queues=dict(record.queues),
            alerts=dict(record.alerts),
            samples=dict(record.samples),
        )


def _read_batch(stream: Stream) -> list[StreamEvent]:
    """Wait for a message, then take what else has come, up to a bound."""
    batch: list[StreamEvent] = []
    found = stream.receive(_LOOK_S)
    while found is not None:
        batch.append(found)
        found = stream.receive(0) if len(batch) < _BATCH else None
    return batch
