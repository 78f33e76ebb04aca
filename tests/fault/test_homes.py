"""Homes: who serves one, how clients find it, and homes that cannot be used."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import psutil
import pytest

from revo_edge import Client
from revo_edge.client.endpoint import read_endpoint
from revo_edge.contract.endpoint import Endpoint
from revo_edge.contract.tasks import TaskSpec, TaskState
from revo_edge.errors import DaemonUnreachable
from revo_edge.paths import Paths, find_paths
from tests.harness import REPOSITORY, StartDaemon, WaitFor, processes_of
from tests.ipc.cli import revo

RUN = [sys.executable, "-m", "revo_edge", "daemon", "run"]
REBIND_S = 7.0
"""The sockets are looked at every 5 s."""


def begin_daemon(paths: Paths) -> subprocess.Popen[str]:
    env = {**os.environ, "REVO_HOME": str(paths.home), "PYTHONPATH": str(REPOSITORY)}
    return subprocess.Popen(
        RUN,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@contextmanager
def started(paths: Paths, wait_for: WaitFor) -> Iterator[subprocess.Popen[str]]:
    """Run a daemon that the fixture does not know."""
    process = begin_daemon(paths)
    try:
        wait_for(lambda: read_endpoint(paths) or process.poll() is not None, 15.0)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)


def echo(paths: Paths, value: object) -> object:
    with Client(paths) as client:
        task = client.submit(
            TaskSpec("parallel.map", {"function": "json:dumps", "inputs": [value]})
        )
        assert client.wait(task.id, 10).state is TaskState.SUCCEEDED
        return client.result(task.id)


# one daemon for one home


@pytest.mark.parametrize("rounds", [4])
def test_of_two_daemons_at_once_exactly_one_serves(
    home: Paths, wait_for: WaitFor, rounds: int
) -> None:
    for _ in range(rounds):
        both = [begin_daemon(home) for _ in range(2)]
        (loser,) = wait_for(lambda: [p for p in both if p.poll() is not None], 15.0)  # noqa: B023 - called at once
        (winner,) = [p for p in both if p is not loser]
        wait_for(lambda: read_endpoint(home), 15.0)
        _, said = loser.communicate(timeout=10)
        assert loser.returncode == 6, said
        assert "already serves" in said
        assert "revo down" in said
        assert "Traceback" not in said
        with Client(home) as client:
            assert client.hello().pid == winner.pid
        winner.terminate()
        winner.communicate(timeout=10)
        assert winner.returncode == 0


def test_five_clients_that_start_it_at_once_share_one_daemon(
    home: Paths, wait_for: WaitFor
) -> None:
    starters = [
        subprocess.Popen(
            [sys.executable, "-m", "revo_edge", "up", "--json"], stdout=subprocess.PIPE, text=True
        )
        for _ in range(5)
    ]
    said = [process.communicate(timeout=25)[0] for process in starters]
    assert [process.returncode for process in starters] == [0] * 5, said
    assert len({msgspec.json.decode(text)["pid"] for text in said}) == 1
    assert sum(msgspec.json.decode(text)["started"] for text in said) >= 1
    assert revo("down").returncode == 0
    wait_for(lambda: not processes_of(home.home), 5.0)


def test_two_homes_side_by_side_know_nothing_of_each_other(
    start_daemon: StartDaemon, home: Paths, short_dir: Path
) -> None:
    other = find_paths(short_dir / "other")
    first, second = start_daemon(), start_daemon(paths=other)
    assert first.endpoint.control != second.endpoint.control
    with Client(home) as one, Client(other) as two:
        task = one.submit(TaskSpec("probe.echo", {"value": 1}))
        assert one.wait(task.id, 8).state is TaskState.SUCCEEDED
        assert list(two.tasks()) == []
        first.stop()
        assert two.health().home == str(other.home)
        with pytest.raises(DaemonUnreachable, match="revo up"):
            one.hello()


def test_clients_with_another_runtime_folder_find_the_daemon(
    start_daemon: StartDaemon, home: Paths, monkeypatch: pytest.MonkeyPatch, short_dir: Path
) -> None:
    daemon = start_daemon()
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    without = find_paths()
    assert without.sockets != home.sockets
    assert without.home == home.home
    with Client(without) as client:
        assert client.hello().pid == daemon.pid
    status = revo("status", "--json")
    assert msgspec.json.decode(status.stdout)["pid"] == daemon.pid
    again = revo("daemon", "run")
    assert (again.returncode, "already serves" in again.stderr) == (6, True)
    (short_dir / "link").symlink_to(home.home)
    with Client(find_paths(short_dir / "link")) as client:
        assert client.hello().pid == daemon.pid


def test_a_daemon_without_a_runtime_folder_is_found_by_clients_with_one(
    home: Paths, monkeypatch: pytest.MonkeyPatch, wait_for: WaitFor
) -> None:
    runtime = os.environ["XDG_RUNTIME_DIR"]
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    without = find_paths()
    with started(without, wait_for) as process:
        monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
        with Client(home) as client:
            assert client.hello().pid == process.pid
        assert echo(home, 1)
    assert not without.sockets.exists()


# sockets


def test_a_deleted_socket_folder_comes_back_and_tasks_go_on(
    start_daemon: StartDaemon, home: Paths, wait_for: WaitFor
) -> None:
    daemon = start_daemon()
    daemon.allow_log("the socket files were removed or replaced")
    with Client(home) as old:
        long = old.submit(
            TaskSpec("probe.fan", {"count": 60, "kind": "probe.sleep", "seconds": 0.4})
        )
        wait_for(lambda: old.task(long.id).task.items > 0)
        shutil.rmtree(home.sockets)
        assert old.submit(TaskSpec("probe.echo", {"value": 1})).id  # its connection is not cut
        wait_for(lambda: (home.sockets / "c").exists() and (home.sockets / "p").exists(), REBIND_S)
        with Client(home) as new:
            assert new.hello().pid == daemon.pid
            new.restart_workers(kill=True)  # fresh workers find the new socket
            assert new.wait(long.id, 20).state is TaskState.SUCCEEDED
            assert len(new.result(long.id)) == 60
    assert oct(home.sockets.stat().st_mode & 0o777) == "0o700"


# what was left behind


def test_files_of_a_dead_daemon_stop_nobody(start_daemon: StartDaemon, home: Paths) -> None:
    daemon = start_daemon()
    daemon.kill()
    assert home.endpoint.exists()
    assert (home.sockets / "c").exists()
    assert read_endpoint(home) is None
    with Client(home) as client:
        with pytest.raises(DaemonUnreachable, match="revo up"):
            client.hello()
        done = revo("status")
        assert done.returncode == 4
        assert "revo up" in done.stderr
        daemon.start()
        assert client.hello().pid == daemon.pid


def test_a_pid_given_out_again_is_not_taken_for_the_daemon(
    start_daemon: StartDaemon, home: Paths
) -> None:
    somebody = psutil.Process(1)
    home.lock.write_text("1\n")
    stale = Endpoint(1, 12345, "dead", (1, 1), "0.0.1", "ipc:///nowhere/c", "ipc:///nowhere/e")
    home.endpoint.write_bytes(msgspec.json.encode(stale))
    assert read_endpoint(home) is None
    daemon = start_daemon()
    with Client(home) as client:
        assert client.hello().pid == daemon.pid
    assert somebody.is_running()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}', "\x00" * 100])
def test_an_unreadable_endpoint_file_counts_as_none(home: Paths, text: str) -> None:
    home.endpoint.write_text(text)
    assert read_endpoint(home) is None
    with Client(home) as client, pytest.raises(DaemonUnreachable):
        client.hello()


# homes that are hard or impossible to use


@pytest.mark.parametrize("name", ["ÄÖ 中文 \U0001f600", "with 'quotes\" and $HOME", "n" * 180])
def test_a_home_of_any_name_works(
    start_daemon: StartDaemon, short_dir: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = find_paths(short_dir / name / name[:60] / "home")
    monkeypatch.setenv("REVO_HOME", str(paths.home))
    daemon = start_daemon(paths=paths)
    with Client(paths) as client:
        assert client.health().home == str(paths.home)
    assert echo(paths, "ü")
    status = revo("status", "--json")
    assert msgspec.json.decode(status.stdout)["pid"] == daemon.pid


def test_a_long_runtime_folder_falls_back_to_a_short_one(
    start_daemon: StartDaemon, short_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short_dir / ("r" * 120)))
    paths = find_paths()
    assert len(os.fsencode(paths.sockets)) < 100
    daemon = start_daemon(paths=paths)
    with Client(paths) as client:
        assert client.hello().pid == daemon.pid


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Make a folder read-only, for root too."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m,ro,mode=700", "tmpfs", str(folder)]
    if os.getuid() == 0:
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            pytest.skip("root without the right to mount may write everywhere")
        undo: Callable[[], object] = lambda: subprocess.run(["umount", str(folder)], check=True)  # noqa: E731
    else:
        folder.chmod(0o500)
        undo = lambda: folder.chmod(0o700)  # noqa: E731
    try:
        yield
    finally:
        undo()


def refusals(*command: str) -> list[str]:
    said = []
    for words in (command, ("up",)):
        done = revo(*words)
        assert done.returncode not in (0, 1), done
        assert "Traceback" not in done.stderr, done.stderr
        assert done.stderr.strip(), words
        said.append(done.stderr)
    return said


def test_a_read_only_home_is_said_with_what_to_do(home: Paths) -> None:
    with read_only(home.home):
        for said in refusals("daemon", "run"):
            assert str(home.home) in said
            assert "REVO_HOME" in said


def test_a_home_that_is_a_file_or_cannot_be_made_is_said(
    home: Paths, short_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (short_dir / "file").write_text("")
    for bad in (short_dir / "file", short_dir / "file" / "below", Path("/proc/revo")):
        monkeypatch.setenv("REVO_HOME", str(bad))
        for said in refusals("daemon", "run"):
            assert str(bad) in said
            assert "REVO_HOME" in said


def test_somebody_elses_folder_is_not_used(home: Paths) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can give a folder away")
    os.chown(home.home, 65534, 65534)
    for said in refusals("daemon", "run"):
        assert "does not belong to you" in said
    os.chown(home.home, 0, 0)


def test_an_open_home_is_closed_to_others(start_daemon: StartDaemon, home: Paths) -> None:
    home.home.chmod(0o755)
    start_daemon()
    assert oct(home.home.stat().st_mode & 0o777) == "0o700"
    assert oct(home.endpoint.stat().st_mode & 0o777) == "0o600"
    assert oct(home.sockets.stat().st_mode & 0o777) == "0o700"
