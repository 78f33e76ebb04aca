import io
import json
import tarfile
from pathlib import Path

import pytest

from revo_edge.client.client import Client
from revo_edge.contract.tasks import TaskSpec
from revo_edge.paths import Paths
from tests.harness import DaemonProcess, StartDaemon
from tests.unit.cli.runner import revo

FILES = {
    "doctor.json",
    "versions.json",
    "settings.json",
    "journal.json",
    "metrics.json",
    "daemon.log",
    "daemon.start.log",
}


def contents(archive: Path) -> dict[str, str]:
    with tarfile.open(archive) as tar:
        found = {}
        for member in tar.getmembers():
            data = tar.extractfile(member)
            assert data is not None
            assert (member.uid, member.uname) == (0, "")
            found[member.name.removeprefix("revo-bugreport/")] = data.read().decode()
    return found


def test_it_works_without_a_daemon_and_names_what_it_wrote(home: Paths, tmp_path: Path) -> None:
    out = tmp_path / "report.tar.gz"
    result = revo("bugreport", "--out", str(out), "--yes", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    found = contents(out)
    assert {entry["name"] for entry in told["files"]} == set(found) == FILES
    assert all(entry["bytes"] == len(found[entry["name"]].encode()) for entry in told["files"])
    assert out.stat().st_mode & 0o777 == 0o600
    assert json.loads(found["metrics.json"]) == {"problem": "the daemon does not answer"}
    assert list(home.home.iterdir()) == []


@pytest.mark.usefixtures("home")
def test_nothing_is_written_unasked(tmp_path: Path) -> None:
    out = tmp_path / "report.tar.gz"
    result = revo("bugreport", "--out", str(out))
    assert (result.exit_code, "--yes" in result.stderr) == (2, True)
    assert "doctor.json" in result.stdout
    shown = revo("bugreport", "--show", "--out", str(out))
    assert all(f"==> {name}" in shown.stdout for name in FILES)
    assert not out.exists()


@pytest.mark.usefixtures("home")
def test_a_file_that_is_there_is_not_replaced(tmp_path: Path) -> None:
    out = tmp_path / "report.tar.gz"
    out.write_text("mine")
    assert revo("bugreport", "--out", str(out), "--yes").exit_code == 6
    assert out.read_text() == "mine"
    gone = revo("bugreport", "--out", str(tmp_path / "none" / "x"), "--yes")
    assert (gone.exit_code, "--out" in gone.stderr) == (2, True)


PLANTED = "pl4nted"
"""Part of every secret that the test plants."""


def plant(paths: Paths, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths.config.mkdir(parents=True, exist_ok=True)
    paths.settings_file.write_text(
        f'[workers]\nmin = 4\napi_token = "{PLANTED}-settings"\n'
        f'[engines]\nmodules = ["{PLANTED}_module"]\n[{PLANTED}_section]\nx = 1\n'
    )
    monkeypatch.setenv("REVO_SECRET_KEY", f"{PLANTED}-environment")
    monkeypatch.setenv("REVO_DAEMON_LOG_LEVEL", f"{PLANTED}-level")
    monkeypatch.chdir(folder)


def test_planted_secrets_are_not_in_the_archive(
    start_daemon: StartDaemon, home: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / f"{PLANTED} folder"
    folder.mkdir()
    daemon: DaemonProcess = start_daemon()
    with Client(daemon.paths) as client:
        task = client.submit(
            TaskSpec(
                kind="parallel.map",
                params={"command": "false", "inputs": [f"{PLANTED}-params"]},
                title=f"{PLANTED}-title",
                cwd=str(folder),
                env={"TOKEN": f"{PLANTED}-env"},
            )
        )
        client.wait(task.id)
    plant(home, folder, monkeypatch)
    with home.daemon_log.open("a") as log:
        log.write(
            f"INFO token={PLANTED}-log {folder}/x.py https://u:{PLANTED}@h/ {PLANTED}-level\n"
        )
        log.write(f"INFO {PLANTED}-environment stands alone, cannot open '{folder}/y.py'\n")
    out = tmp_path / "report.tar.gz"
    result = revo("bugreport", "--out", str(out), "--yes")
    assert result.exit_code == 0, result.output
    found = contents(out)
    leaked = [name for name, text in found.items() if PLANTED in text]
    assert leaked == [], "\n".join(found[name] for name in leaked)
    assert str(home.home) not in "".join(found.values())
    journal = json.loads(found["journal.json"])
    assert journal["tasks"] == [{"kind": "parallel.map", "state": "succeeded", "count": 1}]
    assert json.loads(found["metrics.json"])["self"][0]["fds"] > 0
    assert len(found["daemon.log"].splitlines()) > 2


@pytest.mark.usefixtures("home")
def test_show_as_json_is_one_document() -> None:
    shown = json.loads(revo("bugreport", "--show", "--json", "--lines", "0").stdout)
    assert set(shown["files"]) == FILES
    assert io.StringIO(shown["files"]["versions.json"]).readline() == "{\n"
