"""A program that a worker started: its output is drained while one waits for it."""

import contextlib
import os
import select
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from revo_edge.contract.tasks import ErrorInfo
from revo_edge.contract.workers import Attempt
from revo_edge.engines.base import ItemFailed
from revo_edge.pool.output import Bounded
from revo_edge.pool.process_tree import GROUP_VARIABLE, kill_tree

USER_UMASK = 0o022
"""Files that user code makes are the user's, not ours: the usual mask, not the worker's."""

_READ_BYTES = 256 * 1024
_MOST_READS = 64  # after the end: what a pipe can hold, and not what a survivor goes on writing


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a worker hands down: the armed lifeline and its group's mark; where cancels show."""

    lifeline_fd: int
    group_mark: str
    cancel_fd: int


class Child:
    """A running program, in the attempt's folder and environment.

    `outputs` holds its stdout and stderr by descriptor; both are one unless `split`. Raises
    ItemFailed (`spawn_failed`).
    """

    def __init__(
        self,
        argv: Sequence[str],
        around: Surroundings,
        attempt: Attempt,
        *,
        stdin: int = subprocess.DEVNULL,
        channel_fd: int = -1,
        split: bool = False,
    ) -> None:
        fds = (around.lifeline_fd, channel_fd) if channel_fd >= 0 else (around.lifeline_fd,)
        try:
            self._process = subprocess.Popen(  # noqa: S603 - what the user asked for, no shell
                argv,
                cwd=attempt.cwd,
                env={**_defaults(), **attempt.env, GROUP_VARIABLE: around.group_mark},
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE if split else subprocess.STDOUT,
                pass_fds=fds,
                umask=USER_UMASK,
            )
        except (OSError, ValueError) as error:
            raise ItemFailed(_not_started(argv, attempt.cwd, error)) from None
        self.pid = self._process.pid
        self._pidfd = os.pidfd_open(self.pid)
        self._cancel_fd = around.cancel_fd
        self._poller = select.poll()
        self.outputs = {
            stream.fileno(): Bounded()
            for stream in (self._process.stdout, self._process.stderr)
            if stream is not None
        }
        for fd in (self._pidfd, around.cancel_fd, *self.outputs):
            self._poller.register(fd, select.POLLIN)
        for fd in self.outputs:
            os.set_blocking(fd, False)

    def watch(self, fd: int, events: int) -> None:
        """Also wake for this descriptor."""
        self._poller.register(fd, events)

    def unwatch(self, fd: int) -> None:
        """Wake for this descriptor no more."""
        with contextlib.suppress(KeyError):
            self._poller.unregister(fd)

    def wait(self, deadline: float | None) -> list[int]:
        """Wait for anything (a cancel too); drain output; return what else is ready.

        `deadline` is monotonic; an empty list may mean that it has passed.
        """
        limit_ms = None if deadline is None else max(0.0, deadline - time.monotonic()) * 1000 + 1
        ready = [fd for fd, _ in self._poller.poll(limit_ms)]
        for fd in ready:
            if fd in self.outputs and not self._read(fd):
                self.unwatch(fd)
        if self._cancel_fd in ready:
            with contextlib.suppress(BlockingIOError):
                os.eventfd_read(self._cancel_fd)
        return [fd for fd in ready if fd not in self.outputs]

    def drain(self) -> None:
        """Take what the pipes hold now."""
        for fd in self.outputs:
            for _ in range(_MOST_READS):
                if not self._read(fd):
                    break

    def exit_code(self) -> int | None:
        """Return the exit code, negative for a signal; None while it runs."""
        return self._process.poll()

    def signal(self, number: int) -> None:
        """Send a signal to the program itself."""
        self._process.send_signal(number)

    def close(self) -> int:
        """Kill it with everything below it if it still runs, and return its exit code."""
        if self._process.poll() is None:
            kill_tree(self.pid)
        code = self._process.wait()
        self.drain()
        os.close(self._pidfd)
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()
        return code

    def _read(self, fd: int) -> bool:
        with contextlib.suppress(BlockingIOError):
            data = os.read(fd, _READ_BYTES)
            self.outputs[fd].feed(data)
            return bool(data)
        return False


def _defaults() -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.environ.get("HOME", "/"),
        "LANG": "C.UTF-8",
    }


def _not_started(argv: Sequence[str], cwd: str, error: OSError | ValueError) -> ErrorInfo:
    if not Path(cwd).is_dir():
        why = f"the folder {cwd} is not there any more. Run it from one that is."
    elif isinstance(error, FileNotFoundError):
        why = "there is no such program. Name one that is on PATH, or give its full path."
    else:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        why = f"{reason}."
    return ErrorInfo("spawn_failed", f"Cannot start {argv[0]!r}: {why}")
