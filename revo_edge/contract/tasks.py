"""Tasks: what was asked (TaskSpec), its public record (TaskInfo) and its history (Story)."""

from enum import Enum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from revo_edge.contract.kinds import OnLost

Id = Annotated[str, Meta(min_length=1, max_length=64)]
GroupName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,64}(?!\n)$")]
"""What tasks that belong together are called; `$` alone would take a line break after it."""


class TaskState(Enum):
    """Where a task stands; a state of a newer daemon decodes to UNKNOWN."""

    PROPOSED = "proposed"
    HELD = "held"
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"

    __hash__ = object.__hash__  # Enum has a slow one, in Python

    @classmethod
    def _missing_(cls, value: object) -> "TaskState":
        return cls.UNKNOWN

    @property
    def final(self) -> bool:
        """True when nothing more will happen to the task by itself."""
        return self in _FINAL


_FINAL = frozenset({TaskState.SUCCEEDED, TaskState.FAILED, TaskState.CANCELLED})


class Why(Enum):
    """What a queued task waits for."""

    SLOT = "slot"
    AFTER = "after"
    AT = "at"
    PAUSED = "paused"
    UNKNOWN = "unknown"

    __hash__ = object.__hash__  # Enum has a slow one, in Python

    @classmethod
    def _missing_(cls, value: object) -> "Why":
        return cls.UNKNOWN


class ErrorInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error as data. Upper-case codes belong to requests, lower-case ones to tasks.

    Task codes: `worker_lost`, `timeout`, `user_error`, `user_exit`, `user_crash`, `memory_limit`,
    `not_sendable`, `cancelled`, `dependency_failed`, `bad_params`, `command_failed`,
    `engine_error`, `spawn_failed`.
    """

    code: str
    msg: str
    retry: bool = False
    after_ms: int | None = None
    detail: dict[str, Any] | None = None


class TaskSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What was asked.

    `params` fits the kind's own Struct and is checked against it at submission. Large params go
    as `params_blob`, the digest of a blob that holds them as msgpack; then `params` is empty.
    `cwd` is absolute and set by the client. `at` is UTC epoch seconds. `retries` counts further
    attempts after a retryable error; a lost worker follows `on_lost` (None: the kind's own rule).
    `group` says what it belongs to: a group exists once a task names it.
    """

    kind: Annotated[str, Meta(min_length=1, max_length=100)]
    params: dict[str, Any] = {}
    params_blob: str | None = None
    title: Annotated[str, Meta(max_length=200)] = ""
    queue: Annotated[str, Meta(min_length=1, max_length=64)] = "default"
    priority: Annotated[int, Meta(ge=-100, le=100)] = 0
    after: tuple[Id, ...] = ()
    at: float | None = None
    timeout_s: Annotated[float, Meta(gt=0)] | None = None
    retries: Annotated[int, Meta(ge=0, le=100)] = 0
    backoff_s: Annotated[float, Meta(ge=0, le=3600)] = 1.0
    on_lost: OnLost | None = None
    cwd: str = "/"
    python: str | None = None
    env: dict[str, str] = {}
    group: GroupName | None = None


class Progress(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a running task is; absolute values. `total` 0 means not known yet."""

    done: int = 0
    total: int = 0
    failed: int = 0
    note: str = ""
    rate: float = 0.0
    """Units per second over the last seconds."""


class TaskInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """The public record of a task; everything on it may be seen by every subscriber."""

    id: str
    kind: str
    state: TaskState
    title: str = ""
    why: Why | None = None
    queue: str = "default"
    priority: int = 0
    attempt: int = 0
    lost: int = 0
    worker: str | None = None
    progress: Progress | None = None
    created_at: float = 0.0
    started_at: float | None = None
    ended_at: float | None = None
    error: ErrorInfo | None = None
    result_bytes: int | None = None
    items: int = 0
    """Committed child results (items of a map)."""
    cancelling: bool = False
    place: float | None = None
    """Orders the waiting tasks of one queue and priority: the lowest starts first."""
    group: str | None = None


class Story(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of a task's history."""

    at: float
    state: TaskState
    note: str = ""


class Outlook(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is expected of a task that waits or runs: UTC epoch seconds, None: unknown.

    As likely before as after the `p50`; nine times in ten before the `p90`. `position` is the place
    among the tasks that wait for the same kind of process, 1 starts next; None: it runs, or waits
    for something else than a slot.
    """

    id: str
    position: int | None = None
    start_p50_at: float | None = None
    start_p90_at: float | None = None
    end_p50_at: float | None = None
    end_p90_at: float | None = None


class ItemResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """The outcome of one item: of a child, or of a task itself (index 0).

    Exactly one of `value` (msgpack) and `error` counts. A value over the inline limit is in the
    spool: then `blob` is its digest. `size_bytes` is the encoded size of the value.
    """

    index: int
    attempt: int = 1
    duration_s: float = 0.0
    value: msgspec.Raw = msgspec.Raw(b"\xc0")
    error: ErrorInfo | None = None
    blob: str | None = None
    size_bytes: int = 0


Ranges = tuple[tuple[int, int], ...]
"""Index ranges (first, last), both inclusive, ascending and apart."""
