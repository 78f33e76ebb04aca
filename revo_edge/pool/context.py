"""What an engine may do, inside a worker: progress, log, children, calls, user code."""

import functools
import itertools
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from revo_edge.contract import codec
from revo_edge.contract.calls import CALLS
from revo_edge.contract.ids import new_ulid
from revo_edge.contract.tasks import ItemResult
from revo_edge.contract.workers import Call, LogNote, ProgressNote
from revo_edge.engines.base import Cancelled, CommandResult, FunctionCall, ItemFailed, MapPlan
from revo_edge.errors import by_code
from revo_edge.paths import Paths
from revo_edge.pool.child import Surroundings
from revo_edge.pool.command import Limits, run_command
from revo_edge.pool.fanout import Fanout
from revo_edge.pool.interpreter import find_python
from revo_edge.pool.link import Link, Running
from revo_edge.pool.output import TaskLog
from revo_edge.pool.process_tree import kill_strays
from revo_edge.pool.python_host import Answer, Hosts
from revo_edge.store.spool import Spool

PROGRESS_S = 0.05
LOG_NOTE_S = 0.5
NOTE_CHARACTERS = 200
"""Bounds what the stream carries of an engine's words."""

T = TypeVar("T")

_AS_THEY_FINISH = MapPlan()


class EngineContext:
    """One attempt's Context (see engines.base); `index` is the item that runs now."""

    def __init__(
        self, running: Running, link: Link, hosts: Hosts, around: Surroundings, paths: Paths
    ) -> None:
        attempt = running.attempt
        self.task_id = attempt.owner.partition("/")[0]
        self.attempt = attempt.number
        self.home = paths.home
        self.cwd = Path(attempt.cwd)
        self.done = attempt.done
        self.done_failed = attempt.done_failed
        self.index = 0
        self._running = running
        self._link = link
        self._hosts = hosts
        self._around = around
        self._paths = paths
        self._logged_index: int | None = None
        self._rate = _Rate()
        self._calls = itertools.count(1)

    @functools.cached_property
    def _log(self) -> TaskLog:
        return TaskLog(self._paths.task_log(self.task_id))

    @functools.cached_property
    def _fanout(self) -> Fanout:
        return Fanout(self._running, self._link.send)

    def progress(self, done: int, total: int, *, failed: int = 0, note: str = "") -> None:
        """Say how far the task is; sent at most 20 times a second, the last always."""
        rate = self._rate.after(done, time.monotonic())
        attempt_id = self._running.attempt.id
        message = ProgressNote(attempt_id, done, total, failed, note[:NOTE_CHARACTERS], rate)
        self._link.note("progress", message, PROGRESS_S)

    def check_cancelled(self) -> None:
        """Raise Cancelled when the task was cancelled."""
        if self._running.cancelled:
            raise Cancelled

    def log(self, text: str) -> None:
        """Append a line to the task's log."""
        self.log_output(text.encode(errors="replace"))

    def log_output(self, output: bytes, others: int = 0) -> None:
        """Append what a program printed; in the log of many items each is named.

        With `others` so many items after this one may have printed it.
        """
        head = b""
        if self._running.attempt.child and (others or self._logged_index != self.index):
            which = b" or one of the next %d" % others if others else b""
            head = b"--- item %d%s ---\n" % (self.index, which)
            self._logged_index = None if others else self.index
        size_bytes = self._log.append(head + output.rstrip(b"\n") + b"\n")
        self._link.note("log", LogNote(self.task_id, size_bytes), LOG_NOTE_S)

    def map(
        self, kind: str, params: Iterable[msgspec.Struct], plan: MapPlan = _AS_THEY_FINISH
    ) -> Iterator[ItemResult]:
        """Run one child per params and yield their committed outcomes."""
        return self._fanout.map(kind, params, plan)

    def value(self, result: ItemResult, kind: type[T]) -> T:
        """Decode a child's value; raise its error as ItemFailed."""
        if result.error is not None:
            raise ItemFailed(result.error)
        if result.blob is None:
            return codec.decode_as(result.value, kind)
        return codec.decode_as(Spool(self._paths.spool).path(result.blob).read_bytes(), kind)

    def call(self, method: str, params: msgspec.Struct) -> Any:
        """Ask the resident lane; raise the RevoError of its answer."""
        number = next(self._calls)
        encoded = msgspec.Raw(codec.encode(params))
        known = CALLS.get(method)
        key = new_ulid() if known is not None and known.mutates else None
        self._link.send(Call(self._running.attempt.id, number, method, encoded, key))
        while True:
            reply = self._fanout.receive()
            if reply is not None and reply.call == number:
                break
        if reply.error is not None:
            raise by_code(reply.error.code)(reply.error.msg, after_ms=reply.error.after_ms)
        return msgspec.msgpack.decode(reply.result)

    def run_python(
        self,
        function: str,
        value: object,
        *,
        timeout_s: float | None = None,
        memory_mb: int | None = None,
    ) -> object:
        """Call a user's function in the user's Python."""
        call = FunctionCall(function, value, timeout_s, memory_mb)
        answer = self._hosts.run([call], self._running, self.log_output)
        if answer.error is not None:
            raise ItemFailed(answer.error)
        return answer.value

    def make_calls(self, calls: Sequence[FunctionCall]) -> Answer:
        """Make the first of these calls; the items of the others come next, so they begin, too."""
        return self._hosts.run(calls, self._running, self.log_output)

    def run_command(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float | None = None,
        stdin: str = "",
        alive: Callable[[], bool] | None = None,
    ) -> CommandResult:
        """Run a command in the task's folder; nothing that it started outlives it."""
        limits = Limits(timeout_s, alive)
        try:
            return run_command(argv, self._running, self._around, limits=limits, stdin=stdin)
        finally:
            kill_strays(self._hosts.pids)

    def python(self) -> str:
        """Return the user's interpreter."""
        return find_python(self._running.attempt, "")


class _Rate:
    """Units per second over the last seconds."""

    _SPAN_S = 5.0
    _STEP_S = 0.25

    def __init__(self) -> None:
        self._points: deque[tuple[float, int]] = deque()

    def after(self, done: int, now: float) -> float:
        """Note how many are done, and return the rate."""
        points = self._points
        if not points or now - points[-1][0] >= self._STEP_S:
            points.append((now, done))
            while now - points[0][0] > self._SPAN_S and len(points) > 2:
                points.popleft()
        began, base = points[0]
        return max(0.0, (done - base) / (now - began)) if now > began else 0.0
