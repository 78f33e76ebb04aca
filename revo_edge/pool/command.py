"""Commands: any program, run in the task's folder with bounded output."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from revo_edge.contract.tasks import ErrorInfo
from revo_edge.engines.base import Cancelled, CommandResult, ItemFailed
from revo_edge.pool.child import Child, Surroundings
from revo_edge.pool.link import Running

TERM_S = 1.0
"""A cancelled command is asked by TERM and killed after so long."""
ASK_S = 0.1
"""How often `alive` is asked."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When a command is killed: after so long, or once `alive` says False."""

    timeout_s: float | None = None
    alive: Callable[[], bool] | None = None


def run_command(
    argv: Sequence[str],
    running: Running,
    around: Surroundings,
    *,
    limits: Limits,
    stdin: str,
) -> CommandResult:
    """Run a command to its end; raise ItemFailed (`timeout`, `spawn_failed`) or Cancelled.

    Its output is drained and kept up to 64 KiB; when it does not end in time it is killed with
    everything that it started.
    """
    began = time.monotonic()
    timeout_s = limits.timeout_s
    stdin_fd = _as_file(stdin) if stdin else subprocess.DEVNULL
    try:
        child = Child(argv, around, running.attempt, stdin=stdin_fd, split=True)
    finally:
        if stdin:
            os.close(stdin_fd)
    try:
        in_time = _wait(
            child, running, None if timeout_s is None else began + timeout_s, limits.alive
        )
    finally:
        code = child.close()
    stdout, stderr = (bytes(kept.head).decode(errors="replace") for kept in child.outputs.values())
    if not in_time:
        raise ItemFailed(
            ErrorInfo(
                "timeout",
                f"{argv[0]} ran longer than {timeout_s:g} s and was killed.",
                retry=True,
                detail={"stdout": stdout, "stderr": stderr},
            )
        )
    return CommandResult(code, stdout, stderr, time.monotonic() - began)


def _wait(
    child: Child, running: Running, deadline: float | None, alive: Callable[[], bool] | None
) -> bool:
    """Wait for the end; return False when the deadline passed before it."""
    while child.exit_code() is None:
        now = time.monotonic()
        if running.cancelled:
            _end_gently(child)
            raise Cancelled
        if deadline is not None and now >= deadline:
            return False
        if alive is not None and not alive():
            return True
        limits = [
            limit for limit in (deadline, now + ASK_S if alive else None) if limit is not None
        ]
        child.wait(min(limits, default=None))
    return True


def _end_gently(child: Child) -> None:
    child.signal(signal.SIGTERM)
    end = time.monotonic() + TERM_S
    while child.exit_code() is None and time.monotonic() < end:
        child.wait(end)


def _as_file(text: str) -> int:
    fd = os.memfd_create("stdin")
    os.write(fd, text.encode())
    os.lseek(fd, 0, os.SEEK_SET)
    return fd
