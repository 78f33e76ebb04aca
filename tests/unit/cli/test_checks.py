import fcntl

from revo_edge.cli.checks import run_checks
from revo_edge.paths import Paths


def found(paths: Paths) -> dict[str, tuple[bool, str]]:
    return {check.name: (check.ok, check.mend) for check in run_checks(paths)}


def test_a_fresh_home_is_well_but_for_the_daemon(home: Paths) -> None:
    checks = found(home)
    assert checks.pop("daemon") == (False, "revo up")
    assert all(ok for ok, _ in checks.values()), checks


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
