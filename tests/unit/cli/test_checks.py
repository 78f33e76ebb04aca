import fcntl
import os
import signal

import msgspec

from revo_edge.cli.check_daemon import MEASURED
from revo_edge.cli.checks import run_checks
from revo_edge.cli.verdict import Verdict
from revo_edge.paths import Paths
from tests.harness import REPOSITORY, DaemonProcess


def found(paths: Paths) -> dict[str, tuple[bool, str]]:
    return {check.name: (check.ok, check.mend) for check in run_checks(paths)}


def test_a_fresh_home_is_well_but_for_the_daemon(home: Paths) -> None:
    checks = found(home)
    assert checks.pop("daemon") == (False, "revo up")
    assert all(ok for ok, _ in checks.values()), checks


def test_without_a_daemon_what_it_would_answer_is_not_checked(home: Paths) -> None:
    verdicts = {check.name: check.verdict for check in run_checks(home)}
    asked = ("socket files", "control", "versions", "stream", *MEASURED, "health")
    assert {verdicts[name] for name in asked} == {Verdict.UNCHECKED}


def test_a_running_daemon_passes_and_every_check_has_a_verdict(daemon: DaemonProcess) -> None:
    checks = list(run_checks(daemon.paths))
    assert [check for check in checks if not check.ok] == []
    assert len({check.name for check in checks}) == len(checks)


def test_a_stopped_daemon_is_found_in_time_and_nothing_seems_to_have_passed(
    daemon: DaemonProcess,
) -> None:
    os.kill(daemon.pid, signal.SIGSTOP)
    try:
        checks = {check.name: check for check in run_checks(daemon.paths)}
    finally:
        os.kill(daemon.pid, signal.SIGCONT)
    assert checks["lock"].ok
    assert checks["socket files"].ok
    assert not checks["control"].ok
    assert checks["control"].mend.startswith(f"kill -KILL {daemon.pid}; revo up")
    unasked = ("versions", "stream", *MEASURED, "health")
    assert {checks[name].verdict for name in unasked} == {Verdict.UNCHECKED}


def test_a_daemon_of_another_protocol_is_found(daemon: DaemonProcess) -> None:
    good = daemon.paths.endpoint.read_bytes()
    other = msgspec.structs.replace(daemon.endpoint, proto=(98, 99), version="99.0.0")
    daemon.paths.endpoint.write_bytes(msgspec.json.encode(other))
    found = {check.name: check for check in run_checks(daemon.paths)}["control"]
    daemon.paths.endpoint.write_bytes(good)
    assert not found.ok
    assert "99.0.0" in found.detail


def test_a_lock_file_that_was_removed_is_found(daemon: DaemonProcess) -> None:
    daemon.paths.lock.unlink()
    ok, mend = found(daemon.paths)["lock"]
    assert (ok, mend) == (False, "revo restart")


def test_a_home_that_cannot_be_read_is_said(home: Paths) -> None:
    home.home.rmdir()
    home.home.symlink_to(home.home)  # a loop: every look into it is refused, for root too
    checks = {check.name: check for check in run_checks(home)}
    assert checks["lock"].verdict is Verdict.UNCHECKED
    assert not checks["daemon"].ok


def test_an_open_home_is_wrong_and_the_command_is_said(home: Paths) -> None:
    home.home.chmod(0o755)
    assert found(home)["home"] == (False, f"chmod 0700 {home.home}")


def test_wrong_settings_are_found(home: Paths) -> None:
    home.config.mkdir(parents=True)
    home.settings_file.write_text("[workers]\nmaxx = 3\n")
    assert found(home)["settings"] == (False, f"Edit {home.settings_file}")


def test_a_lock_without_a_daemon_is_wrong(home: Paths) -> None:
    home.home.mkdir(exist_ok=True)
    with home.lock.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        ok, mend = found(home)["lock"]
    assert not ok
    assert str(home.lock) in mend
    assert found(home)["lock"][0]


def test_the_page_on_troubles_names_every_check(home: Paths) -> None:
    page = (REPOSITORY / "docs" / "troubleshooting.md").read_text()
    assert [check.name for check in run_checks(home) if f"`{check.name}`" not in page] == []
