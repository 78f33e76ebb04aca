"""Starting and ending real worker processes."""

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from revo_edge import procfs
from revo_edge.contract.kinds import Lane
from revo_edge.contract.workers import Exit
from revo_edge.errors import Unavailable
from revo_edge.pool.process_tree import GROUP_VARIABLE, group_mark
from revo_edge.pool.supervisor import end_groups
from tests.engines.probe import Probe
from tests.harness import WaitFor
from tests.pool_floor import Floor


def test_a_worker_leads_its_own_group_and_steps_back(floor: Floor) -> None:
    (name,) = floor.start()
    started = floor.started[name]
    stat = procfs.read_stat(started.pid)
    assert stat is not None
    assert stat.pgid == started.pid == os.getsid(started.pid)
    assert stat.start_ticks == started.start_ticks
    assert os.getpriority(os.PRIO_PROCESS, started.pid) == 5
    process = Path(f"/proc/{started.pid}")
    assert (process / "comm").read_text() == f"revo {name}\n"
    assert str((process / "cwd").readlink()) == "/"
    assert str((process / "fd/0").readlink()) == "/dev/null"
    assert "Umask:\t0077" in (process / "status").read_text()
    os.kill(started.pid, signal.SIGINT)
    assert floor.run(name, "probe.echo", Probe(value=1)).error is None
    assert floor.supervisor.kill(name) == "killed by SIGKILL"


def test_an_end_is_told_in_words(floor: Floor) -> None:
    crashed, left, asked = floor.start(3)
    floor.send(crashed, floor.attempt("probe.segfault", Probe()))
    floor.send(left, floor.attempt("probe.exit", Probe(count=7)))
    floor.send(asked, Exit())
    assert floor.dies(crashed) == "killed by SIGSEGV"
    assert floor.dies(left) == "exited with 7"
    assert floor.dies(asked) == "exited with 0"


def test_a_kill_takes_all_that_the_worker_started(floor: Floor, wait_for: WaitFor) -> None:
    (name,) = floor.start()
    pid = floor.started[name].pid
    floor.send(name, floor.attempt("probe.command", Probe(argv=["sh", "-c", "sleep 600; :"])))
    wait_for(lambda: len(procfs.group_members([pid])[pid]) == 3)
    floor.supervisor.kill(name)
    wait_for(lambda: not procfs.group_members([pid])[pid])


def test_what_a_dead_worker_leaves_is_killed_when_it_is_reaped(
    floor: Floor, wait_for: WaitFor
) -> None:
    (name,) = floor.start()
    pid = floor.started[name].pid
    floor.send(name, floor.attempt("probe.command", Probe(argv=["sleep", "600"])))
    wait_for(lambda: len(procfs.group_members([pid])[pid]) == 2)
    os.kill(pid, signal.SIGKILL)
    assert floor.dies(name) == "killed by SIGKILL"
    wait_for(lambda: not procfs.group_members([pid])[pid])


def test_what_left_the_group_of_a_dead_worker_is_found_by_its_mark(
    floor: Floor, tmp_path: Path, wait_for: WaitFor
) -> None:
    (name,) = floor.start()
    code = f"setsid sh -c 'echo $$ > {tmp_path}/pid; sleep 600' & sleep 600"
    floor.send(name, floor.attempt("probe.command", Probe(argv=["sh", "-c", code])))
    escaped = int(wait_for(lambda: _text(tmp_path / "pid")))
    os.kill(floor.started[name].pid, signal.SIGKILL)
    floor.dies(name)
    wait_for(lambda: procfs.read_stat(escaped) is None)


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def test_all_are_stopped_by_ask_then_term_then_kill(
    floor: Floor, caplog: pytest.LogCaptureFixture
) -> None:
    floor.supervisor.stop_all(ask_s=0.0)
    idle, busy, deaf = floor.start(3)
    floor.send(idle, Exit())
    floor.send(busy, floor.attempt("probe.spin", Probe(seconds=60)))
    os.kill(floor.started[deaf].pid, signal.SIGSTOP)
    with caplog.at_level(logging.INFO):
        floor.supervisor.stop_all(ask_s=0.5, term_s=0.3)
    assert [record.getMessage() for record in caplog.records] == [
        "stopping: 1 of 3 workers ended when asked",
        "stopping: 1 of 2 workers ended by TERM",
        "stopping: 1 workers are killed",
    ]
    assert all(procfs.read_stat(floor.started[name].pid) is None for name in (idle, busy, deaf))


def test_a_dead_fork_server_is_replaced_and_its_workers_are_ended(
    floor: Floor, wait_for: WaitFor
) -> None:
    (orphan,) = floor.start()
    assert floor.supervisor._server is not None
    floor.supervisor._server.kill()
    assert "fork server" in floor.dies(orphan)
    wait_for(lambda: procfs.read_stat(floor.started[orphan].pid) is None)
    floor.supervisor._server.wait()
    (name,) = floor.start()
    assert floor.supervisor.kill(name) == "killed by SIGKILL"


def test_a_machine_that_cannot_start_processes_is_said(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    floor.supervisor._end_server()
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(Unavailable, match="fork server"):
        floor.supervisor.start("w999", Lane.ELASTIC)


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[str]]:
    """Give a group leader with one marked and one unmarked member, as an old daemon leaves them."""
    code = (
        "import os, subprocess, sys\n"
        "from revo_edge import procfs\n"
        "mark = f'{os.getpid()}.{procfs.start_ticks(os.getpid())}'\n"
        f"env = {{**os.environ, '{GROUP_VARIABLE}': mark}}\n"
        "ours = subprocess.Popen(['sleep', '600'], env=env, stdout=subprocess.DEVNULL)\n"
        "other = subprocess.Popen(['sleep', '600'], stdout=subprocess.DEVNULL)\n"
        "print(ours.pid, other.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
        process_group=0,
    ) as leader:
        yield leader
        for stat in procfs.group_members([leader.pid])[leader.pid]:
            os.kill(stat.pid, signal.SIGKILL)


def test_a_recorded_group_is_ended_but_not_one_with_a_reused_pid(
    stranger: subprocess.Popen[str],
) -> None:
    assert stranger.stdout is not None
    stranger.stdout.readline()
    ticks = procfs.start_ticks(stranger.pid) or 0
    assert end_groups([(stranger.pid, ticks + 1), (2**22 + 1, 5)]) == 0
    assert stranger.poll() is None
    assert end_groups([(stranger.pid, ticks)]) == 3
    assert stranger.wait(3) == -9


def test_of_a_group_without_leader_only_marked_members_are_ended(
    stranger: subprocess.Popen[str], wait_for: WaitFor
) -> None:
    assert stranger.stdout is not None
    ours, other = map(int, stranger.stdout.readline().split())
    ticks = procfs.start_ticks(stranger.pid) or 0
    assert group_mark(stranger.pid, ticks) == f"{stranger.pid}.{ticks}"
    stranger.kill()
    stranger.wait()
    assert end_groups([(stranger.pid, ticks)]) == 1
    wait_for(lambda: procfs.read_stat(ours) is None)
    assert procfs.read_stat(other) is not None
