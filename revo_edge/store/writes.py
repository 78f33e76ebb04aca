"""What can be written to the journal: one frozen dataclass for each change.

Times are UTC epoch seconds.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from revo_edge.contract.codec import encode
from revo_edge.contract.events import QueueInfo
from revo_edge.contract.tasks import ItemResult, Story, TaskInfo, TaskSpec


@dataclass(frozen=True, slots=True)
class PutTask:
    """A new task. Its row is also the row of its key: see `task_hash`."""

    info: TaskInfo
    spec: TaskSpec
    params: bytes | None
    story: tuple[Story, ...]


@dataclass(frozen=True, slots=True)
class UpdateTask:
    """The task moved; `result` is its own outcome. A task that runs again loses its result."""

    info: TaskInfo
    story: tuple[Story, ...]
    result: ItemResult | None = None


@dataclass(frozen=True, slots=True)
class PutChildren:
    """Outcomes of children of one owner: one row for the batch."""

    owner: str
    task_id: str
    results: tuple[ItemResult, ...]


@dataclass(frozen=True, slots=True)
class PutStarts:
    """A child of a `hold` or `fail` owner is about to be dispatched."""

    owner: str
    index: int


@dataclass(frozen=True, slots=True)
class DropChildren:
    """Forget the recorded children of an owner and of all owners below it."""

    owner: str


@dataclass(frozen=True, slots=True)
class DropTask:
    """Delete the task with its children; the id stays taken until `until`."""

    id: str
    until: float


@dataclass(frozen=True, slots=True)
class PutReply:
    """The reply to a mutating request, kept under its key."""

    key: str
    method: str
    params_hash: str
    reply: bytes
    at: float


@dataclass(frozen=True, slots=True)
class PutAudit:
    """Who asked for which change; `code` is the error's code, or `ok`."""

    at: float
    subject: str
    method: str
    key: str | None
    params_hash: str
    code: str


@dataclass(frozen=True, slots=True)
class PutGroup:
    """A worker's process group lives; after a crash the next daemon ends it."""

    pid: int
    start_ticks: int


@dataclass(frozen=True, slots=True)
class DropGroup:
    """A worker's process group has ended."""

    pid: int
    start_ticks: int


@dataclass(frozen=True, slots=True)
class PutQueue:
    """Bounds of a named queue, kept over restarts (its counts are not)."""

    info: QueueInfo


@dataclass(frozen=True, slots=True)
class Prune:
    """Delete what is too old to be asked for; at most 500 finished tasks at a time."""

    now: float
    keep_days: int


Write = (
    PutTask
    | UpdateTask
    | PutChildren
    | PutStarts
    | DropChildren
    | DropTask
    | PutReply
    | PutAudit
    | PutGroup
    | DropGroup
    | PutQueue
    | Prune
)

Writes = Sequence[Write]
"""What one decision writes: all of it or nothing."""


def task_hash(spec: TaskSpec, params: bytes | None) -> str:
    """Return what tells the same submission from another one under the same key."""
    return params_hash(encode(spec), params or b"")


def params_hash(*parts: bytes) -> str:
    """Return the sha256 (hex) of encoded params."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()
