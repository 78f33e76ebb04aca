"""Starts and ends worker processes; used by one thread of the daemon, the starter.

The daemon's loop watches the sentinels: one becomes readable when its worker has ended.
"""

import contextlib
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from revo_edge import procfs
from revo_edge.contract import codec
from revo_edge.contract.kinds import Lane
from revo_edge.errors import Unavailable
from revo_edge.pool.birth import NO_OPTIONS, STATUS, Birth
from revo_edge.pool.lifeline import Lifeline
from revo_edge.pool.process_tree import GROUP_VARIABLE, group_mark

log = logging.getLogger(__name__)

START_LIMIT_S = 20.0
"""A fork server that has not forked by then is given up: the machine cannot start processes."""
KILL_LIMIT_S = 5.0
"""A killed process that still lives by then hangs in the kernel (a dead disk)."""

_SERVER = ["-c", "from revo_edge.pool.fork_server import main; main()"]
_BUNDLED_SERVER = ["--fork-server"]


@dataclass(frozen=True, slots=True)
class Started:
    """A worker process. `sentinel` becomes readable when it has ended; `reap` closes it."""

    pid: int
    start_ticks: int
    sentinel: int


class Supervisor:
    """All worker processes of one daemon.

    `address` is the pool socket. Every method may block for some milliseconds, `kill`, `stop_all`
    and `close` up to their limits.
    """

    def __init__(self, home: Path, address: str, lifeline: Lifeline) -> None:
        self._home = str(home)
        self._address = address
        self._lifeline = lifeline
        self._workers: dict[str, Started] = {}
        self._server: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None

    def prepare(self) -> None:
        """Start the fork server, so that the first worker need not wait 0.2 s for it."""
        if self._server is None or self._server.poll() is not None:
            self._start_server()

    def start(
        self, worker_id: str, lane: Lane, part: str = "", options: msgspec.Raw = NO_OPTIONS
    ) -> Started:
        """Start a worker; raise Unavailable when the machine cannot start one now.

        `part` and `options` are for a process of the resident lane (see Birth).
        """
        self.prepare()
        assert self._channel is not None, "prepare() sets it"  # noqa: S101 - for the type checker
        sentinel, write_end = os.pipe2(os.O_CLOEXEC)
        birth = codec.encode(Birth(worker_id, self._address, self._home, part, options))
        try:
            socket.send_fds(self._channel, [birth], [write_end])
            os.close(write_end)
            pid = _read_status(sentinel, START_LIMIT_S)
        except OSError as error:
            os.close(sentinel)
            raise Unavailable(f"The fork server cannot be reached: {error.strerror}.") from None
        if pid is None or pid < 0:
            os.close(sentinel)
            self._end_server()
            why = os.strerror(-pid) if pid else "the fork server gives no answer"
            raise Unavailable(
                f"Cannot start a worker: {why}. Free some memory or processes.", after_ms=1000
            )
        started = Started(pid, procfs.start_ticks(pid) or 0, sentinel)
        self._workers[worker_id] = started
        log.debug("started %s worker %s as process %d", lane.value, worker_id, pid)
        return started

    def kill(self, worker_id: str) -> str:
        """Kill the worker with everything it started; return how it ended, in words."""
        worker = self._workers.get(worker_id)
        if worker is None:
            return "had ended before"
        _kill_group(worker.pid, signal.SIGKILL)
        if not _is_readable(worker.sentinel, KILL_LIMIT_S):
            log.error("worker %s (process %d) does not die", worker_id, worker.pid)
        return self.reap(worker_id)

    def reap(self, worker_id: str) -> str:
        """Count out a worker that has ended; return how it ended, in words.

        What it started and left behind is killed; only after a clean end there is nothing.
        """
        worker = self._workers.pop(worker_id)
        status = _read_status(worker.sentinel, 0)
        os.close(worker.sentinel)
        if status != 0:
            _kill_group(worker.pid, signal.SIGKILL)
            end_groups([(worker.pid, worker.start_ticks)])
        return _in_words(status)

    def stop_all(self, *, ask_s: float = 3.0, term_s: float = 1.0) -> None:
        """End all workers: wait for those that were asked (Exit), then TERM, then KILL."""
        asked = len(self._workers)
        self._wait_for_ends(ask_s)
        log.info("stopping: %d of %d workers ended when asked", asked - len(self._workers), asked)
        if self._workers:
            for worker in self._workers.values():
                _kill_group(worker.pid, signal.SIGTERM)
            left = len(self._workers)
            self._wait_for_ends(term_s)
            log.info("stopping: %d of %d workers ended by TERM", left - len(self._workers), left)
        if self._workers:
            log.info("stopping: %d workers are killed", len(self._workers))
            for worker_id in list(self._workers):
                self.kill(worker_id)

    def close(self) -> None:
        """Kill what is left and end the fork server."""
        for worker_id in list(self._workers):
            self.kill(worker_id)
        self._end_server()

    def _wait_for_ends(self, limit_s: float) -> None:
        end = time.monotonic() + limit_s
        while self._workers and (left_s := end - time.monotonic()) > 0:
            poller = select.poll()
            for worker in self._workers.values():
                poller.register(worker.sentinel, select.POLLIN)
            ended = {fd for fd, _ in poller.poll(left_s * 1000)}
            for worker_id, worker in list(self._workers.items()):
                if worker.sentinel in ended:
                    self.reap(worker_id)

    def _start_server(self) -> None:
        self._end_server()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        fds = (theirs.fileno(), self._lifeline.read_fd)
        server = _BUNDLED_SERVER if getattr(sys, "frozen", False) else _SERVER
        try:
            self._server = subprocess.Popen(  # noqa: S603 - our own interpreter and code
                [sys.executable, *server, *map(str, fds)],
                pass_fds=fds,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                cwd="/",
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        except OSError as error:
            ours.close()
            raise Unavailable(f"Cannot start the fork server: {error.strerror}.") from None
        finally:
            theirs.close()
        self._channel = ours

    def _end_server(self) -> None:
        if self._channel is not None:
            self._channel.close()  # the server reads the end of its stream and returns
            self._channel = None
        if self._server is not None:
            try:
                self._server.wait(1.0)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
            self._server = None


def end_groups(groups: Iterable[tuple[int, int]]) -> int:
    """Kill what is left of worker process groups; return how many processes were found.

    A group is (pid of its leader, the leader's start_ticks), recorded in this boot of the machine.
    A process belongs to it if the leader is alive, that very process, and leads it; or if it
    carries the group's mark in its environment, wherever it has moved to (setsid). Members of a
    group whose leader is dead are left alone without the mark: the number may be a stranger's.
    """
    recorded = dict(groups)
    led = {pid for pid, ticks in recorded.items() if procfs.is_alive(pid, ticks)}
    marks = {f"{GROUP_VARIABLE}={group_mark(*group)}".encode() for group in recorded.items()}
    found = 0
    for stat in procfs.all_processes() if recorded else ():
        if stat.pgid in led or not marks.isdisjoint(_environment(stat.pid)):
            found += 1
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(stat.pid, signal.SIGKILL)
    return found


def _environment(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:  # it has ended, or is somebody else's
        return []


def _kill_group(pid: int, number: signal.Signals) -> None:
    """Signal the worker's group, or the worker alone if it has not made its group yet."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _is_readable(fd: int, limit_s: float) -> bool:
    poller = select.poll()
    poller.register(fd, select.POLLIN)
    return bool(poller.poll(limit_s * 1000))


def _read_status(sentinel: int, limit_s: float) -> int | None:
    """Read one number; None when there is none in time or the fork server has died."""
    if not _is_readable(sentinel, limit_s):
        return None
    data = os.read(sentinel, STATUS.size)
    return STATUS.unpack(data)[0] if len(data) == STATUS.size else None


def _in_words(status: int | None) -> str:
    if status is None:
        return "ended unseen: the fork server died, or the kernel holds the process"
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exited with {code}"
