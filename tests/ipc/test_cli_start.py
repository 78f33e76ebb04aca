"""The daemon that `revo` starts and stops by itself."""

import os
import subprocess

import pytest

from revo_edge.paths import Paths
from revo_edge.procfs import read_stat
from tests.harness import WaitFor
from tests.ipc import schemas
from tests.ipc.cli import REVO, document, revo


def test_up_status_restart_down(home: Paths) -> None:
    first = document(schemas.UP, "up")
    assert first["started"]
    assert document(schemas.STATUS, "status")["pid"] == first["pid"]
    second = document(schemas.UP, "restart")
    assert second["pid"] != first["pid"]
    assert document(schemas.DOWN, "down")["stopped"]
    assert read_stat(second["pid"]) is None
    assert not home.endpoint.exists()
    assert document(schemas.DOWN, "down")["stopped"] is False
    document(schemas.STOPPED, "status", code=4)
    assert "stopped" in revo("daemon", "logs", "-n", "1").stdout


def test_a_command_that_needs_the_daemon_starts_it_detached(home: Paths) -> None:
    assert revo("task", "ls").returncode == 0
    found = document(schemas.STATUS, "status")
    assert os.getsid(found["pid"]) != os.getsid(0)
    assert document(schemas.DOWN, "down")["stopped"]
    assert not home.endpoint.exists()


@pytest.mark.usefixtures("home")
def test_two_at_once_share_one_daemon() -> None:
    both = [subprocess.Popen([*REVO, "up"], stderr=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert document(schemas.DOWN, "down")["stopped"]


def test_the_log_is_followed(home: Paths, wait_for: WaitFor) -> None:
    assert revo("up").returncode == 0
    log = home.logs / "followed"
    with log.open("w") as out:
        follower = subprocess.Popen([*REVO, "daemon", "logs", "-f"], stdout=out)
    assert revo("down").returncode == 0
    wait_for(lambda: "stopped" in log.read_text())
    follower.kill()
    follower.wait()
