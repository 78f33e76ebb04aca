"""Fixtures: a private home, a real daemon, a client, and the proof that nothing leaks."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import revo_edge
from revo_edge.paths import Paths, find_paths
from tests import harness
from tests.harness import (
    REPOSITORY,
    DaemonProcess,
    StartDaemon,
    WaitFor,
    processes_of,
    resources,
    what_remains,
)

# A shell that runs the tests in the background has them ignore SIGINT, and so would all they start.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def wait_for() -> WaitFor:
    """Poll a condition: the only way a test waits."""
    return harness.wait_for


@pytest.fixture
def short_dir() -> Iterator[Path]:
    """Give a folder with a short path (pytest's own are too long for sockets)."""
    path = Path(tempfile.mkdtemp(prefix="rv-", dir="/tmp"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def home(short_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Paths]:
    """Give the paths of a home of its own; this process and its children use it.

    At the end no process of that home may run, whoever started it.
    """
    for name in [name for name in os.environ if name.startswith("REVO_")]:
        monkeypatch.delenv(name)
    for variable, folder in (
        ("REVO_HOME", "home"),
        ("XDG_RUNTIME_DIR", "run"),
        ("XDG_CONFIG_HOME", "config"),
    ):
        monkeypatch.setenv(variable, str(short_dir / folder))
        (short_dir / folder).mkdir(mode=0o700)
    paths = find_paths()
    yield paths
    left = what_remains(lambda: processes_of(paths.home), harness.ORPHAN_LIMIT_S)
    for process in left:
        process.kill()
    assert not left, f"still running at the end of the test: {left}"


@pytest.fixture
def start_daemon(home: Paths) -> Iterator[StartDaemon]:
    """Start daemons with environment variables of the test's choice; check each at the end.

    They know the probe engine of tests/engines beside the product's own.
    """
    started: list[DaemonProcess] = []

    def start(env: Mapping[str, str] | None = None, paths: Paths | None = None) -> DaemonProcess:
        where = paths or home
        chosen = {
            **os.environ,
            "REVO_HOME": str(where.home),
            "REVO_ENGINES_MODULES": "tests.engines.probe",
            "PYTHONPATH": str(REPOSITORY),
            **(env or {}),
        }
        daemon = DaemonProcess(where, chosen)
        started.append(daemon)
        daemon.start()
        return daemon

    yield start
    for daemon in reversed(started):
        daemon.check()


@pytest.fixture
def daemon(start_daemon: StartDaemon) -> DaemonProcess:
    """Give a running daemon with default settings."""
    return start_daemon()


@pytest.fixture
def client(daemon: DaemonProcess) -> Iterator["revo_edge.Client"]:
    """Give a client of `daemon`."""
    with revo_edge.Client(daemon.paths) as revo:
        yield revo


@pytest.fixture
def no_leaks() -> Iterator[None]:
    """Assert that the test gives back every fd, thread, child and shared memory.

    Name it before the other fixtures: it compares before they begin with after they end.
    """
    before = resources()
    yield
    leaked = what_remains(lambda: resources().beyond(before), 5.0)
    assert not leaked
