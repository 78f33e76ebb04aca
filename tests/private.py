"""A home and a daemon of one's own, for benches and long runs, which have no fixtures."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from revo_edge.paths import Paths, find_paths
from tests import harness
from tests.harness import REPOSITORY, DaemonProcess

ENGINES = "tests.engines.probe"


@contextmanager
def private_home() -> Iterator[Paths]:
    """Point this process and its children at a fresh home; at the end nothing of it is left."""
    folder = Path(tempfile.mkdtemp(prefix="rv-", dir="/tmp"))  # sockets need a short path
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("REVO_")]:
        del os.environ[name]
    for name, part in (
        ("REVO_HOME", "home"),
        ("XDG_RUNTIME_DIR", "run"),
        ("XDG_CONFIG_HOME", "config"),
    ):
        (folder / part).mkdir(mode=0o700)
        os.environ[name] = str(folder / part)
    paths = find_paths()
    try:
        yield paths
    finally:
        for process in harness.processes_of(paths.home):
            process.kill()
        os.environ.clear()
        os.environ.update(before)
        shutil.rmtree(folder, ignore_errors=True)


def make_daemon(paths: Paths, env: Mapping[str, str] | None = None) -> DaemonProcess:
    """Return a daemon, not yet started, that knows the probe engine of the tests."""
    ours = {"REVO_ENGINES_MODULES": ENGINES, "PYTHONPATH": str(REPOSITORY)}
    return DaemonProcess(paths, {**os.environ, **ours, **(env or {})})


@contextmanager
def private_daemon(env: Mapping[str, str] | None = None) -> Iterator[DaemonProcess]:
    """Run a daemon in a home of its own."""
    with private_home() as paths:
        daemon = make_daemon(paths, env)
        daemon.start()
        try:
            yield daemon
        finally:
            if daemon.running:
                daemon.stop()
