"""What happens to processes when others die: the daemon, the worker, the runner."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from revo_edge import procfs
from tests.engines.probe import Probe
from tests.harness import REPOSITORY, WaitFor
from tests.pool_floor import Floor

# a daemon in small: four workers that are deaf in four ways, then it tells its pid and sleeps
_HOLDER = """
import signal, sys, time
from pathlib import Path
from tests.engines.probe import Probe
from tests.pool_floor import Floor
home = Path(sys.argv[1])
(home / "u.py").write_text("def loop(x):\\n    open('looping', 'w').close()\\n    while True: pass\\n")
with Floor(home) as floor:
    regex, runner, command, stopped = floor.start(4)
    floor.send(regex, floor.attempt("probe.regex", Probe()))
    floor.send(runner, floor.attempt("probe.python", Probe(function="u.py:loop")))
    argv = ["sh", "-c", "sleep 600 & touch sleeping; sleep 600; :"]
    floor.send(command, floor.attempt("probe.command", Probe(argv=argv)))
    print(*(started.pid for started in floor.started.values()), flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(short_dir: Path) -> Iterator[subprocess.Popen[str]]:
    env = {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY),
        "REVO_ENGINES_MODULES": "tests.engines.probe",
    }
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(short_dir)],
        env=env,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


def _members(pids: list[int]) -> list[int]:
    """Return the living members of the workers' groups."""
    return [stat.pid for group in procfs.group_members(pids).values() for stat in group]


def test_kill_9_of_the_daemon_leaves_no_process(
    holder: subprocess.Popen[str], short_dir: Path, wait_for: WaitFor
) -> None:
    assert holder.stdout is not None
    pids = list(map(int, holder.stdout.readline().split()))
    wait_for(lambda: (short_dir / "looping").exists() and (short_dir / "sleeping").exists())
    wait_for(lambda: len(_members(pids)) >= 4 + 1 + 3)
    os.kill(pids[3], signal.SIGSTOP)
    stat = procfs.read_stat(pids[0])
    assert stat is not None
    server = stat.ppid
    holder.kill()
    began = time.monotonic()
    wait_for(lambda: not _members(pids), timeout_s=3)
    assert time.monotonic() - began < 1
    wait_for(lambda: procfs.read_stat(server) is None)


def test_a_runner_dies_with_the_daemon_even_after_its_worker_died(
    holder: subprocess.Popen[str], short_dir: Path, wait_for: WaitFor
) -> None:
    assert holder.stdout is not None
    pids = list(map(int, holder.stdout.readline().split()))
    wait_for((short_dir / "looping").exists)
    holder.send_signal(signal.SIGSTOP)  # it must not reap what its worker leaves behind
    os.kill(pids[1], signal.SIGKILL)
    wait_for(lambda: procfs.read_stat(pids[1]) is None)
    assert len(_members([pids[1]])) == 1, "the runner lives on"
    holder.kill()
    wait_for(lambda: not _members(pids), timeout_s=3)


def test_a_burst_of_kills_costs_only_the_killed(
    short_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REVO_ENGINES_MODULES", "tests.engines.probe")
    with Floor(short_dir) as floor:
        names = floor.start(6)
        for name in names[::2]:
            os.kill(floor.started[name].pid, signal.SIGKILL)
        assert {floor.dies(name) for name in names[::2]} == {"killed by SIGKILL"}
        fresh = floor.start(3)
        for name in (*names[1::2], *fresh):
            assert floor.run(name, "probe.echo", Probe()).error is None
