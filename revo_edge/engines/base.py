"""What an engine is: functions of (params, ctx), and what the Context lets them do."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec

from revo_edge.contract.events import MemoryKept
from revo_edge.contract.params import Params
from revo_edge.contract.tasks import ErrorInfo, ItemResult, Ranges
from revo_edge.contract.watching import FolderNote

T = TypeVar("T")


class Cancelled(Exception):
    """Raised inside an engine when its task was cancelled; engines let it pass."""


class ItemFailed(Exception):
    """Raised by an engine (or by the user's function) to end an item with this error."""

    def __init__(self, error: ErrorInfo) -> None:
        super().__init__(error.msg)
        self.error = error


class CommandResult(msgspec.Struct, frozen=True):
    """How a command ended; `stdout` and `stderr` hold at most their first 64 KiB."""

    code: int
    stdout: str
    stderr: str
    duration_s: float


class MapPlan(msgspec.Struct, frozen=True):
    """How children run. `concurrency` 0: as many as there are slots; `timeout_s` for each item.

    `tick` is called a few times a second while the driver waits for outcomes.
    """

    ordered: bool = False
    concurrency: int = 0
    timeout_s: float | None = None
    retries: int = 0
    replay: bool = True
    tick: Callable[[], None] | None = None


class FunctionCall(msgspec.Struct, frozen=True, eq=False):
    """One call of a user's function: see Context.run_python.

    An engine may return one in place of a value: then the item's value is what the function
    returns. That is cheaper than `run_python`: the calls of a chunk are sent together.
    """

    function: str
    value: object
    timeout_s: float | None = None
    memory_mb: int | None = None


_AS_THEY_FINISH = MapPlan()


class Context(Protocol):
    """What an engine may do, beside computing."""

    task_id: str
    attempt: int
    home: Path
    cwd: Path
    done: Ranges
    """Children of this task that are already committed."""
    done_failed: int
    """How many of them failed."""

    def progress(self, done: int, total: int, *, failed: int = 0, note: str = "") -> None:
        """Say how far the task is (absolute values); cheap, call it as often as you like."""

    def check_cancelled(self) -> None:
        """Raise Cancelled when the task was cancelled."""

    def log(self, text: str) -> None:
        """Append a line to the task's log."""

    def map(
        self, kind: str, params: Iterable[msgspec.Struct], plan: MapPlan = _AS_THEY_FINISH
    ) -> Iterator[ItemResult]:
        """Run one child per params and yield their committed outcomes; drivers only.

        After a restart only children without a committed outcome run; the others' outcomes are
        yielded first, unless the plan says no `replay`.
        """

    def value(self, result: ItemResult, kind: type[T]) -> T:
        """Decode a child's value, from the spool when it is large; raise its error as ItemFailed."""

    def call(self, method: str, params: msgspec.Struct) -> Any:
        """Ask the resident lane; raise the RevoError of its answer."""

    def run_python(
        self,
        function: str,
        value: object,
        *,
        timeout_s: float | None = None,
        memory_mb: int | None = None,
    ) -> object:
        """Call `package.module:func` or `file.py:func` with a value, in the user's Python.

        Raises ItemFailed: `user_error` (it raised; the traceback is in `detail`), `user_exit`,
        `user_crash` (a signal), `timeout`, `memory_limit`, `not_sendable`, `spawn_failed`.
        """

    def run_command(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float | None = None,
        stdin: str = "",
        alive: Callable[[], bool] | None = None,
    ) -> CommandResult:
        """Run a command in the task's cwd; raise ItemFailed: `timeout`, `spawn_failed`.

        `alive` is asked ten times a second; once it says False the command is killed with all that
        it started, and its code is that of the kill.
        """

    def python(self) -> str:
        """Return the user's interpreter; raise ItemFailed: `spawn_failed`."""


EngineFunction = Callable[[Any, Context], Any]
"""(params Struct, ctx) -> a value that msgspec can encode, or a FunctionCall."""


class Resident(Protocol):
    """What a process of the resident lane keeps open; one call at a time."""

    def call(
        self, method: str, params: Params, key: str | None = None
    ) -> msgspec.Struct | msgspec.Raw:
        """Answer a call; raise RevoError. With the same `key` it happens once."""

    def rest(self, now: float) -> float | None:
        """Do one step of background work (<= 100 ms); return the seconds until the next.

        None: there is nothing to do before the next call.
        """

    def note(self) -> dict[str, float]:
        """Return what was counted, for the metrics."""

    def news(self) -> tuple[MemoryKept | FolderNote, ...]:
        """Return what it did or saw by itself since it was last asked."""

    def close(self) -> None:
        """Close the files."""


OpenResident = Callable[[Path, msgspec.Raw, Callable[[], None]], Resident]
"""(REVO_HOME, the engine's settings as msgpack, what to call in long work) -> an open Resident."""
