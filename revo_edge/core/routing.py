"""The publisher: gives messages their numbers and keeps the published record.

Pure: every method returns the frames `[topic, payload]` to send now, in order. A message gets its
`s` when it is published, so what conflation swallows never had one, and the record is always the
fold of what was published up to `s`.

Topics: `task.<id>.`, `worker.<id>.`, `worker.scaling.`, `engine.<name>.`, `metric.<source>.`,
`log.<source>.`, `alert.<rule>.`, `sys.queue.<name>.`, `sys.notice.`, `sys.heartbeat.` and, outside
the numbering, `hello.<nonce>`. Times: `now` is monotonic seconds, `at` UTC epoch seconds.
"""

import msgspec

from revo_edge.contract import events
from revo_edge.contract.alerts import Alert
from revo_edge.contract.codec import encode, topic
from revo_edge.contract.events import (
    EngineInfo,
    Event,
    Heartbeat,
    Hello,
    LogGrown,
    MemoryKept,
    MemoryUse,
    Notice,
    QueueInfo,
    Scaling,
    ScalingEffect,
    TaskProgress,
    TaskRemoved,
)
from revo_edge.contract.record import Record, Sample
from revo_edge.contract.requests import EventsReply, EventsSince, StateGet, StateReply
from revo_edge.contract.tasks import Progress, TaskInfo, TaskState
from revo_edge.contract.workers import WorkerInfo
from revo_edge.core.conflation import Conflator
from revo_edge.core.cuts import Cuts
from revo_edge.core.ring import Ring

Frame = tuple[bytes, bytes]
"""One message: its topic and its payload."""

PROGRESS_INTERVAL_S = 0.1
WORKER_INTERVAL_S = 0.2
LOG_INTERVAL_S = 0.5
RING_BYTES = 16 * 1024 * 1024

_HELLO = b"hello."
_NONCE_LIMIT = 64


def hello_nonce(subscription: bytes) -> str | None:
    """Return the nonce if an XPUB message subscribes to `hello.<nonce>` (1-64 ASCII), else None."""
    name = subscription[1:]
    nonce = name[len(_HELLO) :]
    wanted = subscription[:1] == b"\x01" and name.startswith(_HELLO)
    if not wanted or not 0 < len(nonce) <= _NONCE_LIMIT or not nonce.isascii():
        return None
    return nonce.decode()


class Publisher:
    """Numbers, conflates and remembers what one boot of the daemon publishes."""

    def __init__(
        self,
        boot: str,
        *,
        ring_events: int = 50_000,
        ring_s: float = 600.0,
        ring_bytes: int = RING_BYTES,
    ) -> None:
        self.boot = boot
        self.record = Record()
        self._s = 0
        self._last_of_stream: dict[str, int] = {}
        self._last_of_topic: dict[str, int] = {}
        self._last_at = 0.0
        self._conflator: Conflator[TaskProgress | WorkerInfo | LogGrown] = Conflator()
        self._ring = Ring(events=ring_events, age_s=ring_s, size_bytes=ring_bytes)
        self._cuts = Cuts(boot)

    @property
    def s(self) -> int:
        """The number of the last published message; 0 before the first."""
        return self._s

    def task(self, info: TaskInfo, now: float, at: float) -> list[Frame]:
        """Publish a task's record. Unless it runs, progress that still waits is dropped."""
        name = topic("task", info.id)
        if info.state is not TaskState.RUNNING:
            self._conflator.drop(name)
        return [self._publish(name, events.TASK, info, now, at)]

    def removed(self, task_id: str, now: float, at: float) -> list[Frame]:
        """Publish that the task left the daemon's memory, and forget its topics."""
        name = topic("task", task_id)
        self._conflator.drop(name)
        frame = self._publish(name, events.REMOVED, TaskRemoved(task_id), now, at)
        self._forget(name)
        self._forget(topic("log", task_id))
        return [frame]

    def progress(
        self, task_id: str, progress: Progress, items: int, now: float, at: float
    ) -> list[Frame]:
        """Publish progress, at most 10/s a task; dropped unless the record says it runs."""
        if not self._runs(task_id):
            return []
        note = TaskProgress(task_id, progress, items)
        return self._conflate(topic("task", task_id), note, PROGRESS_INTERVAL_S, now, at)

    def worker(self, info: WorkerInfo, now: float, at: float) -> list[Frame]:
        """Publish a worker's record, at most 5/s a worker; its end goes at once."""
        name = topic("worker", info.id)
        if not info.gone:
            return self._conflate(name, info, WORKER_INTERVAL_S, now, at)
        self._conflator.drop(name)
        frame = self._publish(name, events.WORKER, info, now, at)
        self._forget(name)
        return [frame]

    def engine(self, info: EngineInfo, now: float, at: float) -> list[Frame]:
        """Publish an engine's record."""
        return [self._publish(topic("engine", info.name), events.ENGINE, info, now, at)]

    def queue(self, info: QueueInfo, now: float, at: float) -> list[Frame]:
        """Publish a queue's record."""
        return [self._publish(topic("sys", "queue", info.name), events.QUEUE, info, now, at)]

    def scaling(self, change: Scaling, now: float, at: float) -> list[Frame]:
        """Publish that the number of elastic workers changed."""
        return [self._publish(topic("worker", "scaling"), events.SCALING, change, now, at)]

    def scaling_effect(self, effect: ScalingEffect, now: float, at: float) -> list[Frame]:
        """Publish what a change of the number of elastic workers brought."""
        name = topic("worker", "scaling")
        return [self._publish(name, events.SCALING_EFFECT, effect, now, at)]

    def memory_used(self, kind: str, use: MemoryUse, now: float, at: float) -> list[Frame]:
        """Publish calls of Perfect Recall; `kind` is CONTEXT_STORED or CONTEXT_RETRIEVED."""
        return [self._publish(topic("engine", "recall", kind), kind, use, now, at)]

    def memory_kept(self, kept: MemoryKept, now: float, at: float) -> list[Frame]:
        """Publish what Perfect Recall did to keep itself in order."""
        name = topic("engine", "recall", events.MEMORY_OPTIMIZED)
        return [self._publish(name, events.MEMORY_OPTIMIZED, kept, now, at)]

    def metric(self, source: str, sample: Sample, now: float, at: float) -> list[Frame]:
        """Publish one sample of an engine, `host` or `self`."""
        return [self._publish(topic("metric", source), events.METRIC, sample, now, at)]

    def alert(self, alert: Alert, now: float, at: float) -> list[Frame]:
        """Publish that an alert was raised, or that it is over."""
        kind = events.ALERT_RAISED if alert.cleared_at is None else events.ALERT_CLEARED
        return [self._publish(topic("alert", alert.rule), kind, alert, now, at)]

    def log(self, source: str, size_bytes: int, now: float, at: float) -> list[Frame]:
        """Publish that a log has grown, at most 2/s a source."""
        note = LogGrown(source, size_bytes)
        return self._conflate(topic("log", source), note, LOG_INTERVAL_S, now, at)

    def notice(self, notice: Notice, now: float, at: float) -> list[Frame]:
        """Publish something an operator should know."""
        return [self._publish(topic("sys", "notice"), events.NOTICE, notice, now, at)]

    def heartbeat(self, uptime_s: float, now: float, at: float) -> list[Frame]:
        """Publish the last `s` of each stream as it stood before this message."""
        beat = Heartbeat(dict(self._last_of_stream), uptime_s)
        return [self._publish(topic("sys", "heartbeat"), events.HEARTBEAT, beat, now, at)]

    def hello(self, nonce: str) -> Frame:
        """Return the echo for one subscriber: it speaks of the current `s` and takes no number."""
        event = Event(
            self.boot, self._s, 0, self._last_at, events.HELLO, msgspec.Raw(encode(Hello(nonce)))
        )
        return _HELLO + nonce.encode(), encode(event)

    def flush(self, now: float, at: float) -> list[Frame]:
        """Publish what conflation held back and is due."""
        return [
            self._send(body, now, at)
            for body in self._conflator.take_due(now)
            if not isinstance(body, TaskProgress) or self._runs(body.id)
        ]

    def next_flush(self) -> float | None:
        """Return when `flush` is next worth calling, or None while nothing waits."""
        return self._conflator.next_due()

    def cut(self, now: float, query: StateGet) -> StateReply:
        """Return a page of the record at one `s`.

        Raises NotFound when the cut of a cursor is no longer kept, BadRequest for a wrong cursor.
        """
        if query.cursor is not None:
            return self._cuts.next(query.cursor, query.limit, now)
        return self._cuts.first(self.record, self._s, query, now)

    def since(self, query: EventsSince) -> EventsReply:
        """Return a page of the messages after `query.s`; heartbeats are not kept."""
        return self._ring.since(query, self.boot, self._s)

    def changed_at(self, task_id: str) -> int:
        """Return the `s` of the last message about the task; 0 if there was none in this boot."""
        return self._last_of_topic.get(topic("task", task_id), 0)

    def digest(self) -> str:
        """Return the hash of all published tasks, to compare with a mirror's."""
        return self.record.digest()

    def _runs(self, task_id: str) -> bool:
        task = self.record.tasks.get(task_id)
        return task is not None and task.state is TaskState.RUNNING

    def _conflate(
        self,
        name: str,
        body: TaskProgress | WorkerInfo | LogGrown,
        interval_s: float,
        now: float,
        at: float,
    ) -> list[Frame]:
        if not self._conflator.offer(name, body, interval_s, now):
            return []
        return [self._send(body, now, at)]

    def _send(self, body: TaskProgress | WorkerInfo | LogGrown, now: float, at: float) -> Frame:
        match body:
            case TaskProgress():
                return self._publish(topic("task", body.id), events.PROGRESS, body, now, at)
            case WorkerInfo():
                return self._publish(topic("worker", body.id), events.WORKER, body, now, at)
            case LogGrown():
                return self._publish(topic("log", body.source), events.LOG, body, now, at)

    def _publish(self, name: str, kind: str, body: msgspec.Struct, now: float, at: float) -> Frame:
        stream = name[: name.index(".")]
        self._s += 1
        event = Event(
            b=self.boot,
            s=self._s,
            p=self._last_of_stream.get(stream, 0),
            ts=at,
            k=kind,
            d=msgspec.Raw(encode(body)),
            e=self._last_of_topic.get(name, 0),
        )
        self._last_of_stream[stream] = self._last_of_topic[name] = self._s
        self._last_at = at
        self.record.fold(body)
        frame = name.encode(), encode(event)
        if kind != events.HEARTBEAT:  # a long poll on everything would return each second
            self._ring.append(self._s, *frame, now)
        return frame

    def _forget(self, name: str) -> None:
        self._last_of_topic.pop(name, None)
