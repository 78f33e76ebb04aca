"""Events: what the stream carries. One message is `[topic, msgpack(Event)]`.

Topics end each level with a dot, so that `task.1.` does not match `task.12.`. Streams (the first
level): task, worker, engine, workflow, metric, fast, log, alert, sys.
"""

import msgspec

from revo_edge.contract.tasks import Progress

STREAMS = ("task", "worker", "engine", "workflow", "metric", "fast", "log", "alert", "sys")

# `k` of an event, and the Struct in its `d`
TASK = "task"  # TaskInfo
PROGRESS = "progress"  # TaskProgress
REMOVED = "removed"  # TaskRemoved
WORKER = "worker"  # WorkerInfo
ENGINE = "engine"  # EngineInfo
QUEUE = "queue"  # QueueInfo
SCALING = "scaling"  # Scaling
SCALING_EFFECT = "scaling_effect"  # ScalingEffect
CONTEXT_STORED = "context_stored"  # MemoryUse
CONTEXT_RETRIEVED = "context_retrieved"  # MemoryUse
MEMORY_OPTIMIZED = "memory_optimized"  # MemoryKept
METRIC = "metric"  # metrics.EngineSample | HostSample | SelfSample
LOG = "log"  # LogGrown
HELLO = "hello"  # Hello
HEARTBEAT = "heartbeat"  # Heartbeat
NOTICE = "notice"  # Notice
ALERT_RAISED = "alert.raised"  # alerts.Alert
ALERT_CLEARED = "alert.cleared"  # alerts.Alert


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """The envelope of every message on the stream.

    `b` boot id; `s` number of the message in this boot; `p` and `e` the `s` of the message before
    it on the same stream and on the same full topic (0: none in this boot); `ts` UTC epoch
    seconds; `k` the kind of `d`.
    """

    b: str
    s: int
    p: int
    ts: float
    k: str
    d: msgspec.Raw
    e: int = 0


class TaskProgress(msgspec.Struct, frozen=True, omit_defaults=True):
    """Progress of a running task; `items` are its committed child results."""

    id: str
    progress: Progress
    items: int = 0


class TaskRemoved(msgspec.Struct, frozen=True):
    """The task is no longer in the daemon's memory: removed, or the oldest of 10,000 finished."""

    id: str


class EngineInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """The public record of an engine. `status`: `online`, `busy`, `error` or `absent`.

    `colour` and `icon` are names of kinds.ENGINE_COLOURS and ENGINE_ICONS, and empty for ours.
    """

    name: str
    title: str
    status: str
    detail: str = ""
    kinds: tuple[str, ...] = ()
    colour: str = ""
    icon: str = ""


class QueueInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """A named queue. `concurrency` None means bounded by the slots only."""

    name: str
    queued: int = 0
    running: int = 0
    concurrency: int | None = None
    paused: bool = False


class Scaling(msgspec.Struct, frozen=True, omit_defaults=True):
    """The number of elastic workers changed, and why, in words."""

    at: float
    before: int
    after: int
    reason: str


class Pace(msgspec.Struct, frozen=True):
    """What was counted over `window_s`: items that ended, dispatches and how long those waited.

    `mean_wait_s` None: nothing was dispatched.
    """

    window_s: float
    ended: int
    ended_per_s: float
    started: int
    mean_wait_s: float | None


class ScalingEffect(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a change of the number of workers brought; `scaling_at` is the `at` of that Scaling.

    Either both paces are there, measured with `before` and with `after` workers, or `reason` says
    in words why they were not measured.
    """

    at: float
    scaling_at: float
    before: int
    after: int
    pace_before: Pace | None = None
    pace_after: Pace | None = None
    reason: str = ""


class MemoryUse(msgspec.Struct, frozen=True, omit_defaults=True):
    """Calls of the memory since the last such event, at most five a second.

    `items` were stored, corrected or forgotten, or returned; `slowest_ms` is of the slowest call.
    """

    calls: int
    items: int
    slowest_ms: float
    failed: int = 0


class MemoryKept(msgspec.Struct, frozen=True, omit_defaults=True):
    """The memory looked after itself: what it did in words, and how many items that dropped."""

    text: str
    dropped: int = 0


class LogGrown(msgspec.Struct, frozen=True):
    """A log has grown; its text is read with `log.read`."""

    source: str
    size_bytes: int


class Hello(msgspec.Struct, frozen=True):
    """Echo of a subscription to `hello.<nonce>`: all earlier subscriptions are in force."""

    nonce: str


class Heartbeat(msgspec.Struct, frozen=True):
    """Proof that the loop turns; `last` is the last `s` of each stream."""

    last: dict[str, int]
    uptime_s: float


class Notice(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something an operator should know: `info`, `warning` or `error`."""

    level: str
    text: str
