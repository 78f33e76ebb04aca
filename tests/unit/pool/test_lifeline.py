"""The kernel's part: a group dies with the last write end, held by a process of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from revo_edge.pool.lifeline import Lifeline

_MEMBER = """
import os, sys, time
from revo_edge.pool.lifeline import arm
os.setsid()
arm(int(sys.argv[1]))
print("armed", flush=True)
time.sleep(600)
"""


def _start(read_fd: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _MEMBER, str(read_fd)],
        pass_fds=(read_fd,),
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
    )


@pytest.fixture
def lifeline() -> Iterator[Lifeline]:
    line = Lifeline()
    yield line
    for fd in (line.read_fd, line._write_fd):
        try:
            os.close(fd)
        except OSError:
            continue  # the test let go


def test_an_armed_group_dies_when_the_lifeline_is_closed(lifeline: Lifeline) -> None:
    with _start(lifeline.read_fd) as member:
        assert member.stdout is not None
        assert member.stdout.readline() == "armed\n"
        lifeline.close()
        assert member.wait(3) == -9


def test_each_member_has_its_own_tie(lifeline: Lifeline) -> None:
    with _start(lifeline.read_fd) as one, _start(lifeline.read_fd) as two:
        for member in (one, two):
            assert member.stdout is not None
            assert member.stdout.readline() == "armed\n"
        lifeline.close()
        assert (one.wait(3), two.wait(3)) == (-9, -9)


def test_arming_after_the_end_kills_at_once(lifeline: Lifeline) -> None:
    os.close(lifeline._write_fd)
    with _start(lifeline.read_fd) as member:
        assert member.wait(5) == -9
