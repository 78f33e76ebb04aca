"""User functions: a Python process of the user's choice beside the worker, kept for next time."""

import contextlib
import select
import signal
import socket
import struct
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from revo_edge.contract.tasks import ErrorInfo
from revo_edge.engines.base import Cancelled, FunctionCall, ItemFailed
from revo_edge.pool.child import Child, Surroundings
from revo_edge.pool.interpreter import find_python
from revo_edge.pool.link import Running
from revo_edge.pool.process_tree import kill_strays

MOST_HOSTS = 4
"""Python processes that a worker keeps; the one unused for longest goes first."""
LOAD_S = 120.0
"""How long importing the user's module may take; it does not count as the item's time."""
END_S = 0.2
"""A host that is no longer needed may run its exit functions for so long."""
ANSWER_LIMIT_BYTES = 64 * 1024 * 1024

RUNNER = Path(__file__).with_name("runner.py")

DOZE_S = 0.010
"""Answers to a run of short calls are taken together after so long; a cancel is not kept waiting."""
LEAST_DOZE_S = 0.002
_DOZE_BYTES = 16 * 1024  # more at a time, and it may be waiting for room in the channel

_LENGTH = struct.Struct(">I")
_READ_BYTES = 256 * 1024
_MEAN_WEIGHT = 0.5
_Key = tuple[str, str, str, tuple[tuple[str, str], ...], str]

Log = Callable[[bytes, int], None]
"""Takes what was printed, and how many calls beside the first may have printed it."""


class Answer(msgspec.Struct, frozen=True):
    """What a call gave."""

    value: object = None
    error: ErrorInfo | None = None
    duration_s: float = 0.0


class _Problem(msgspec.Struct, frozen=True):
    code: str = ""
    msg: str = ""
    detail: dict[str, str] = {}
    traceback: str = ""


class _Frame(msgspec.Struct, frozen=True):
    """What the runner sends: its hello, then answers."""

    value: Any = None
    error: _Problem | None = None
    duration_s: float = 0.0
    version: str = ""


class Host:
    """One Python process that has loaded one function.

    It is sent the next calls before it has answered the first; each answer comes before the next
    call begins, so it is known which call a process died of.
    """

    def __init__(self, python: str, function: str, around: Surroundings, running: Running) -> None:
        self._python = python
        self._function = function
        self._channel, theirs = socket.socketpair()
        argv = [python, "-u", str(RUNNER), str(theirs.fileno()), function]
        try:
            self.child = Child(argv, around, running.attempt, channel_fd=theirs.fileno())
        except ItemFailed:
            self._channel.close()
            raise
        finally:
            theirs.close()
        self._channel.setblocking(False)
        self._to_send = memoryview(b"")
        self._received = bytearray()
        self._is_open = True
        self._sent: deque[FunctionCall] = deque()  # without an answer
        self._mean_s = 0.0
        self._may_doze = True
        self._has_run = False
        self._has_printed = False
        self.is_ready = False

    @property
    def ahead(self) -> int:
        """How many calls it goes on with that nobody waits for yet."""
        return len(self._sent) if self.is_ready else 0

    def takes(self, call: FunctionCall) -> bool:
        """Tell whether the call can be its next one: it is the next that was sent, or none was."""
        return not self._sent or self._sent[0] is call

    def load(self, running: Running) -> None:
        """Wait until the function is loaded; raise ItemFailed if it cannot be."""
        hello = self._exchange(running, LOAD_S)
        problem = hello.error
        if problem is not None:
            raise ItemFailed(
                ErrorInfo(
                    "user_error",
                    f"Cannot load {self._function} in {self._python} ({hello.version}): "
                    f"{problem.msg}. Check the name, or choose another Python by --python.",
                    detail={"traceback": problem.traceback},
                )
            )
        self.is_ready = True

    def call(self, calls: Iterable[FunctionCall], running: Running) -> Answer:
        """Make the first call and send the others ahead; raise ItemFailed or Cancelled."""
        if not self._sent:
            self._send(calls)
        frame = self._exchange(running, self._sent[0].timeout_s)
        self._sent.popleft()
        self._mean_s += _MEAN_WEIGHT * (frame.duration_s - self._mean_s)
        error = frame.error
        if error is None:
            return Answer(frame.value, None, frame.duration_s)
        retry = error.code != "not_sendable"
        info = ErrorInfo(error.code, error.msg, retry, detail=error.detail or None)
        return Answer(None, info, frame.duration_s)

    def take_output(self) -> bytes:
        """Return what was printed since the last time, within bounds."""
        (kept,) = self.child.outputs.values()
        printed = kept.take()
        self._has_printed |= self._has_run and bool(printed)
        return printed

    def close(self) -> None:
        """End the process, gently if it waits for work."""
        self._channel.close()
        end = time.monotonic() + END_S
        is_waiting = self.is_ready and not self._sent
        while is_waiting and self.child.exit_code() is None and time.monotonic() < end:
            self.child.wait(end)
        self.child.close()

    def _send(self, calls: Iterable[FunctionCall]) -> None:
        """Send calls of this function; only one if it prints, so that the log says which did."""
        frames = bytearray()
        for call in calls:
            try:
                frame = _encode(call)
            except ItemFailed:
                if not self._sent:
                    raise
                break
            self._sent.append(call)
            frames += frame
            if self._has_printed or not self._has_run:
                break
        self._to_send = memoryview(frames)
        self._has_run = True

    def _exchange(self, running: Running, timeout_s: float | None) -> _Frame:
        """Send what is to be sent and wait for a frame; a host that gives none is of no more use."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        was_ready, self.is_ready = self.is_ready, False
        while (frame := self._next_frame()) is None:
            self._push()
            code = self.child.exit_code()  # before the last look for an answer
            if self._receive():
                continue
            if running.cancelled:
                raise Cancelled
            if code is not None:
                raise ItemFailed(self._ended(code, was_ready=was_ready))
            if deadline is not None and time.monotonic() >= deadline:
                text = f"{self._function} ran longer than {timeout_s:g} s and was killed."
                raise ItemFailed(ErrorInfo("timeout", text, retry=True))
            self._wait(deadline)
        self.is_ready = was_ready
        return frame

    def _wait(self, deadline: float | None) -> None:
        """Sleep until something comes; while many answers are near, for half of their time."""
        now = time.monotonic()
        doze_s = min(DOZE_S, len(self._sent) * self._mean_s / 2)
        dozes = self._may_doze and not self._to_send and doze_s >= LEAST_DOZE_S
        self._may_doze = False  # again only after an answer: a slow call is waited for
        if dozes:
            deadline = now + doze_s if deadline is None else min(deadline, now + doze_s)
        if self._is_open:
            events = select.POLLOUT if self._to_send else 0
            self.child.watch(self._channel.fileno(), events if dozes else events | select.POLLIN)
        else:
            self.child.unwatch(self._channel.fileno())  # only its exit can follow
        self.child.wait(deadline)

    def _push(self) -> None:
        if not self._to_send:
            return
        try:
            self._to_send = self._to_send[self._channel.send(self._to_send) :]
        except BlockingIOError:
            pass  # it is busy printing or importing
        except OSError:
            self._to_send = memoryview(b"")  # it has ended

    def _receive(self) -> bool:
        """Take in what it answered, with what was printed before that; tell whether there was any."""
        size = len(self._received)
        with contextlib.suppress(OSError):  # nothing more now, or it has ended
            while part := self._channel.recv(_READ_BYTES):
                self._received += part
            self._is_open = False
        if len(self._received) == size:
            return False
        self._may_doze = len(self._received) - size < _DOZE_BYTES
        self.child.drain()
        return True

    def _next_frame(self) -> _Frame | None:
        if len(self._received) < _LENGTH.size:
            return None
        (size,) = _LENGTH.unpack_from(self._received)
        if size > ANSWER_LIMIT_BYTES:
            raise ItemFailed(_not_sendable(f"{size} bytes are too many"))
        end = _LENGTH.size + size
        if len(self._received) < end:
            return None
        frame = bytes(self._received[_LENGTH.size : end])
        del self._received[:end]
        try:
            return msgspec.json.decode(frame, type=_Frame)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ItemFailed(_not_sendable(str(error))) from None

    def _ended(self, code: int, *, was_ready: bool) -> ErrorInfo:
        self.child.drain()
        if code < 0:
            name = signal.Signals(-code).name
            hint = " The system may have run out of memory." if -code == signal.SIGKILL else ""
            text = f"{self._function} was killed by {name}.{hint}"
            return ErrorInfo("user_crash", text, retry=True, detail={"signal": name})
        if was_ready:
            text = f"{self._function} ended its process with {code}."
            return ErrorInfo("user_exit", text, retry=True, detail={"code": code})
        printed = self.take_output().decode(errors="replace").strip()[-500:]
        return ErrorInfo(
            "spawn_failed",
            f"{self._python} ended with {code} before {self._function} was loaded: {printed}. "
            "Choose another Python (3.8 or later) by --python.",
        )


class Hosts:
    """The Python processes that a worker keeps, by what they have loaded.

    A host serves one top-level task only: the next one shall see the source as it is then.
    """

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._hosts: dict[_Key, Host] = {}  # the least recently used first
        self._broken: tuple[_Key, ItemFailed] | None = None
        self._found: tuple[Running, str, _Key] | None = None

    def __enter__(self) -> "Hosts":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close_all()

    @property
    def pids(self) -> frozenset[int]:
        """The processes that are kept."""
        return frozenset(host.child.pid for host in self._hosts.values())

    def run(self, calls: Sequence[FunctionCall], running: Running, log: Log) -> Answer:
        """Make the first of these calls of one function, and begin with the others.

        Those come next: only `drop_ahead` ends that. Raises ItemFailed or Cancelled.
        """
        call = calls[0]
        key = self._key(running, call.function)
        if self._broken is not None and self._broken[0] == key:
            raise self._broken[1]
        host = self._hosts.pop(key, None)
        if host is None or not host.takes(call):
            self._close(host)
            host = Host(key[1], call.function, self._around, running)
        try:
            if not host.is_ready:
                self._load(host, key, running)
                _log_output(host, log)
            return host.call(calls, running)
        finally:
            _log_output(host, log)
            self._keep(key, host)

    def drop_ahead(self) -> None:
        """End hosts that still run calls for which nobody will ask: the attempt was cancelled."""
        for key in [key for key, host in self._hosts.items() if host.ahead]:
            self._close(self._hosts.pop(key))

    def close_all(self) -> None:
        """End every host."""
        for host in self._hosts.values():
            host.close()
        self._hosts.clear()
        kill_strays(frozenset())

    def _key(self, running: Running, function: str) -> _Key:
        """Look for the interpreter once an attempt: a look at every place on PATH takes its time."""
        if self._found is not None and self._found[0] is running and self._found[1] == function:
            return self._found[2]
        attempt = running.attempt
        python = find_python(attempt, function)
        task_id = attempt.owner.partition("/")[0]
        key = (task_id, python, attempt.cwd, tuple(sorted(attempt.env.items())), function)
        self._found = (running, function, key)
        return key

    def _load(self, host: Host, key: _Key, running: Running) -> None:
        try:
            host.load(running)
        except ItemFailed as failure:
            self._broken = (key, failure)  # the other items need not try
            raise

    def _keep(self, key: _Key, host: Host) -> None:
        if host.is_ready:
            self._hosts[key] = host
            while len(self._hosts) > MOST_HOSTS:
                self._hosts.pop(next(iter(self._hosts))).close()
        else:
            self._close(host)

    def _close(self, host: Host | None) -> None:
        if host is not None:
            host.close()
            kill_strays(self.pids)


def _log_output(host: Host, log: Log) -> None:
    if printed := host.take_output():
        log(printed, host.ahead)


def _encode(call: FunctionCall) -> bytes:
    try:
        data = msgspec.json.encode({"value": call.value, "memory_mb": call.memory_mb})
    except (TypeError, ValueError, RecursionError) as error:
        text = f"The input cannot be sent to a function: {error}."
        raise ItemFailed(ErrorInfo("not_sendable", text)) from None
    return _LENGTH.pack(len(data)) + data


def _not_sendable(why: str) -> ErrorInfo:
    return ErrorInfo("not_sendable", f"The function's result cannot be sent: {why}.")
