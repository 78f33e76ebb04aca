"""What is asked about tasks and the blobs that they are sent in, and what is answered."""

from enum import Enum
from typing import Annotated

import msgspec
from msgspec import Meta

from revo_edge.contract.params import NOTHING, Page, Params, WaitMs
from revo_edge.contract.tasks import (
    GroupName,
    Id,
    ItemResult,
    Outlook,
    Story,
    TaskInfo,
    TaskSpec,
    TaskState,
)


class BlobPut(Params, frozen=True):
    """One chunk of a blob, at most 192 KiB; `digest` is the sha256 (hex) of the whole."""

    digest: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    offset: Annotated[int, Meta(ge=0)]
    total: Annotated[int, Meta(ge=1)]
    data: bytes


class BlobReply(msgspec.Struct, frozen=True):
    """`received` bytes so far; `complete` once all are there, checked and synced."""

    received: int
    complete: bool


class TaskSubmit(Params, frozen=True):
    """Submit one task. The request's key is the task's id."""

    spec: TaskSpec


class TaskBatch(Params, frozen=True):
    """Submit many tasks, all or nothing; their ids are `<key>-1` ... `<key>-n`."""

    specs: Annotated[tuple[TaskSpec, ...], Meta(min_length=1, max_length=1000)]


class TaskRef(Params, frozen=True):
    """Names one task."""

    id: Id


class SubmitReply(msgspec.Struct, frozen=True):
    """The task is durably accepted (not finished)."""

    task: TaskInfo


class BatchReply(msgspec.Struct, frozen=True):
    """All tasks of the batch are durably accepted."""

    ids: tuple[str, ...]


class TaskReply(msgspec.Struct, frozen=True):
    """A task with what was asked and its history."""

    task: TaskInfo
    spec: TaskSpec
    story: tuple[Story, ...]


class TaskList(Params, frozen=True):
    """List tasks, newest first; `cursor` is the last id of the page before."""

    states: tuple[TaskState, ...] = ()
    kind: str | None = None
    queue: str | None = None
    group: GroupName | None = None
    prefix: Annotated[str, Meta(max_length=64)] = ""
    limit: Page = 100
    cursor: str | None = None


class TaskListReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """One page; `cursor` is None on the last."""

    tasks: tuple[TaskInfo, ...]
    cursor: str | None = None


class TaskWait(Params, frozen=True):
    """Answer when the task is final, or after `wait_ms` with the state it has then.

    `since` is a `s` the caller has seen: then the answer also comes on the first change after it.
    """

    id: Id
    wait_ms: WaitMs = 30_000
    since: int | None = None


class TaskWaitReply(msgspec.Struct, frozen=True):
    """The task's public record; `final` says that it has ended."""

    task: TaskInfo
    final: bool


class TaskOutlook(Params, frozen=True):
    """Ask when tasks start and end; without `ids`: of those that run, then of the next to start."""

    ids: Annotated[tuple[Id, ...], Meta(max_length=1000)] = ()
    limit: Page = 100


class OutlookReply(msgspec.Struct, frozen=True):
    """What was expected at `at` (UTC epoch seconds); a task that neither waits nor runs has no row."""

    at: float
    tasks: tuple[Outlook, ...]


class TaskResult(Params, frozen=True):
    """Read a result.

    Without `items`: bytes of the encoded result from `offset`. With `items`: recorded child
    outcomes after `cursor`, in the order they were committed.
    """

    id: Id
    offset: Annotated[int, Meta(ge=0)] = 0
    length: Annotated[int, Meta(ge=1, le=262_144)] = 196_608
    items: bool = False
    cursor: int = 0
    limit: Page = 500


class ResultReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """A range of the result (msgpack), or child outcomes; `cursor` reads on.

    `value` is the result itself when it is whole in this reply and the request was JSON.
    """

    total_bytes: int = 0
    data: bytes = b""
    value: msgspec.Raw = NOTHING
    items: tuple[ItemResult, ...] = ()
    cursor: int = 0
    more: bool = False


class TaskCancel(Params, frozen=True):
    """Cancel; after `grace_s` the worker is killed (0: at once)."""

    id: Id
    grace_s: Annotated[float, Meta(ge=0, le=3600)] = 2.0


class TaskPriority(Params, frozen=True):
    """Change the priority of a task that is queued or held."""

    id: Id
    priority: Annotated[int, Meta(ge=-100, le=100)]


class Spot(Enum):
    """Where a task is moved to, among those of its queue and priority."""

    FIRST = "first"
    LAST = "last"
    BEFORE = "before"
    AFTER = "after"
    UNKNOWN = "unknown"

    @classmethod
    def _missing_(cls, value: object) -> "Spot":
        return cls.UNKNOWN


class TaskMove(Params, frozen=True):
    """Move a task that is queued or held; `before` and `after` need `other`, a task like it."""

    id: Id
    to: Spot
    other: Id | None = None
