"""Starting the daemon for the fronts, and saying why when it does not come up."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from revo_edge import procfs
from revo_edge.client.client import Client
from revo_edge.client.endpoint import read_endpoint
from revo_edge.contract.requests import HelloReply
from revo_edge.errors import (
    Conflict,
    DaemonUnreachable,
    DeadlineExceeded,
    SettingsError,
    VersionMismatch,
)
from revo_edge.paths import Paths, private_dir
from revo_edge.procfs import is_alive

__all__ = ["ensure_daemon", "read_endpoint", "start_daemon", "stop_daemon"]

START_LIMIT_S = 15.0
STOP_LIMIT_S = 30.0
"""Longer than the daemon's own limits for stopping workers."""
_STOP_POLL_S = 0.05
_HELLO_S = 5.0
_POLL_S = 0.02
_AGAIN_S = 0.25
_SHOWN_LINES = 10
_ANOTHER_SERVES = (0, Conflict.exit_code)
"""Exit codes of a daemon that found the lock taken: the other one is coming up."""


def ensure_daemon(paths: Paths) -> None:
    """Return once a daemon answers; start one if none runs.

    Raises DaemonUnreachable, with the last lines the daemon said, when it does not come up, and
    when REVO_AUTOSTART=0 forbids starting one on demand.
    """
    if read_endpoint(paths) is None and os.environ.get("REVO_AUTOSTART") == "0":
        raise DaemonUnreachable(
            f"No daemon runs for {paths.home}, and REVO_AUTOSTART=0 forbids starting one. "
            "Start it with `revo up`."
        )
    start_daemon(paths)


def start_daemon(paths: Paths) -> HelloReply:
    """Start a detached daemon unless one runs; return its hello. Raises as `ensure_daemon`.

    Two callers at once are fine: the lock of the REVO_HOME lets one daemon through.
    """
    if read_endpoint(paths) is not None:
        return _greet(paths)
    said = _start_log(paths)
    process = _spawn(paths, said)
    end = time.monotonic() + START_LIMIT_S
    while (endpoint := read_endpoint(paths)) is None:
        code = process.poll()
        if code in _ANOTHER_SERVES:  # it may come up, or stop: then the lock is free again
            time.sleep(_AGAIN_S)
            if read_endpoint(paths) is None:
                process = _spawn(paths, said)
        elif code is not None:
            raise DaemonUnreachable(
                f"The daemon ended at once (exit code {code}).{_last_lines(said)} "
                "Run `revo daemon run` to see it start, or `revo doctor`."
            )
        if time.monotonic() > end:
            _let_go(process)
            raise DaemonUnreachable(
                f"The daemon did not come up within {START_LIMIT_S:g} s.{_last_lines(said)} "
                f"Its log is {paths.daemon_log}."
            )
        time.sleep(_POLL_S)
    if process.pid in (endpoint.pid, _parent(endpoint.pid)):  # a bundle of one file has a parent
        _let_go(process)
    else:  # another one serves: ours must not wake up later and find the lock free again
        process.terminate()
        process.wait()
    return _greet(paths)


def stop_daemon(paths: Paths, *, drain: bool = False, kill: bool = False) -> bool:
    """Stop the daemon and wait until its process has ended; False when none ran.

    With `kill` a daemon that does not answer is killed; its tasks go on at the next start, as
    after any stop. Raises DeadlineExceeded when it is still there after 30 s (not with `drain`).
    """
    endpoint = read_endpoint(paths)
    if endpoint is None:
        return False
    try:
        with Client(paths, deadline_s=_HELLO_S) as client:
            client.stop(drain=drain)
    except (DeadlineExceeded, VersionMismatch):
        if not kill:
            raise
        if is_alive(endpoint.pid, endpoint.start_ticks):
            os.kill(endpoint.pid, signal.SIGKILL)
    limit = None if drain else time.monotonic() + STOP_LIMIT_S
    while is_alive(endpoint.pid, endpoint.start_ticks):
        if limit is not None and time.monotonic() > limit:
            raise DeadlineExceeded(
                f"The daemon did not stop within {STOP_LIMIT_S:.0f} s. "
                "`revo daemon logs` says what it waits for."
            )
        time.sleep(_STOP_POLL_S)
    return True


def _greet(paths: Paths) -> HelloReply:
    try:
        with Client(paths, deadline_s=_HELLO_S) as client:
            return client.hello()
    except DeadlineExceeded:
        endpoint = read_endpoint(paths)
        pid = endpoint.pid if endpoint else 0
        raise DaemonUnreachable(
            f"The daemon (pid {pid}) runs but has not answered for {_HELLO_S:g} s. "
            f"Try again; if it stays so, end it with `kill {pid}`. Its log is {paths.daemon_log}."
        ) from None


def _start_log(paths: Paths) -> Path:
    private_dir(paths.home)
    return private_dir(paths.logs) / "daemon.start.log"


def _spawn(paths: Paths, said: Path) -> subprocess.Popen[bytes]:
    env = {**os.environ, "REVO_HOME": str(paths.home)}
    # `-m` looks in its folder first: not in the caller's, where anything may lie
    folder = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "revo_edge.daemon"]
    if getattr(sys, "frozen", False):
        env["PYINSTALLER_RESET_ENVIRONMENT"] = "1"  # a bundle of one file unpacks for itself ...
        folder = Path("/")  # ... and what its starter has unpacked goes away with the starter
        command = [sys.executable, "--daemon"]
    try:
        with said.open("wb") as output:
            return subprocess.Popen(  # noqa: S603 - our own program with fixed arguments
                command,
                cwd=folder,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
    except OSError as error:
        raise SettingsError(
            f"Cannot start the daemon: {error}. Set REVO_HOME to a folder that you can write to."
        ) from None


def _parent(pid: int) -> int | None:
    stat = procfs.read_stat(pid)
    return stat.ppid if stat else None


def _let_go(process: subprocess.Popen[bytes]) -> None:
    """The daemon outlives its starter on purpose: keep Popen from warning about that."""
    if process.poll() is None:
        process.returncode = 0


def _last_lines(said: Path) -> str:
    try:
        lines = said.read_text(errors="replace").strip().splitlines()[-_SHOWN_LINES:]
    except OSError:
        return ""
    return " It said:\n" + "\n".join(f"  {line}" for line in lines) + "\n" if lines else ""
