import json
import shutil
import sys
from pathlib import Path

import pytest

from revo_edge.paths import Paths
from tests.harness import DaemonProcess
from tests.unit.cli.runner import revo


@pytest.mark.usefixtures("home")
def test_doctor_says_what_is_wrong_and_what_to_type() -> None:
    result = revo("doctor")
    assert result.exit_code == 1
    assert "daemon: not running\n  revo up\n" in result.stdout


def test_doctor_starts_nothing(home: Paths) -> None:
    result = revo("doctor", "--json")
    report = json.loads(result.stdout)
    assert (report["schema"], report["ok"], report["fixed"]) == (1, False, [])
    assert {"name", "ok", "verdict", "detail", "mend"} == set(report["checks"][0])
    assert list(home.home.iterdir()) == []


def test_fix_removes_what_a_killed_daemon_left_and_says_what(daemon: DaemonProcess) -> None:
    daemon.kill()
    result = revo("doctor", "--fix", "--json")
    report = json.loads(result.stdout)
    assert str(daemon.paths.endpoint) in report["fixed"]
    assert f"Removed {daemon.paths.endpoint}" in result.stderr
    assert "Nothing to remove." in revo("doctor", "--fix").stderr
    daemon.start()


def test_a_warning_is_no_failure(
    daemon: DaemonProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert daemon.running
    python = Path(shutil.which("python3") or "")
    (tmp_path / "python3").symlink_to(python)
    monkeypatch.setenv("PATH", str(tmp_path))  # neither git nor ruff
    alone = tmp_path / "python"  # our own, without a ruff beside it
    alone.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    alone.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(alone))
    result = revo("doctor")
    assert result.exit_code == 0, result.output
    assert "ruff" in result.stdout
    assert "python3 -m pip install ruff" in result.stdout
