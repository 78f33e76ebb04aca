import os
import socket

import msgspec

from revo_edge.cli import check_daemon as module
from revo_edge.cli.check_daemon import check_measured, check_sockets, check_versions
from revo_edge.cli.verdict import Verdict
from revo_edge.client.client import Client
from revo_edge.client.mirror import MirrorCounters
from revo_edge.contract.metrics import Latency, SelfSample
from tests.harness import DaemonProcess, WaitFor

LATE = Latency(1.0, 20.0, 80.0, 60)


def sample(at: float = 100.0, uptime_s: float = 10.0, drops: int = 0) -> SelfSample:
    return SelfSample(at, uptime_s, 0.0, 1, loop_lag=LATE, drops=drops)


def test_a_running_daemon_is_well(daemon: DaemonProcess, client: Client, wait_for: WaitFor) -> None:
    wait_for(lambda: client.metrics(sources=("self",)).self_)
    checks = {check.name: check for check in check_measured(client, daemon.paths)}
    assert tuple(checks) == module.MEASURED
    assert {check.ok for check in checks.values()} == {True}
    assert checks["gaps"].detail.endswith(" 0 gaps")
    assert check_versions(client.hello()).ok


def test_a_daemon_of_another_version_is_named(client: Client) -> None:
    found = check_versions(msgspec.structs.replace(client.hello(), version="0.0.1"))
    assert (found.ok, found.mend) == (False, "revo restart")


def test_a_socket_file_that_leads_elsewhere_is_an_error(
    daemon: DaemonProcess, wait_for: WaitFor
) -> None:
    daemon.allow_log("binding again")
    assert check_sockets(daemon.paths, daemon.endpoint).ok
    control = daemon.paths.sockets / "c"
    control.unlink()
    assert "leads nowhere" in check_sockets(daemon.paths, daemon.endpoint).detail
    with socket.socket(socket.AF_UNIX) as thief:
        thief.bind(str(control))
        thief.listen()
        found = check_sockets(daemon.paths, daemon.endpoint)
    assert not found.ok
    assert f"leads to pid {os.getpid()}" in found.detail
    wait_for(lambda: check_sockets(daemon.paths, daemon.endpoint).ok)  # it binds again by itself


def test_lag_drops_and_gaps_are_warnings() -> None:
    assert module._lag(sample()).verdict is Verdict.WARNING
    assert module._lag(SelfSample(1.0, 1.0, 0.0, 1)).verdict is Verdict.UNCHECKED
    assert module._drops(sample(drops=3)).verdict is Verdict.WARNING
    assert module._drops(sample()).verdict is Verdict.OK
    assert module._lossless(MirrorCounters(events=9, gaps=1)).verdict is Verdict.WARNING


def test_a_clock_that_was_set_is_a_warning() -> None:
    steady = (sample(100.0, 10.0), sample(101.0, 11.0), sample(102.0, 12.01))
    assert module._clock(steady).verdict is Verdict.OK
    assert module._clock(steady[:1]).verdict is Verdict.OK
    found = module._clock((*steady, sample(3703.0, 13.0)))
    assert (found.verdict, found.detail) == (
        Verdict.WARNING,
        "largest jump 1 h 00 m in the last 3.0 s",
    )
