"""Requests: the envelope, and for each method its parameters and its reply.

`METHODS` is the one table: name -> Method(params, reply, mutates). Requests decode strictly (an
unknown field is an error), replies tolerantly.
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from revo_edge.contract.alerts import Alert, AlertListReply
from revo_edge.contract.events import EngineInfo, Event, QueueInfo, Scaling, ScalingEffect
from revo_edge.contract.groups import (
    GroupCancel,
    GroupChanged,
    GroupList,
    GroupListReply,
    GroupRef,
)
from revo_edge.contract.history import MetricHistoryReply
from revo_edge.contract.ids import ULID_PATTERN
from revo_edge.contract.kinds import KindInfo
from revo_edge.contract.metrics import MetricHistory
from revo_edge.contract.params import NOTHING, Page, Params, WaitMs
from revo_edge.contract.task_requests import (
    BatchReply,
    BlobPut,
    BlobReply,
    OutlookReply,
    ResultReply,
    SubmitReply,
    TaskBatch,
    TaskCancel,
    TaskList,
    TaskListReply,
    TaskMove,
    TaskOutlook,
    TaskPriority,
    TaskRef,
    TaskReply,
    TaskResult,
    TaskSubmit,
    TaskWait,
    TaskWaitReply,
)
from revo_edge.contract.tasks import (
    ErrorInfo,
    Id,
    TaskInfo,
)
from revo_edge.contract.templates import BrokenTemplate, TemplateInfo
from revo_edge.contract.workers import WorkerInfo

Int64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Ulid = Annotated[str, Meta(pattern=ULID_PATTERN)]


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One request: `v` protocol, `m` method, `p` params, `dl` ms budget, `key` idempotency ULID."""

    id: str | Int64
    m: str
    v: int = 1
    p: msgspec.Raw = msgspec.Raw(b"\x80")
    tok: str | None = None
    dl: Annotated[int, Meta(ge=1, le=3_600_000)] | None = None
    key: Ulid | None = None


class Reply(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answer: `r` when ok, else `e`. `s` is the stream's number that it speaks of."""

    v: int
    id: str | int | None
    ok: bool
    boot: str
    s: int
    r: msgspec.Raw = NOTHING
    e: ErrorInfo | None = None


class Empty(Params, frozen=True):
    """No parameters."""


class Done(msgspec.Struct, frozen=True):
    """The change is in force."""


# hello, health, config


class HelloReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who answers: `proto` is the range of protocol majors, `minor` the newest minor."""

    version: str
    proto: tuple[int, int]
    minor: int
    boot: str
    pid: int
    role: str
    methods: tuple[str, ...]
    limits: dict[str, int]


class HealthReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """`status` is `ok` or `degraded`; `problems` says why in words, each with what to do."""

    status: str
    pid: int
    version: str
    uptime_s: float
    rss_bytes: int
    home: str
    problems: tuple[str, ...] = ()


class ConfigReply(msgspec.Struct, frozen=True):
    """All settings in force and where each came from (default, file, environment, flag)."""

    values: dict[str, Any]
    sources: dict[str, str]
    file: str


# stream


class StateGet(Params, frozen=True):
    """Read the published record; `cursor` goes on with a cut begun before."""

    streams: tuple[str, ...] = ("task", "worker", "engine")
    tasks: tuple[Id, ...] = ()
    """Only these tasks (a follower of one task); empty means all in memory."""
    history: bool = False
    """Also the 15 minutes of metric samples, with the last page."""
    limit: Page = 1000
    cursor: str | None = None


class StateReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """One page of a cut at one `s` of one `boot`; `cursor` is None on the last page."""

    boot: str
    s: int
    tasks: tuple[TaskInfo, ...] = ()
    workers: tuple[WorkerInfo, ...] = ()
    engines: tuple[EngineInfo, ...] = ()
    queues: tuple[QueueInfo, ...] = ()
    metrics: MetricHistory | None = None
    cursor: str | None = None
    alerts: tuple[Alert, ...] = ()
    """The active ones, if the stream `alert` was asked for."""


class EventsSince(Params, frozen=True):
    """Read events after `s` of `boot` on topics with these prefixes; waits if there are none."""

    boot: str
    s: Annotated[int, Meta(ge=0)]
    topics: tuple[str, ...] = ("",)
    limit: Page = 1000
    wait_ms: WaitMs = 0


class StreamEvent(msgspec.Struct, frozen=True):
    """An event with its topic, as `events.since` returns it."""

    topic: str
    event: Event


class EventsReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """Events up to `s`, the new baseline. `too_old`: the ring no longer holds them; resync."""

    boot: str
    s: int
    events: tuple[StreamEvent, ...] = ()
    too_old: bool = False


# queues, workers, engines


class QueueRef(Params, frozen=True):
    """Names a queue; `concurrency` (queue.resume only) sets how many of its tasks run at once."""

    queue: Annotated[str, Meta(min_length=1, max_length=64)] = "default"
    concurrency: Annotated[int, Meta(ge=1, le=1000)] | None = None


class QueueReply(msgspec.Struct, frozen=True):
    """All queues."""

    queues: tuple[QueueInfo, ...]


class WorkerListReply(msgspec.Struct, frozen=True):
    """All workers, and the bounds they scale between."""

    workers: tuple[WorkerInfo, ...]
    min: int
    max: int
    scaling: tuple[Scaling, ...] = ()
    effects: tuple[ScalingEffect, ...] = ()
    """What of the last changes has been measured, or why not."""


class WorkerScale(Params, frozen=True):
    """Set the bounds of auto-scaling."""

    min: Annotated[int, Meta(ge=1, le=64)]
    max: Annotated[int, Meta(ge=1, le=64)]


class WorkerRestart(Params, frozen=True):
    """Replace workers once they are idle, or now with `kill`; empty `id` means all."""

    id: str = ""
    kill: bool = False


class EngineListReply(msgspec.Struct, frozen=True):
    """All engines and kinds."""

    engines: tuple[EngineInfo, ...]
    kinds: tuple[KindInfo, ...]


class MetricsGet(Params, frozen=True):
    """Read samples newer than `since` (UTC epoch seconds)."""

    since: float = 0.0
    sources: tuple[str, ...] = ()


class MetricsHistory(Params, frozen=True):
    """Read means of minutes from `since` to `until` (UTC epoch seconds), up to 24 hours back.

    `names` are values or the beginnings of such (`host`, `self.loop_lag`); empty means all.
    """

    since: float = 0.0
    until: float | None = None
    step_s: Annotated[int, Meta(ge=1, le=86_400)] = 60
    """Rounded up to whole minutes."""
    names: Annotated[tuple[str, ...], Meta(max_length=100)] = ()


class TemplateListReply(msgspec.Struct, frozen=True):
    """All templates, and the user's files that cannot be used."""

    templates: tuple[TemplateInfo, ...]
    broken: tuple[BrokenTemplate, ...] = ()


class TemplateRef(Params, frozen=True):
    """Names a template, or a kind that has none of its own."""

    name: str


class LogRead(Params, frozen=True):
    """Read a log from `offset`; `source` is `daemon` or a task id. Negative: from the end."""

    source: str = "daemon"
    offset: int = 0
    length: Annotated[int, Meta(ge=1, le=262_144)] = 65_536


class LogReply(msgspec.Struct, frozen=True):
    """Text from `offset` on; `next` is where to read on."""

    text: str
    offset: int
    next: int
    size_bytes: int


class DaemonStop(Params, frozen=True):
    """Stop the daemon; running tasks are requeued, or waited for with `drain`."""

    drain: bool = False


class Method(msgspec.Struct, frozen=True):
    """How a method is called. A mutating method takes an idempotency key."""

    params: type[Params]
    reply: type[msgspec.Struct]
    mutates: bool = False


METHODS: dict[str, Method] = {
    "hello": Method(Empty, HelloReply),
    "health": Method(Empty, HealthReply),
    "state.get": Method(StateGet, StateReply),
    "events.since": Method(EventsSince, EventsReply),
    "blob.put": Method(BlobPut, BlobReply),
    "task.submit": Method(TaskSubmit, SubmitReply, mutates=True),
    "task.batch": Method(TaskBatch, BatchReply, mutates=True),
    "task.get": Method(TaskRef, TaskReply),
    "task.list": Method(TaskList, TaskListReply),
    "task.wait": Method(TaskWait, TaskWaitReply),
    "task.outlook": Method(TaskOutlook, OutlookReply),
    "task.result": Method(TaskResult, ResultReply),
    "task.cancel": Method(TaskCancel, SubmitReply, mutates=True),
    "task.retry": Method(TaskRef, SubmitReply, mutates=True),
    "task.hold": Method(TaskRef, SubmitReply, mutates=True),
    "task.release": Method(TaskRef, SubmitReply, mutates=True),
    "task.priority": Method(TaskPriority, SubmitReply, mutates=True),
    "task.move": Method(TaskMove, SubmitReply, mutates=True),
    "task.remove": Method(TaskRef, Done, mutates=True),
    "group.list": Method(GroupList, GroupListReply),
    "group.cancel": Method(GroupCancel, GroupChanged, mutates=True),
    "group.hold": Method(GroupRef, GroupChanged, mutates=True),
    "group.release": Method(GroupRef, GroupChanged, mutates=True),
    "queue.pause": Method(QueueRef, QueueReply, mutates=True),
    "queue.resume": Method(QueueRef, QueueReply, mutates=True),
    "worker.list": Method(Empty, WorkerListReply),
    "worker.scale": Method(WorkerScale, WorkerListReply, mutates=True),
    "worker.restart": Method(WorkerRestart, WorkerListReply, mutates=True),
    "engine.list": Method(Empty, EngineListReply),
    "metrics.get": Method(MetricsGet, MetricHistory),
    "metrics.history": Method(MetricsHistory, MetricHistoryReply),
    "alert.list": Method(Empty, AlertListReply),
    "template.list": Method(Empty, TemplateListReply),
    "template.get": Method(TemplateRef, TemplateInfo),
    "log.read": Method(LogRead, LogReply),
    "config.get": Method(Empty, ConfigReply),
    "daemon.stop": Method(DaemonStop, Done, mutates=True),
}
