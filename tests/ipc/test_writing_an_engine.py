"""The page that teaches to write an engine: its folder is built, installed and run as printed."""

import json
import os
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from revo_edge.client.client import Client
from revo_edge.contract.tasks import TaskSpec, TaskState
from revo_edge.paths import Paths
from tests.harness import REPOSITORY, DaemonProcess, StartDaemon, wait_for
from tests.ipc.cli import revo
from tests.pages import ENGINE_PAGE, blocks, install, shell, write_engine

pytestmark = pytest.mark.timeout(60)  # each runs several commands one after the other
EXAMPLE = REPOSITORY / "docs" / "examples" / "revo-dupes"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Give a folder of installed packages with the page's engine in it."""
    write_engine(tmp_path / "revo-dupes")
    site = tmp_path / "site"
    site.mkdir()
    install(tmp_path / "revo-dupes", site)
    return site


def start(start_daemon: StartDaemon, site: Path) -> DaemonProcess:
    env = {"PYTHONPATH": f"{REPOSITORY}:{site}", "REVO_ENGINES_MODULES": ""}
    return start_daemon(env)


def variant(tmp_path: Path, name: str, site: Path, *changes: tuple[str, str]) -> None:
    """Install the page's engine under another package name, with changes to what it declares."""
    folder = tmp_path / name
    write_engine(folder)
    (folder / "revo_dupes").rename(folder / name)
    for file in (folder / "pyproject.toml", folder / name / "kinds.py"):
        text = file.read_text().replace("revo_dupes", name).replace("revo-dupes", name)
        for old, new in changes:
            text = text.replace(old, new)
        file.write_text(text)
    install(folder, site)


def test_the_package_in_the_examples_is_that_of_the_page(tmp_path: Path) -> None:
    write_engine(tmp_path)
    written = {file.relative_to(tmp_path) for file in tmp_path.rglob("*") if file.is_file()}
    shipped = {f.relative_to(EXAMPLE) for f in EXAMPLE.rglob("*") if f.suffix in (".py", ".toml")}
    assert written == shipped
    assert [f for f in written if (tmp_path / f).read_text() != (EXAMPLE / f).read_text()] == []


def test_every_command_of_the_page_works_in_the_folder_of_the_page(
    start_daemon: StartDaemon, site: Path, tmp_path: Path
) -> None:
    start(start_daemon, site)
    folder = tmp_path / "typed"
    folder.mkdir()
    done = shell(
        "\n".join(blocks(ENGINE_PAGE, "sh")), folder, {"PYTHONPATH": f"{REPOSITORY}:{site}"}
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"^dupes +Duplicates +online +dupes\.find *$", done.stdout, re.MULTILINE)
    (printed,) = blocks(ENGINE_PAGE, "json")
    assert done.stdout.count(json.dumps(json.loads(printed), indent=2)) == 2
    assert re.search(r"min_bytes +integer +>= 0 +1 +Smaller files", done.stdout)


def test_its_tasks_are_checked_and_followed_like_any_other(
    start_daemon: StartDaemon, site: Path, home: Paths, tmp_path: Path
) -> None:
    start(start_daemon, site)
    for name in ("a", "b", "c"):
        (tmp_path / name).write_bytes(b"x" * 9)
    with Client(home) as client:
        with client.subscribe(("task.",)) as stream:
            task = client.submit(
                TaskSpec("dupes.find", {"folder": str(tmp_path), "pattern": "?"})
            ).id
            events = (e for e in stream if e.topic == f"task.{task}.")
            told: list[dict[str, Any]] = []
            while not told or told[-1].get("state") != "succeeded":
                told.append(msgspec.msgpack.decode(next(events).event.d))
        assert any(found.get("progress", {}).get("note") == "comparing" for found in told)
        assert told[-1]["progress"]["done"] == told[-1]["progress"]["total"] == 3
        assert client.result(task)["wasted_bytes"] == 18
        gone = client.submit(TaskSpec("dupes.find", {"folder": str(tmp_path / "no")})).id
        error = client.wait(gone, 10).error
        assert error is not None
        assert error.code == "no_such_folder"
        assert error.msg == f"{tmp_path}/no is no folder. Check the spelling."
        (engine,) = [e for e in client.engines().engines if e.name == "dupes"]
        assert (engine.title, engine.colour, engine.icon) == ("Duplicates", "teal", "copy")


def test_a_long_search_is_cancelled_between_two_chunks(
    start_daemon: StartDaemon, site: Path, home: Paths, tmp_path: Path
) -> None:
    start(start_daemon, site)
    for name in ("a", "b"):
        with (tmp_path / name).open("wb") as file:
            file.truncate(1 << 40)  # a hole, which takes no room and minutes to read
    with Client(home) as client:
        task = client.submit(TaskSpec("dupes.find", {"folder": str(tmp_path), "pattern": "?"})).id
        wait_for(lambda: client.task(task).task.state is TaskState.RUNNING)
        client.cancel(task)
        assert client.wait(task, 10).state is TaskState.CANCELLED
        assert "killed" not in " ".join(line.note for line in client.task(task).story)


def test_engines_that_cannot_be_used_are_said_and_the_others_work(
    start_daemon: StartDaemon, site: Path, tmp_path: Path
) -> None:
    broken = ('dupes = "', 'broken = "')
    variant(tmp_path, "broken", site, broken, ("import msgspec\n", "import msgspecc\n"))
    variant(
        tmp_path,
        "odd",
        site,
        ('dupes = "', 'odd = "'),
        ('"dupes', '"odd'),
        ("int,", "object | Kind | Engine,"),
    )
    ending = ("import msgspec\n", "import msgspec, os\nos._exit(3)\n")
    variant(tmp_path, "ending", site, ('dupes = "', 'ending = "'), ending)
    variant(tmp_path, "twin", site)
    daemon = start(start_daemon, site)
    daemon.allow_log("cannot be used")
    listed = revo("engine", "ls")
    lines = {line.split()[0]: line for line in listed.stdout.splitlines()}
    assert {lines[name].split()[2] for name in ("broken", "ending", "odd", "twin")} == {"error"}
    assert "online" in lines["dupes"]
    kinds = site / "broken" / "kinds.py"
    import_line = kinds.read_text().splitlines().index("import msgspecc") + 1
    for said in (
        "broken: package ending 0.1: its import ends the process with exit code 3.",
        f"broken: package broken 0.1: {kinds}:{import_line}: ModuleNotFoundError: No module named 'msgspecc'",
        f"broken: package odd 0.1: {site}/odd/kinds.py:11: the params FindParams of odd.find cannot be described",
        f'broken: package twin 0.1: {site}/twin/kinds.py:22: the engine "dupes" and its kinds are already those of package revo-dupes 0.1',
    ):
        assert said in listed.stderr
        assert said.removeprefix("broken: ") in daemon.output()
    doctor = revo("doctor")
    assert doctor.returncode == 1
    assert "No module named 'msgspecc'" in doctor.stdout
    assert revo("run", "dupes.find", f"folder={tmp_path}", "-q").returncode == 0


def test_an_engine_installed_later_is_said_with_the_command_that_loads_it(
    start_daemon: StartDaemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    daemon = start(start_daemon, site)
    write_engine(tmp_path / "revo-dupes")
    install(tmp_path / "revo-dupes", site)
    monkeypatch.setenv("PYTHONPATH", f"{REPOSITORY}:{site}")
    hint = "installed, but not loaded: dupes. `revo restart` loads engines."
    assert hint in revo("engine", "ls").stderr
    assert "installed, but not loaded: dupes" in revo("doctor").stdout
    daemon.restart()
    listed = revo("engine", "ls")
    assert "dupes.find" in listed.stdout
    assert listed.stderr == ""
    work = site / "revo_dupes" / "work.py"
    later = daemon.paths.endpoint.stat().st_mtime + 1
    os.utime(work, (later, later))
    assert "changed since the daemon started: dupes. `revo restart`" in revo("engine", "ls").stderr
