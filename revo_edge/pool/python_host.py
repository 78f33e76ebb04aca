"""User functions: a Python process of the user's choice beside the worker, kept for next time."""

import contextlib
import select
import signal
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from revo_edge.contract.tasks import ErrorInfo
from revo_edge.engines.base import Cancelled, ItemFailed
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

_LENGTH = struct.Struct(">I")
_READ_BYTES = 256 * 1024
_Key = tuple[str, str, str, tuple[tuple[str, str], ...], str]


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """One call of a user's function."""

    function: str
    value: object
    timeout_s: float | None = None
    memory_mb: int | None = None


class Host:
    """One Python process that has loaded one function."""

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
        self.child.watch(self._channel.fileno(), select.POLLIN)
        self._received = bytearray()
        self.is_ready = False

    def load(self, running: Running) -> None:
        """Wait until the function is loaded; raise ItemFailed if it cannot be."""
        hello = self._exchange(b"", running, LOAD_S)
        problem = hello["error"]
        if problem is not None:
            raise ItemFailed(
                ErrorInfo(
                    "user_error",
                    f"Cannot load {self._function} in {self._python} ({hello['version']}): "
                    f"{problem['msg']}. Check the name, or choose another Python by --python.",
                    detail={"traceback": problem["traceback"]},
                )
            )
        self.is_ready = True

    def call(self, call: FunctionCall, running: Running) -> object:
        """FunctionCall the function once; raise ItemFailed or Cancelled."""
        answer = self._exchange(_encode(call), running, call.timeout_s)
        if "error" in answer:
            error = answer["error"]
            retry = error["code"] != "not_sendable"
            raise ItemFailed(
                ErrorInfo(error["code"], error["msg"], retry, detail=error["detail"] or None)
            )
        value: object = answer["value"]
        return value

    def close(self) -> None:
        """End the process, gently if it waits for work."""
        self._channel.close()
        end = time.monotonic() + END_S
        while self.is_ready and self.child.exit_code() is None and time.monotonic() < end:
            self.child.wait(end)
        self.child.close()

    def take_output(self) -> bytes:
        """Return what was printed since the last time, within bounds."""
        (kept,) = self.child.outputs.values()
        return kept.take()

    def _exchange(
        self, request: bytes, running: Running, timeout_s: float | None
    ) -> dict[str, Any]:
        """Send a request and wait for the answer; a host that gives none is of no more use."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        was_ready, self.is_ready = self.is_ready, False
        to_send = memoryview(request)
        while True:
            to_send = self._push(to_send)
            code = self.child.exit_code()  # before the last look for an answer
            if (answer := self._answer()) is not None:
                self.child.drain()
                self.is_ready = was_ready
                return answer
            if running.cancelled:
                raise Cancelled
            if code is not None:
                raise ItemFailed(self._ended(code, was_ready=was_ready))
            if deadline is not None and time.monotonic() >= deadline:
                text = f"{self._function} ran longer than {timeout_s:g} s and was killed."
                raise ItemFailed(ErrorInfo("timeout", text, retry=True))
            self.child.wait(deadline)

    def _push(self, to_send: memoryview) -> memoryview:
        if to_send:
            try:
                to_send = to_send[self._channel.send(to_send) :]
            except BlockingIOError:
                pass  # it is busy printing or importing
            except OSError:
                return to_send[:0]  # it has ended
            events = select.POLLIN | (select.POLLOUT if to_send else 0)
            self.child.watch(self._channel.fileno(), events)
        return to_send

    def _answer(self) -> dict[str, Any] | None:
        with contextlib.suppress(OSError):  # nothing more now, or it has ended
            while part := self._channel.recv(_READ_BYTES):
                self._received += part
            self.child.unwatch(self._channel.fileno())  # the end: only its exit can follow
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
            return msgspec.json.decode(frame, type=dict[str, Any])
        except msgspec.DecodeError as error:
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

    def run(self, call: FunctionCall, running: Running, log: Callable[[bytes], None]) -> object:
        """FunctionCall a user's function; `log` takes what it printed. Raises ItemFailed or Cancelled."""
        key = self._key(running, call.function)
        if self._broken is not None and self._broken[0] == key:
            raise self._broken[1]
        host = self._hosts.pop(key, None) or Host(key[1], call.function, self._around, running)
        try:
            if not host.is_ready:
                self._load(host, key, running)
            return host.call(call, running)
        finally:
            if printed := host.take_output():
                log(printed)
            self._keep(key, host)

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
            host.close()
            kill_strays(self.pids)


def _encode(call: FunctionCall) -> bytes:
    try:
        data = msgspec.json.encode({"value": call.value, "memory_mb": call.memory_mb})
    except (TypeError, ValueError, RecursionError) as error:
        text = f"The input cannot be sent to a function: {error}."
        raise ItemFailed(ErrorInfo("not_sendable", text)) from None
    return _LENGTH.pack(len(data)) + data


def _not_sendable(why: str) -> ErrorInfo:
    return ErrorInfo("not_sendable", f"The function's result cannot be sent: {why}.")
