"""A worker process: engine functions on the main thread, the pool socket on one more."""

import os
import resource
import signal
import time
import traceback
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

from revo_edge import procfs
from revo_edge.contract import codec
from revo_edge.contract.tasks import ErrorInfo, ItemResult
from revo_edge.contract.workers import Attempt, Ready
from revo_edge.engines import registry
from revo_edge.engines.base import Cancelled, FunctionCall, ItemFailed
from revo_edge.errors import BadRequest, RevoError
from revo_edge.paths import Paths, find_paths
from revo_edge.pool import lifeline, process_tree
from revo_edge.pool.child import Surroundings
from revo_edge.pool.context import EngineContext
from revo_edge.pool.link import Link, Running
from revo_edge.pool.python_host import Answer, Hosts
from revo_edge.store.spool import Spool

NICENESS = 5
IDLE_S = 10.0
"""A worker without work for so long ends the Python processes that it keeps."""

_NOTHING = msgspec.Raw(b"\xc0")
_CANCELLED = ErrorInfo("cancelled", "The task was cancelled.")


def run(worker_id: str, address: str, home: str, lifeline_fd: int) -> None:
    """Be the worker until the daemon says Exit."""
    settle(worker_id, NICENESS)
    armed_fd = lifeline.arm(lifeline_fd)
    pid = os.getpid()
    start_ticks = procfs.start_ticks(pid) or 0
    mark = process_tree.group_mark(pid, start_ticks)
    with Link(address, worker_id) as link:
        around = Surroundings(armed_fd, mark, link.cancel_fd)
        with Hosts(around) as hosts:
            link.send(Ready(pid, start_ticks))
            worker = Worker(link, hosts, around, find_paths(home))
            while (running := _next(link, hosts)) is not None:
                worker.serve(running)


def settle(worker_id: str, niceness: int) -> None:
    """Lead a session of our own: Ctrl+C in the daemon's terminal is not for workers."""
    os.setsid()
    procfs.be_nice(niceness)
    os.umask(0o077)
    os.chdir("/")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))  # a crash is reported, not dumped
    process_tree.adopt_orphans()
    Path("/proc/self/comm").write_text(f"revo {worker_id}", encoding="ascii")


def _next(link: Link, hosts: Hosts) -> Running | None:
    while True:
        try:
            return link.take(IDLE_S if hosts.pids else None)
        except TimeoutError:
            hosts.close_all()


class Worker:
    """Runs attempts, one item after the other."""

    def __init__(self, link: Link, hosts: Hosts, around: Surroundings, paths: Paths) -> None:
        self._link = link
        self._hosts = hosts
        self._around = around
        self._paths = paths
        self._registry = registry.worker_registry()

    def serve(self, running: Running) -> None:
        """Run an attempt and send its outcomes; one that was cancelled before has none."""
        attempt = running.attempt
        context = EngineContext(running, self._link, self._hosts, self._around, self._paths)
        items = attempt.items or ((0, msgspec.Raw(b"")),)
        self._link.gather(attempt.id, len(items))
        calls: deque[FunctionCall] = deque()
        indexes: deque[int] = deque()
        for index, params in items:
            ask = partial(self._ask, attempt, params, context)
            outcome = self._run_item(running, index, context, ask)
            if isinstance(outcome, FunctionCall):
                calls.append(outcome)
                indexes.append(index)
        if calls and attempt.timeout_s is None:  # else an outcome says that the next item began
            self._link.begin_calls()
        while calls and not running.cancelled:
            self._run_item(running, indexes.popleft(), context, partial(context.make_calls, calls))
            calls.popleft()
        self._hosts.drop_ahead()
        self._link.drop(running)
        self._link.send_outcomes()

    def _run_item(
        self, running: Running, index: int, context: EngineContext, ask: Callable[[], object]
    ) -> ItemResult | FunctionCall | None:
        """Let an item end in an outcome, unless it leaves a call to be made."""
        if running.cancelled:
            return None
        self._link.begin_item()
        context.index = index
        outcome = self._outcome(running.attempt, index, context, ask)
        if isinstance(outcome, ItemResult):
            self._link.add_outcome(outcome)
        return outcome

    def _outcome(
        self, attempt: Attempt, index: int, context: EngineContext, ask: Callable[[], object]
    ) -> ItemResult | FunctionCall:
        began = time.monotonic()
        try:
            value = ask()
            if isinstance(value, FunctionCall):
                return value
            answer = value if isinstance(value, Answer) else Answer(value)
            if answer.error is None:
                return self._succeeded(attempt, index, answer, began)
            error, duration_s = answer.error, answer.duration_s
            return ItemResult(index, attempt.number, duration_s, error=error)
        except Cancelled:
            error = _CANCELLED
        except ItemFailed as failure:
            error = failure.error
        except RevoError as failure:
            error = _error_info(failure)
        except (Exception, SystemExit) as failure:  # noqa: BLE001 - the border around an engine
            context.log(traceback.format_exc())
            error = _engine_error(failure)
        return ItemResult(index, attempt.number, time.monotonic() - began, error=error)

    def _succeeded(self, attempt: Attempt, index: int, answer: Answer, began: float) -> ItemResult:
        value = _encode(attempt.kind, answer.value)
        blob = None
        if len(value) > codec.INLINE_LIMIT_BYTES:
            blob = Spool(self._paths.spool).put(value)
        duration_s = answer.duration_s or time.monotonic() - began
        inline = msgspec.Raw(value) if blob is None else _NOTHING
        return ItemResult(
            index, attempt.number, duration_s, inline, blob=blob, size_bytes=len(value)
        )

    def _ask(self, attempt: Attempt, params: msgspec.Raw, context: EngineContext) -> object:
        """Run the engine and return its value."""
        kind = self._registry.kind(attempt.kind)
        raw = Path(attempt.params_path).read_bytes() if attempt.params_path else params
        try:
            decoded = codec.decode_as(raw, kind.params)
        except BadRequest as error:
            raise ItemFailed(ErrorInfo("bad_params", error.msg)) from None
        value: object = self._registry.function(attempt.kind)(decoded, context)
        return value


def _encode(kind: str, value: object) -> bytes:
    try:
        return codec.encode(value)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        text = f"The result of {kind} cannot be sent: {error}."
        raise ItemFailed(ErrorInfo("not_sendable", text)) from None


def _error_info(failure: RevoError) -> ErrorInfo:
    return ErrorInfo(failure.code, failure.msg, failure.retryable, failure.after_ms, failure.detail)


def _engine_error(failure: BaseException) -> ErrorInfo:
    text = "".join(traceback.format_exception_only(failure)).strip()
    return ErrorInfo("engine_error", f"{text[:1000]}. The log of the task has the traceback.")
