"""What a decision asks the shell to do. The shell carries the actions out in order.

`Record` and `RecordChildren` are durable: the shell writes those of one decision in one
transaction. What a subscriber or a driver may see (`Record`, `Removed`, results of
`RecordChildren`) it sends only after that commit, and likewise a `Dispatch` with `durable`.
"""

from dataclasses import dataclass

from revo_edge.contract.events import QueueInfo, Scaling, ScalingEffect
from revo_edge.contract.kinds import Lane
from revo_edge.contract.tasks import ItemResult, Progress, Story, TaskInfo
from revo_edge.contract.workers import Attempt


@dataclass(frozen=True, slots=True)
class Record:
    """Write the task's row; once it is committed, publish it.

    `result` is the task's own outcome when this record is the one that ends it.
    """

    info: TaskInfo
    story: tuple[Story, ...]
    result: ItemResult | None = None


@dataclass(frozen=True, slots=True)
class RecordChildren:
    """Write outcomes of children; once committed, send them to the driver's worker (if it lives).

    `task_id` is the top-level task that the owner belongs to.
    """

    owner: str
    task_id: str
    results: tuple[ItemResult, ...]
    worker_id: str | None
    attempt_id: str | None


@dataclass(frozen=True, slots=True)
class RecordStart:
    """Write that a child of a `hold` or `fail` task is about to be dispatched."""

    owner: str
    index: int


@dataclass(frozen=True, slots=True)
class DropChildren:
    """Delete the recorded children of an owner: it is itself a child, and its outcome is recorded."""

    owner: str


@dataclass(frozen=True, slots=True)
class Remove:
    """Delete the task's row, children and files; leave its id as a tombstone; publish it."""

    task_id: str


@dataclass(frozen=True, slots=True)
class Evict:
    """Publish that the task left the daemon's memory; its row stays in the journal."""

    task_id: str


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Send the attempt to the worker; with `durable`, only after this decision's commit."""

    worker_id: str
    attempt: Attempt
    durable: bool


@dataclass(frozen=True, slots=True)
class CancelAttempt:
    """Ask the worker to stop the attempt."""

    worker_id: str
    attempt_id: str


@dataclass(frozen=True, slots=True)
class StartWorker:
    """Start a worker process under this id."""

    worker_id: str
    lane: Lane


@dataclass(frozen=True, slots=True)
class StopWorker:
    """Ask an idle worker to exit."""

    worker_id: str


@dataclass(frozen=True, slots=True)
class KillWorker:
    """Kill the worker's process group at once; it is already counted out."""

    worker_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class PublishProgress:
    """Tell subscribers how far a running task is (conflated, never written)."""

    task_id: str
    progress: Progress
    items: int


@dataclass(frozen=True, slots=True)
class PublishWorker:
    """Tell subscribers that the worker's state changed."""

    worker_id: str


@dataclass(frozen=True, slots=True)
class PublishQueue:
    """Tell subscribers that a queue was paused, resumed or bounded; keep it over restarts."""

    info: QueueInfo


@dataclass(frozen=True, slots=True)
class PublishScaling:
    """Tell subscribers that the number of elastic workers changes, and why."""

    scaling: Scaling


@dataclass(frozen=True, slots=True)
class PublishScalingEffect:
    """Tell subscribers what an earlier change of the number of workers brought."""

    effect: ScalingEffect


Action = (
    Record
    | RecordChildren
    | RecordStart
    | DropChildren
    | Remove
    | Evict
    | Dispatch
    | CancelAttempt
    | StartWorker
    | StopWorker
    | KillWorker
    | PublishProgress
    | PublishWorker
    | PublishQueue
    | PublishScaling
    | PublishScalingEffect
)
