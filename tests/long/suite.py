"""A suite of 50,000 tests: all are run once, and neither memory nor the log nor a message grows.

A round is one run with some failures; `--rounds 1` is what a change needs. The second one knows how
long each test took. Peaks are of one pytest, the daemon and the driver, read at each progress of it.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from revo_edge import Client, TaskSpec
from tests.harness import alive, processes_of
from tests.long.run import Round, Run
from tests.private import private_daemon

ROUNDS = 2
TESTS = 50_000
EVERY = 5_000
TEST = f"""
import pytest
@pytest.mark.parametrize("n", range({TESTS}))
def test_it(n): assert n % {EVERY} != 77
"""
MOST_RSS_MB = 400.0
LOG_BYTES = 1024 * 1024


def scenario(run: Run) -> Iterator[Round]:
    """Yield a round for each run of the suite."""
    with private_daemon() as daemon, tempfile.TemporaryDirectory(prefix="rl-") as folder:
        Path(folder, "test_many.py").write_text(TEST)
        for _ in run.numbers(ROUNDS):
            with Client(daemon.paths) as client:
                began = time.monotonic()
                spec = TaskSpec(
                    "parallel.test", {"path": folder}, cwd=folder, python=sys.executable
                )
                task_id = client.submit(spec).id
                peaks = _watch(client, task_id, daemon.paths.home)
                found = client.result(task_id)
            log_bytes = daemon.paths.task_log(task_id).stat().st_size
            expected = {"failed": TESTS // EVERY, "passed": TESTS - TESTS // EVERY}
            bounded = max(peaks.values()) < MOST_RSS_MB and log_bytes < LOG_BYTES
            facts = {**peaks, "log_bytes": log_bytes, "run_s": time.monotonic() - began}
            yield Round(found["totals"] == expected and bounded, str(found["totals"]), facts)


def _watch(client: Client, task_id: str, home: Path) -> dict[str, float]:
    """Return the peak of the memory of one process of each sort, in MB, until the task has ended."""
    peaks = {"pytest_mb": 0.0, "ours_mb": 0.0}
    for _ in client.follow(task_id):
        for process in filter(alive, processes_of(home)):
            for each in [process, *_below(process)]:
                name = "pytest_mb" if _is_pytest(each) else "ours_mb"
                peaks[name] = max(peaks[name], _rss_mb(each))
    return peaks


def _below(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def _is_pytest(process: psutil.Process) -> bool:
    try:
        return any(part.endswith("suite_child.py") for part in process.cmdline())
    except psutil.Error:
        return False


def _rss_mb(process: psutil.Process) -> float:
    try:
        return float(process.memory_info().rss) / 1e6
    except psutil.Error:
        return 0.0
