"""Processes from /proc, against real ones."""

import os
import subprocess
import sys
from pathlib import Path

import psutil

from revo_edge.procfs import TICKS_PER_S, group_members, is_alive, read_stat, start_ticks
from tests.harness import wait_for


def test_the_own_process_is_read_as_psutil_reads_it() -> None:
    me = psutil.Process()
    stat = read_stat(os.getpid())
    assert stat is not None
    assert (stat.pid, stat.ppid, stat.pgid) == (me.pid, me.ppid(), os.getpgid(0))
    assert abs(stat.rss_bytes - me.memory_info().rss) < 32 * 1024 * 1024
    times = me.cpu_times()
    assert abs(stat.cpu_ticks / TICKS_PER_S - times.user - times.system) < 1.0


def test_a_name_with_spaces_and_parentheses_does_not_shift_the_fields(tmp_path: Path) -> None:
    odd = tmp_path / "a) 1 (b"
    odd.symlink_to(sys.executable)
    with subprocess.Popen([odd, "-c", "input()"], stdin=subprocess.PIPE) as process:
        stat = read_stat(process.pid)
        assert stat is not None
        assert stat.ppid == os.getpid()
        process.communicate(b"\n")


def test_a_dead_and_an_unreaped_process_are_gone() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        ticks = start_ticks(process.pid)
        assert ticks is not None
        wait_for(lambda: read_stat(process.pid) is None)  # a zombie, since nobody waited yet
        assert not is_alive(process.pid, ticks)
    assert start_ticks(process.pid) is None


def test_another_start_time_is_another_process() -> None:
    ticks = start_ticks(os.getpid())
    assert ticks is not None
    assert is_alive(os.getpid(), ticks)
    assert not is_alive(os.getpid(), ticks + 1)


def test_the_members_of_a_group_are_found() -> None:
    command = [sys.executable, "-c", "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True) as process:
        found = group_members([process.pid, 999_999_999])
        assert [stat.pid for stat in found[process.pid]] == [process.pid]
        assert found[999_999_999] == []
        process.communicate(b"\n")


def test_a_nice_process_yields_to_other_sessions_too() -> None:
    code = (
        "import os; from revo_edge.procfs import be_nice; be_nice(7); be_nice(3); "
        "path = '/proc/self/autogroup'; "
        "print(os.nice(0), open(path).read() if os.path.exists(path) else 'nice 7')"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, start_new_session=True, check=True)
    assert done.stdout.split()[0] == b"7"
    assert done.stdout.rstrip().endswith(b"nice 7")
