"""Starting the daemon on demand: the real one, and what is said when it does not come up."""

import os
import signal
import threading

import pytest

from revo_edge.client.client import Client
from revo_edge.client.launch import ensure_daemon, read_endpoint, start_daemon
from revo_edge.errors import DaemonUnreachable, RevoError
from revo_edge.paths import Paths
from tests.harness import wait_for
from tests.unit.client.small_daemon import SmallDaemon


def _stop(home: Paths) -> None:
    with Client(home) as client:
        pid = client.hello().pid
        client.stop()
    wait_for(lambda: read_endpoint(home) is None)
    assert pid != os.getpid()


def test_a_daemon_that_answers_is_left_alone(home: Paths) -> None:
    with SmallDaemon(home) as daemon:
        ensure_daemon(home)
        assert start_daemon(home).boot == daemon.publisher.boot


def test_autostart_can_be_forbidden(home: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVO_AUTOSTART", "0")
    with pytest.raises(DaemonUnreachable, match="REVO_AUTOSTART=0 forbids"):
        ensure_daemon(home)


def test_a_daemon_is_started_once_for_many_who_ask(home: Paths) -> None:
    boots: list[str] = []
    threads = [
        threading.Thread(target=lambda: boots.append(start_daemon(home).boot)) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        assert len(boots) == 3
        assert len(set(boots)) == 1
    finally:
        _stop(home)


def test_a_daemon_that_does_not_come_up_is_quoted(
    home: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REVO_WORKERS_MAXIMUM", "3")
    with pytest.raises(DaemonUnreachable, match=r"(?s)exit code 2.*REVO_WORKERS_MAXIMUM.*doctor"):
        ensure_daemon(home)


def test_a_home_that_cannot_be_written_is_said(home: Paths) -> None:
    home.logs.write_text("a file where a folder should be")
    with pytest.raises(RevoError, match="REVO_HOME"):
        ensure_daemon(home)


def test_a_daemon_that_hangs_is_told_from_one_that_is_gone(home: Paths) -> None:
    start_daemon(home)
    endpoint = read_endpoint(home)
    assert endpoint is not None
    os.kill(endpoint.pid, signal.SIGSTOP)
    try:
        with pytest.raises(DaemonUnreachable, match=f"pid {endpoint.pid}.* has not answered"):
            ensure_daemon(home)
    finally:
        os.kill(endpoint.pid, signal.SIGCONT)
        _stop(home)
