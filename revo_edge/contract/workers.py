"""Workers: their public record, and the messages between the daemon and a worker process.

The pool socket carries one message a frame: msgpack of a tagged Struct below. The daemon's ROUTER
puts the worker's identity (its id, ASCII) in front.
"""

from enum import Enum
from typing import Annotated

import msgspec
from msgspec import Meta

from revo_edge.contract.events import MemoryKept
from revo_edge.contract.kinds import Lane
from revo_edge.contract.tasks import ErrorInfo, ItemResult, Ranges
from revo_edge.contract.watching import FolderNote

Owner = str
"""Whose item it is: a task id, or `<owner>/<index>` for a child that is itself a driver."""

Item = tuple[int, msgspec.Raw]
"""(index, params as msgpack). A top-level task is one item with index 0."""


class WorkerState(Enum):
    """What a worker process is doing."""

    STARTING = "starting"
    IDLE = "idle"
    BUSY = "busy"
    STOPPING = "stopping"
    UNKNOWN = "unknown"

    __hash__ = object.__hash__  # Enum has a slow one, in Python

    @classmethod
    def _missing_(cls, value: object) -> "WorkerState":
        return cls.UNKNOWN


class WorkerInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """The public record of a worker; `rss_bytes` and `cpu_ratio` (of one core) count its group."""

    id: str
    lane: Lane
    state: WorkerState
    pid: int = 0
    task: str | None = None
    kind: str | None = None
    tasks_done: int = 0
    rss_bytes: int = 0
    cpu_ratio: float = 0.0
    started_at: float = 0.0
    gone: bool = False
    """True in the last event of a worker: it has ended."""


# daemon -> worker


class Attempt(msgspec.Struct, frozen=True, tag="attempt", omit_defaults=True):
    """Run these items one after the other: one dispatch.

    A task is one item with index 0 (`child` False); a chunk of children is several. `params_path`
    names the spool file with the params of a single item in place of `items`. `depth` counts the
    drivers above. `done` are the owner's children already committed, `done_failed` how many of
    them failed: a driver goes on from there.
    """

    id: str
    owner: Owner
    kind: str
    items: tuple[Item, ...] = ()
    params_path: str | None = None
    child: bool = False
    number: int = 1
    depth: int = 0
    timeout_s: float | None = None
    cwd: str = "/"
    python: str | None = None
    env: dict[str, str] = {}
    done: Ranges = ()
    done_failed: int = 0


class CancelAttempt(msgspec.Struct, frozen=True, tag="cancel"):
    """Drop the attempt if it has not begun, else tell the engine (`ctx.cancelled`)."""

    id: str


class ChildResults(msgspec.Struct, frozen=True, tag="child_results", omit_defaults=True):
    """Committed outcomes of children, to the driver that owns them.

    Sent unasked (`cursor` None) as they commit, and as the answer to ReadChildren: then `cursor`
    is where to read on, and None in `next_cursor` says that nothing is left.
    """

    attempt: str
    results: tuple[ItemResult, ...]
    replay: bool = False
    next_cursor: int | None = None


class CallReply(msgspec.Struct, frozen=True, tag="call_reply", omit_defaults=True):
    """The answer to a Call."""

    call: int
    result: msgspec.Raw = msgspec.Raw(b"\xc0")
    error: ErrorInfo | None = None


class Exit(msgspec.Struct, frozen=True, tag="exit"):
    """Finish what runs and end the process."""


class LaneCall(msgspec.Struct, frozen=True, tag="lane_call", omit_defaults=True):
    """A call to be answered, to a process of the resident lane; `key` makes it happen once."""

    call: int
    method: str
    params: msgspec.Raw
    key: str | None = None


ToWorker = Attempt | CancelAttempt | ChildResults | CallReply | LaneCall | Exit


# worker -> daemon


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The worker is up. `start_ticks` is field 22 of /proc/PID/stat (clock ticks since boot)."""

    pid: int
    start_ticks: int


class Outcomes(msgspec.Struct, frozen=True, tag="outcomes"):
    """Items ended, in the order they ran; `done` says that the attempt has no items left."""

    attempt: str
    results: tuple[ItemResult, ...]
    done: bool


class ProgressNote(msgspec.Struct, frozen=True, tag="progress"):
    """Progress of a running attempt: absolute values."""

    attempt: str
    done: int
    total: int
    failed: int
    note: Annotated[str, Meta(max_length=200)]
    rate: float


class Children(msgspec.Struct, frozen=True, tag="children", omit_defaults=True):
    """A driver asks for children: one chunk, run in order by one worker.

    `timeout_s` holds for each item; `retries` and `backoff_s` for an item whose error is retryable.
    """

    attempt: str
    kind: str
    items: tuple[Item, ...]
    timeout_s: float | None = None
    retries: int = 0
    backoff_s: float = 0.5


class ReadChildren(msgspec.Struct, frozen=True, tag="read_children"):
    """A restarted driver reads the outcomes recorded before (answered by ChildResults)."""

    attempt: str
    cursor: int


class Call(msgspec.Struct, frozen=True, tag="call", omit_defaults=True):
    """A call to the resident lane; `key` makes one that mutates happen once."""

    attempt: str
    call: int
    method: str
    params: msgspec.Raw
    key: str | None = None


class LogNote(msgspec.Struct, frozen=True, tag="log"):
    """The log file of a task has grown to `size_bytes`."""

    owner: Owner
    size_bytes: int


class LaneReply(msgspec.Struct, frozen=True, tag="lane_reply", omit_defaults=True):
    """The answer of a process of the resident lane to a LaneCall."""

    call: int
    result: msgspec.Raw = msgspec.Raw(b"\xc0")
    error: ErrorInfo | None = None
    items: int = 0
    """How many items the answer is about."""


class LaneNote(msgspec.Struct, frozen=True, tag="lane_note", omit_defaults=True):
    """A process of the resident lane lives, what it counted (absolute values) and what it did."""

    figures: dict[str, float]
    kept: tuple[MemoryKept, ...] = ()
    folders: tuple[FolderNote, ...] = ()


FromWorker = (
    Ready
    | Outcomes
    | ProgressNote
    | Children
    | ReadChildren
    | Call
    | LogNote
    | LaneReply
    | LaneNote
)
