"""What the scheduler keeps: tasks, chunks, families and workers, and a task's legal moves."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from revo_edge.contract.kinds import Kind, Lane, OnLost
from revo_edge.contract.tasks import (
    ErrorInfo,
    Progress,
    Ranges,
    Story,
    TaskInfo,
    TaskSpec,
    TaskState,
)
from revo_edge.contract.workers import Item, Owner, WorkerInfo, WorkerState
from revo_edge.core.ranges import IndexSet
from revo_edge.core.turn import Timer

STORY_LINES = 100
STORY_HEAD_LINES = 20
"""Of a long story the first lines and the last ones are kept."""

DEPTHS = 4
"""Drivers stand at depth 0 (a task) to 3; each depth has its own slots, so none waits in a ring."""

_FROM_ENDED = frozenset({TaskState.QUEUED})

MOVES: dict[TaskState, frozenset[TaskState]] = {
    TaskState.QUEUED: frozenset(
        {TaskState.RUNNING, TaskState.HELD, TaskState.FAILED, TaskState.CANCELLED}
    ),
    TaskState.RUNNING: frozenset(
        {
            TaskState.QUEUED,
            TaskState.HELD,
            TaskState.SUCCEEDED,
            TaskState.FAILED,
            TaskState.CANCELLED,
        }
    ),
    TaskState.HELD: frozenset({TaskState.QUEUED, TaskState.CANCELLED}),
    TaskState.SUCCEEDED: frozenset(),
    TaskState.FAILED: _FROM_ENDED,
    TaskState.CANCELLED: _FROM_ENDED,
}


@dataclass(frozen=True, slots=True)
class Recorded:
    """The children of one owner that are on disk; `started` have begun and have no outcome."""

    done: Ranges = ()
    done_failed: int = 0
    started: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Saved:
    """A task as the journal has it. `children` by owner: the task's id, or a child that drives."""

    info: TaskInfo
    spec: TaskSpec
    params: bytes = b""
    story: tuple[Story, ...] = ()
    children: Mapping[Owner, Recorded] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Chunk:
    """What one dispatch carries: a task itself (one item, index 0) or some children.

    `items` have no outcome yet; on a worker the first of them runs. `number` is that of the
    current (or the next) attempt, `lost` how many before it were lost, `losses` how many of those
    since the last sign of progress. It waits in a line (`ticket`), for time (`timer`) or, `parked`,
    until the children of an earlier attempt have left their workers.
    """

    task: "Task"
    kind: Kind
    items: list[Item]
    seq: float
    depth: int = 0
    timeout_s: float | None = None
    retries: int = 0
    backoff_s: float = 1.0
    parent: "Family | None" = None
    family: "Family | None" = None
    number: int = 1
    lost: int = 0
    losses: int = 0
    ticket: int = 0
    queued_at: float = 0.0
    parked: bool = False
    dropped: bool = False
    worker: "Worker | None" = None
    attempt_id: str = ""
    deadline: float | None = None
    grace_s: float = 0.0
    kill_at: float | None = None
    timer: Timer | None = None

    @property
    def owner(self) -> Owner:
        """Whose items these are."""
        return self.parent.address if self.parent else self.task.id

    @property
    def failures(self) -> int:
        """How many attempts up to the current one failed, if this one does."""
        return self.number - self.lost

    @property
    def leaving(self) -> bool:
        """True when its worker was asked to stop it."""
        return self.kill_at is not None


@dataclass(slots=True, eq=False)
class Family:
    """The children of one driver: which are recorded, and the chunks that are not through.

    A chunk belongs here until it has left its worker and so has all of its own family.
    """

    address: Owner
    driver: Chunk
    done: IndexSet = field(default_factory=IndexSet)
    failed: int = 0
    chunks: set[Chunk] = field(default_factory=set)
    progressed: bool = False
    """A child was recorded since the driver was last lost."""


@dataclass(slots=True, eq=False)
class Task:
    """One submission and everything that happened to it.

    `params` is None when only the journal has them (the task has ended).
    """

    id: str
    spec: TaskSpec
    kind: Kind | None
    params: bytes | None
    seq: float
    created_at: float
    state: TaskState = TaskState.QUEUED
    attempt: int = 0
    lost: int = 0
    worker_id: str | None = None
    progress: Progress | None = None
    started_at: float | None = None
    ended_at: float | None = None
    error: ErrorInfo | None = None
    result_bytes: int | None = None
    items: int = 0
    cancelling: bool = False
    delayed: bool = False
    """It waits for a time: its start, or the end of a backoff."""
    waits_for: set[str] = field(default_factory=set)
    chunk: Chunk | None = None
    families: dict[Owner, Family] = field(default_factory=dict)
    story: list[Story] = field(default_factory=list)

    @property
    def on_lost(self) -> OnLost:
        """What happens when its worker is lost."""
        own = self.kind.on_lost if self.kind else OnLost.RETRY
        return self.spec.on_lost or own

    def tell(self, at: float, note: str) -> None:
        """Add a line to the story."""
        if len(self.story) >= STORY_LINES:
            del self.story[STORY_HEAD_LINES]
        self.story.append(Story(at, self.state, note))


@dataclass(slots=True, eq=False)
class Worker:
    """One process. `chunks` are on it: the first runs, a second one waits behind it."""

    id: str
    lane: Lane
    started_at: float
    state: WorkerState = WorkerState.STARTING
    chunks: list[Chunk] = field(default_factory=list)
    items_done: int = 0
    retiring: str = ""
    """Why it is replaced when it is next idle; empty: it stays."""
    timer: Timer | None = None

    def info(self) -> WorkerInfo:
        """Return the public record, without what only the shell knows (pid, rss, cpu)."""
        chunk = self.chunks[0] if self.chunks else None
        return WorkerInfo(
            id=self.id,
            lane=self.lane,
            state=self.state,
            task=chunk.task.id if chunk else None,
            kind=chunk.kind.name if chunk else None,
            tasks_done=self.items_done,
            started_at=self.started_at,
        )


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the scheduler; the settings of the same names say what they mean."""

    queue_limit: int = 10_000
    queue_bytes_limit: int = 64 * 1024 * 1024
    history: int = 10_000
    recycle_tasks: int = 5_000
    grace_s: float = 2.0
    drivers_per_depth: int = 8
    workers_min: int = 4
    workers_max: int = 16
    concurrency: Mapping[str, int] = field(default_factory=dict)
