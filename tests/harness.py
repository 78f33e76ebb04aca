"""What tests use to run the real thing: a daemon as a subprocess, and the one way to wait."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Protocol, TypeVar

import msgspec
import psutil

from revo_edge.contract.endpoint import Endpoint
from revo_edge.paths import Paths

REPOSITORY = Path(__file__).resolve().parents[1]
START_LIMIT_S = 15.0
STOP_LIMIT_S = 15.0
ORPHAN_LIMIT_S = 3.0
"""After a daemon is gone, whatever it had started is gone within this time."""

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - it is listed, nothing is written there

_POLL_S = 0.01
_BAD_LINE = re.compile(
    r"^\S+ \S+ (WARNING|ERROR|CRITICAL)\b"  # a line of the plain log
    r'|"level": "(warning|error|critical)"'  # of the log as JSON lines
    r"|^Traceback|Warning:"  # what Python itself says
)

T = TypeVar("T")


class WaitFor(Protocol):
    """The type of `wait_for`."""

    def __call__(self, condition: Callable[[], T], timeout_s: float = ...) -> T:
        """Return the first true value of `condition`."""


class StartDaemon(Protocol):
    """The type of the fixture `start_daemon`."""

    def __call__(
        self, env: Mapping[str, str] | None = ..., paths: Paths | None = ...
    ) -> "DaemonProcess":
        """Start a daemon that the fixture will stop and check."""


def wait_for(condition: Callable[[], T], timeout_s: float = 10.0) -> T:
    """Return the first true value of `condition`; fail after `timeout_s` with its last value."""
    limit = time.monotonic() + timeout_s
    while not (value := condition()):
        if time.monotonic() > limit:
            raise AssertionError(f"not true within {timeout_s} s; last value: {value!r}")
        time.sleep(_POLL_S)
    return value


def what_remains(find: Callable[[], list[T]], timeout_s: float) -> list[T]:
    """Wait until `find` finds nothing; return what it still finds after `timeout_s`."""
    limit = time.monotonic() + timeout_s
    while (found := find()) and time.monotonic() < limit:
        time.sleep(_POLL_S)
    return found


def alive(process: psutil.Process) -> bool:
    """Tell whether the process still runs; a zombie does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def processes_of(home: Path) -> list[psutil.Process]:
    """Return every other process whose REVO_HOME is this folder."""
    return [
        process
        for process in psutil.process_iter()
        if process.pid != os.getpid() and _environ(process).get("REVO_HOME") == str(home)
    ]


class DaemonProcess:
    """A daemon of its own home, run as users run it.

    Tests change it through start, stop, kill and restart; `check` is called by the fixture at the
    end and asserts that nothing is left behind.
    """

    def __init__(self, paths: Paths, env: Mapping[str, str]) -> None:
        self.paths = paths
        self.env = dict(env)
        self._popen: subprocess.Popen[bytes] | None = None
        self._started: list[psutil.Process] = []
        self._allowed: list[re.Pattern[str]] = []

    @property
    def pid(self) -> int:
        """The process id of the daemon that was started last."""
        return self._process.pid

    @property
    def endpoint(self) -> Endpoint:
        """Where this very process listens."""
        found = self._read_endpoint()
        assert found is not None, f"no endpoint of pid {self.pid}\n{self.output()}"
        return found

    @property
    def running(self) -> bool:
        """Whether the daemon process lives."""
        return self._popen is not None and self._popen.poll() is None

    def start(self) -> None:
        """Start the daemon and wait until it says where it listens."""
        assert not self.running
        self.paths.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._stderr_file.open("ab") as stderr:
            self._popen = self._spawn(stderr)
        wait_for(lambda: self._read_endpoint() or not self.running, START_LIMIT_S)
        assert self.running, f"the daemon exited with {self._popen.poll()}\n{self.output()}"

    def stop(self) -> int:
        """Ask it to stop (SIGTERM) and return its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it without warning; what it had started must follow by itself."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop it and start it again on the same home."""
        assert self.stop() == 0, self.output()
        self.start()

    def descendants(self) -> list[psutil.Process]:
        """Return what the running daemon has started, and what those started."""
        try:
            return psutil.Process(self.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def allow_log(self, pattern: str) -> None:
        """Accept warnings and errors of the log that match the pattern."""
        self._allowed.append(re.compile(pattern))

    def output(self) -> str:
        """Return the daemon's log and what it wrote to stderr."""
        files = (self.paths.daemon_log, self._stderr_file)
        return "".join(
            f"--- {file}\n{file.read_text(errors='replace')}" for file in files if file.exists()
        )

    def unexpected_log(self) -> list[str]:
        """Return the lines that no test has allowed."""
        bad = [line for line in self.output().splitlines() if _BAD_LINE.search(line)]
        return [line for line in bad if not any(known.search(line) for known in self._allowed)]

    def check(self) -> None:
        """Stop it, then assert that no process, socket, endpoint or unexpected warning is left."""
        if self.running:
            assert self.stop() == 0, self.output()
            left = [path for path in self._leftovers() if path.exists()]
            assert not left, f"left behind after a stop: {left}"
        orphans = what_remains(self.orphans, ORPHAN_LIMIT_S)
        assert not orphans, f"still running: {orphans}\n{self.output()}"
        assert not self.unexpected_log(), self.output()

    def orphans(self) -> list[psutil.Process]:
        """Return what an ended daemon had started and still runs."""
        found = [*self._started, *processes_of(self.paths.home)]
        return [p for p in {p.pid: p for p in found}.values() if alive(p)]

    @property
    def _process(self) -> subprocess.Popen[bytes]:
        assert self._popen is not None, "the daemon was not started"
        return self._popen

    @property
    def _stderr_file(self) -> Path:
        return self.paths.home / "stderr.txt"

    def _spawn(self, stderr: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "revo_edge.daemon"],
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=stderr,
            stderr=stderr,
            start_new_session=True,
        )

    def _end(self, number: signal.Signals) -> int:
        self._started += self.descendants()
        process = self._process
        process.send_signal(number)
        try:
            return process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"no end after {number.name}\n{self.output()}") from None

    def _read_endpoint(self) -> Endpoint | None:
        try:
            found = msgspec.json.decode(self.paths.endpoint.read_bytes(), type=Endpoint)
        except (FileNotFoundError, msgspec.MsgspecError):
            return None
        return found if found.pid == self.pid else None

    def _leftovers(self) -> Iterator[Path]:
        yield self.paths.endpoint
        yield from (self.paths.sockets / name for name in "cep")


def _environ(process: psutil.Process) -> dict[str, str]:
    try:
        return process.environ()
    except (psutil.Error, OSError):
        return {}


class Resources(msgspec.Struct, frozen=True):
    """What this process holds: file descriptors, threads, children, and the shared memory seen."""

    fds: frozenset[str]
    threads: tuple[str, ...]
    children: frozenset[int]
    shared_memory: frozenset[str]

    def beyond(self, before: "Resources") -> list[str]:
        """Return in words what is held now and was not before."""
        new_threads = len(self.threads) - len(before.threads)
        return [
            *(f"fd {fd}" for fd in sorted(self.fds - before.fds)),
            *([f"{new_threads} threads: {self.threads}"] if new_threads > 0 else []),
            *(f"child {pid}" for pid in sorted(self.children - before.children)),
            *(
                f"{SHARED_MEMORY}/{name}"
                for name in sorted(self.shared_memory - before.shared_memory)
            ),
        ]


def resources() -> Resources:
    """Return what this process holds now."""
    me = psutil.Process()
    return Resources(
        fds=frozenset(_open_fds()),
        threads=tuple(sorted(_comm(task) for task in Path("/proc/self/task").iterdir())),
        children=frozenset(child.pid for child in me.children(recursive=True) if alive(child)),
        shared_memory=frozenset(path.name for path in SHARED_MEMORY.iterdir()),
    )


def _open_fds() -> Iterator[str]:
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - names are all we need
        try:
            yield f"{name} -> {os.readlink('/proc/self/fd/' + name)}"  # noqa: PTH115 - "pipe:[1]" is no path
        except FileNotFoundError:
            continue  # the descriptor of the listing itself


def _comm(task: Path) -> str:
    try:
        return (task / "comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""
