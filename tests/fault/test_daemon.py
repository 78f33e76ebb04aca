"""The daemon is stopped, killed, given a broken journal or a full disk; nothing accepted is lost."""

import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from revo_edge import Client, RevoError
from revo_edge.contract.ids import new_ulid
from revo_edge.contract.tasks import TaskSpec, TaskState
from revo_edge.errors import DaemonUnreachable, Unavailable
from revo_edge.paths import Paths
from tests.harness import DaemonProcess, StartDaemon, WaitFor, what_remains
from tests.ipc.cli import begin, revo

STOP_S = 5.0
SLEEP = TaskSpec("probe.sleep", {"seconds": 0.8})


def echo(value: object = 1, size_bytes: int = 0) -> TaskSpec:
    return TaskSpec("probe.echo", {"value": value, "size_bytes": size_bytes})


def gone(daemon: DaemonProcess) -> bool:
    return not daemon.paths.endpoint.exists() and not daemon.paths.sockets.exists()


# stopping


@pytest.mark.parametrize("how", ["TERM", "INT", "down"])
def test_a_stop_is_clean_and_running_tasks_go_on_after_it(
    start_daemon: StartDaemon, wait_for: WaitFor, how: str
) -> None:
    daemon = start_daemon()
    with Client(daemon.paths) as client:
        tasks = [client.submit(SLEEP).id for _ in range(6)]
        deaf = client.submit(TaskSpec("probe.spin", {"seconds": 1.0})).id
        wait_for(lambda: client.task(deaf).task.state is TaskState.RUNNING)
        processes = daemon.descendants()
        began = time.monotonic()
        if how == "down":
            assert revo("down").returncode == 0
        else:
            os.kill(daemon.pid, getattr(signal, f"SIG{how}"))
        wait_for(lambda: not daemon.running, STOP_S)
        assert time.monotonic() - began < STOP_S
        assert gone(daemon)
        assert not what_remains(lambda: [p for p in processes if p.is_running()], 1.0)
        daemon.start()
        for task_id in [*tasks, deaf]:
            info = client.wait(task_id, 10)
            assert (info.state, info.lost) == (TaskState.SUCCEEDED, 0)
        notes = [line.note for line in client.task(deaf).story]
        assert "the daemon stopped" in notes


def test_a_drain_lets_running_tasks_end_and_keeps_the_others(
    start_daemon: StartDaemon, wait_for: WaitFor
) -> None:
    daemon = start_daemon({"REVO_WORKERS_MAX": "4"})
    with Client(daemon.paths) as client:
        running = [client.submit(SLEEP).id for _ in range(4)]
        driver = client.submit(TaskSpec("probe.fan", {"count": 8, "kind": "probe.sleep"})).id
        waiting = [client.submit(echo(n)).id for n in range(3)]
        wait_for(lambda: client.task(driver).task.state is TaskState.RUNNING)
        assert revo("down", "--drain").returncode == 0
        wait_for(lambda: not daemon.running, 8.0)
        daemon.start()
        assert {client.task(i).task.attempt for i in [*running, driver]} == {1}
        states = {client.wait(i, 8).state for i in [*running, driver, *waiting]}
        assert states == {TaskState.SUCCEEDED}


def test_stops_at_any_moment_of_the_start_leave_nothing(
    home: Paths, start_daemon: StartDaemon, wait_for: WaitFor
) -> None:
    seed = 11
    print(f"seed {seed}")
    chooser = random.Random(seed)  # noqa: S311 - chooses a moment, no secret
    for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGINT) * 2:
        process = begin("daemon", "run")
        moment = time.monotonic() + chooser.uniform(0.05, 0.9)
        wait_for(lambda moment=moment: time.monotonic() > moment)  # type: ignore[misc]  # a moment is what it waits for
        process.send_signal(number)
        process.communicate(timeout=10)
    daemon = start_daemon()
    with Client(home) as client:
        assert client.hello().pid == daemon.pid


# kills


def test_rounds_of_kills_lose_nothing_that_was_accepted(
    start_daemon: StartDaemon, wait_for: WaitFor
) -> None:
    seed = 5
    print(f"seed {seed}")
    chooser = random.Random(seed)  # noqa: S311 - chooses a moment, no secret
    daemon = start_daemon()
    accepted: list[str] = []
    with Client(daemon.paths, deadline_s=1.0) as client:
        for _ in range(3):
            for _ in range(chooser.randrange(5, 40)):
                key = new_ulid()
                accepted.append(client.submit(echo(key), key=key).id)
            daemon.kill()
            with pytest.raises(DaemonUnreachable):
                client.submit(echo())
            daemon.start()
        for task_id in accepted:
            assert client.wait(task_id, 10).state is TaskState.SUCCEEDED
            assert client.result(task_id) == task_id
        assert sorted(info.id for info in client.tasks()) == sorted(accepted)


def test_clients_outlive_a_restart(start_daemon: StartDaemon) -> None:
    daemon = start_daemon()
    with Client(daemon.paths) as client:
        task = client.submit(SLEEP)
        seen = client.follow(task.id)
        next(seen)
        daemon.restart()
        assert list(seen)[-1].state is TaskState.SUCCEEDED


def test_a_stopped_daemon_is_told_apart_from_a_dead_one(
    start_daemon: StartDaemon, wait_for: WaitFor
) -> None:
    daemon = start_daemon()
    os.kill(daemon.pid, signal.SIGSTOP)
    try:
        with Client(daemon.paths, deadline_s=0.6) as client:
            with pytest.raises(RevoError, match=r"did not answer hello within 0\.6 s") as late:
                client.hello()
            assert late.value.retryable
    finally:
        os.kill(daemon.pid, signal.SIGCONT)
    with Client(daemon.paths) as client:
        assert client.health().pid == daemon.pid


# the journal


def corrupt(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for place in range(100, len(data), 97):
        data[place] ^= 0xFF
    path.write_bytes(data)


@pytest.mark.parametrize("damage", ["changed", "noise", "empty"])
def test_a_broken_journal_is_kept_aside_and_said(
    start_daemon: StartDaemon, home: Paths, damage: str
) -> None:
    daemon = start_daemon()
    daemon.allow_log("The journal was damaged")
    with Client(home) as client:
        for n in range(20):
            client.submit(echo(n))
        daemon.stop()
        if damage == "changed":
            corrupt(home.journal)
        else:
            home.journal.write_bytes(b"not a database" * 1_000 if damage == "noise" else b"")
        daemon.start()
        health = client.health()
        task = client.submit(echo("fresh"))
        assert client.wait(task.id, 8).state is TaskState.SUCCEEDED
    if damage == "empty":
        return  # sqlite takes an empty file for a new one
    assert health.status == "degraded"
    (problem,) = [text for text in health.problems if "damaged" in text]
    kept = max((p for p in home.home.iterdir() if str(p) in problem), key=lambda p: len(p.name))
    assert kept != home.journal
    assert kept.stat().st_size > 0
    said = revo("health")
    assert "damaged" in said.stdout + said.stderr


def test_a_journal_of_a_newer_version_is_left_alone(start_daemon: StartDaemon, home: Paths) -> None:
    daemon = start_daemon()
    daemon.stop()
    script = (
        "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]);"
        "db.execute('PRAGMA user_version = 999'); db.commit(); db.close()"
    )
    subprocess.run([sys.executable, "-c", script, str(home.journal)], check=True)
    before = home.journal.read_bytes()
    done = revo("daemon", "run")
    assert done.returncode == 9
    assert "newer" in done.stderr
    assert "Traceback" not in done.stderr
    assert home.journal.read_bytes() == before


@pytest.fixture
def small_home(home: Paths) -> Iterator[Path]:
    """Put the home on a disk of 48 MB that holds a ballast; return the ballast."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=48m,mode=700", "tmpfs", str(home.home)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk; the limit variant runs everywhere")
    yield home.home / "ballast"
    subprocess.run(["umount", "-l", str(home.home)], check=True)


def submit_until_full(client: Client, params: dict[str, object]) -> tuple[list[str], Unavailable]:
    accepted: list[str] = []
    for _ in range(400):
        try:
            accepted.append(client.submit(TaskSpec("probe.echo", params)).id)
        except Unavailable as error:
            return accepted, error
    raise AssertionError("the disk was never full")


FULL = r"disk|space|journal|spool|full|No space"


def test_a_full_disk_refuses_in_words_heals_and_loses_nothing(
    start_daemon: StartDaemon, small_home: Path, wait_for: WaitFor
) -> None:
    small_home.write_bytes(b"b" * 38_000_000)  # what is accepted is there twice, and in the WAL
    daemon = start_daemon()
    daemon.allow_log(FULL)
    with Client(daemon.paths) as client:
        running = client.submit(TaskSpec("probe.sleep", {"seconds": 1.0})).id
        accepted, error = submit_until_full(client, {"value": "v" * 100_000})
        assert accepted
        assert error.retryable
        assert "space" in error.msg.lower()
        assert client.hello().pid == daemon.pid  # what needs no disk goes on
        wait_for(lambda: client.health().status == "degraded")
        small_home.unlink()
        wait_for(lambda: not [p for p in client.health().problems if "written" in p], 8.0)
        states = {client.wait(i, 10).state for i in [running, *accepted]}
        assert states == {TaskState.SUCCEEDED}
        assert sorted(i.id for i in client.tasks()) == sorted([running, *accepted])
        client.wait(client.submit(echo()).id, 8)
        daemon.restart()
        assert (
            len([i for i in client.tasks() if i.state is TaskState.SUCCEEDED]) == len(accepted) + 2
        )


def test_a_journal_at_a_file_size_limit_refuses_and_heals(
    start_daemon: StartDaemon, wait_for: WaitFor
) -> None:
    daemon = start_daemon()
    daemon.allow_log(FULL)
    with Client(daemon.paths) as client:
        psutil.Process(daemon.pid).rlimit(psutil.RLIMIT_FSIZE, (3_000_000, resource.RLIM_INFINITY))
        accepted, error = submit_until_full(client, {"value": "v" * 100_000})
        assert accepted
        assert error.retryable
        assert client.hello().pid == daemon.pid
        limits = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        psutil.Process(daemon.pid).rlimit(psutil.RLIMIT_FSIZE, limits)
        wait_for(lambda: not [p for p in client.health().problems if "written" in p], 8.0)
        assert {client.wait(i, 10).state for i in accepted} == {TaskState.SUCCEEDED}
        daemon.kill()
        daemon.start()
        found = {i.id: i.state for i in client.tasks()}
        assert found == dict.fromkeys(accepted, TaskState.SUCCEEDED)


def test_a_journal_that_was_deleted_under_it_is_noticed_or_survived(
    start_daemon: StartDaemon, home: Paths
) -> None:
    daemon = start_daemon()
    daemon.allow_log(".")
    with Client(home) as client:
        client.wait(client.submit(echo()).id, 8)
        for file in home.home.glob("revo.db*"):
            file.unlink()
        assert client.hello().pid == daemon.pid
    daemon.stop()
    daemon.start()


# settings


def test_a_wrong_setting_is_named_before_anything_starts(
    home: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value, text in (
        ("REVO_WORKERS_MAXX", "3", "REVO_WORKERS_MAX"),
        ("REVO_WORKERS_MAX", "many", "workers.max"),
    ):
        with monkeypatch.context() as patch:
            patch.setenv(variable, value)
            done = revo("daemon", "run")
        assert done.returncode == 2, done
        assert text in done.stderr
        assert "Traceback" not in done.stderr
    assert not home.endpoint.exists()
