"""A worker process: engine functions on the main thread, the pool socket on one more."""

import os
import resource
import signal
import time
import traceback
from pathlib import Path

import msgspec

from revo_edge import procfs
from revo_edge.contract import codec
from revo_edge.contract.tasks import ErrorInfo, ItemResult
from revo_edge.contract.workers import Attempt, Item, Ready
from revo_edge.engines import registry
from revo_edge.engines.base import Cancelled, ItemFailed
from revo_edge.errors import BadRequest, RevoError
from revo_edge.paths import Paths, find_paths
from revo_edge.pool import lifeline, process_tree
from revo_edge.pool.child import Surroundings
from revo_edge.pool.context import EngineContext
from revo_edge.pool.link import Link, Running
from revo_edge.pool.python_host import Hosts
from revo_edge.store.spool import Spool

NICENESS = 5
IDLE_S = 10.0
"""A worker without work for so long ends the Python processes that it keeps."""

_NOTHING = msgspec.Raw(b"\xc0")
_CANCELLED = ErrorInfo("cancelled", "The task was cancelled.")


def run(worker_id: str, address: str, home: str, lifeline_fd: int) -> None:
    """Be the worker until the daemon says Exit."""
    _settle(worker_id)
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


def _settle(worker_id: str) -> None:
    """Lead a session of our own: Ctrl+C in the daemon's terminal is not for workers."""
    os.setsid()
    os.nice(NICENESS)
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
        context = EngineContext(running, self._link, self._hosts, self._around, self._paths)
        items = running.attempt.items or ((0, msgspec.Raw(b"")),)
        self._link.gather(running.attempt.id, len(items))
        for item in items:
            if running.cancelled:
                break
            self._link.begin_item()
            context.index = item[0]
            self._link.add_outcome(self._outcome(running.attempt, item, context))
        self._link.drop(running)
        self._link.send_outcomes()

    def _outcome(self, attempt: Attempt, item: Item, context: EngineContext) -> ItemResult:
        index, params = item
        began = time.monotonic()
        value = b""
        blob = None
        error = None
        try:
            value = self._value(attempt, params, context)
            if len(value) > codec.INLINE_LIMIT_BYTES:
                blob = Spool(self._paths.spool).put(value)
        except Cancelled:
            error = _CANCELLED
        except ItemFailed as failure:
            error = failure.error
        except RevoError as failure:
            error = _error_info(failure)
        except (Exception, SystemExit) as failure:  # noqa: BLE001 - the border around an engine
            context.log(traceback.format_exc())
            error = _engine_error(failure)
        duration_s = time.monotonic() - began
        if error is not None:
            return ItemResult(index, attempt.number, duration_s, error=error)
        size_bytes = len(value)
        inline = msgspec.Raw(value) if blob is None else _NOTHING
        return ItemResult(
            index, attempt.number, duration_s, inline, blob=blob, size_bytes=size_bytes
        )

    def _value(self, attempt: Attempt, params: msgspec.Raw, context: EngineContext) -> bytes:
        """Run the engine and return its value as msgpack."""
        kind = self._registry.kind(attempt.kind)
        raw = Path(attempt.params_path).read_bytes() if attempt.params_path else params
        try:
            decoded = codec.decode_as(raw, kind.params)
        except BadRequest as error:
            raise ItemFailed(ErrorInfo("bad_params", error.msg)) from None
        value = self._registry.function(attempt.kind)(decoded, context)
        try:
            return codec.encode(value)
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            text = f"The result of {attempt.kind} cannot be sent: {error}."
            raise ItemFailed(ErrorInfo("not_sendable", text)) from None


def _error_info(failure: RevoError) -> ErrorInfo:
    return ErrorInfo(failure.code, failure.msg, failure.retryable, failure.after_ms, failure.detail)


def _engine_error(failure: BaseException) -> ErrorInfo:
    text = "".join(traceback.format_exception_only(failure)).strip()
    return ErrorInfo("engine_error", f"{text[:1000]}. The log of the task has the traceback.")
