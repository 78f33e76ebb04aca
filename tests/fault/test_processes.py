"""Processes: whatever the daemon started ends with it, and its loss is seen and made good."""

import os
import signal
from pathlib import Path

import psutil
import pytest

from revo_edge import Client
from revo_edge.contract.tasks import TaskInfo, TaskSpec, TaskState
from revo_edge.contract.workers import WorkerState
from tests.harness import ORPHAN_LIMIT_S, DaemonProcess, StartDaemon, WaitFor, alive, what_remains

ESCAPES = """
import os, subprocess, sys
def leave_children(n):
    for _ in range(3):
        subprocess.Popen(["sleep", "666"], start_new_session=n % 2 == 0)
    return os.getpid()
"""


def worker_pids(client: Client) -> dict[str, int]:
    """Return those that are up: one that is stopped as it is born could not know its daemon yet."""
    starting = WorkerState.STARTING
    return {w.id: w.pid for w in client.workers().workers if w.pid and w.state is not starting}


def wait_running(client: Client, task_id: str, wait_for: WaitFor) -> TaskInfo:
    wait_for(lambda: client.task(task_id).task.state is TaskState.RUNNING)
    return client.task(task_id).task


def left_of(processes: list[psutil.Process]) -> list[psutil.Process]:
    return what_remains(lambda: [p for p in processes if alive(p)], ORPHAN_LIMIT_S)


@pytest.mark.parametrize("kind", ["probe.spin", "probe.regex", "probe.command", "probe.fan"])
def test_nothing_outlives_a_killed_daemon(
    start_daemon: StartDaemon, wait_for: WaitFor, kind: str
) -> None:
    daemon = start_daemon()
    params: dict[str, object] = {"seconds": 600}
    if kind == "probe.command":
        params = {"argv": ["sh", "-c", "sleep 600 & sleep 600"]}
    if kind == "probe.fan":
        params = {"count": 20, "kind": "probe.sleep_deaf", "seconds": 600}
    with Client(daemon.paths) as client:
        wait_running(client, client.submit(TaskSpec(kind, params)).id, wait_for)
        least = 8 if kind == "probe.command" else 5
        wait_for(lambda: len(daemon.descendants()) >= least)
        processes = daemon.descendants()
        os.kill(daemon.pid, signal.SIGKILL)
        assert not left_of(processes)


def test_a_stopped_worker_does_not_outlive_the_daemon_either(
    start_daemon: StartDaemon, wait_for: WaitFor
) -> None:
    daemon = start_daemon()
    with Client(daemon.paths) as client:
        wait_for(lambda: len(worker_pids(client)) == 4)
        processes = daemon.descendants()
        for pid in worker_pids(client).values():
            os.kill(pid, signal.SIGSTOP)
    daemon.kill()
    assert not left_of(processes)


def test_what_a_function_leaves_behind_ends_with_its_item_or_its_daemon(
    start_daemon: StartDaemon, short_dir: Path, wait_for: WaitFor
) -> None:
    (short_dir / "leaves.py").write_text(ESCAPES)
    daemon = start_daemon()
    with Client(daemon.paths) as client:
        params = {"function": f"{short_dir}/leaves.py:leave_children", "inputs": [0, 1, 2, 3]}
        task = client.submit(TaskSpec("parallel.map", params))
        assert client.wait(task.id, 10).state is TaskState.SUCCEEDED
    daemon.stop()
    marked = f"REVO_HOME={daemon.paths.home}"

    def sleepers() -> list[int]:
        return [p.pid for p in psutil.process_iter() if _is_ours(p, str(short_dir))]

    assert not what_remains(sleepers, ORPHAN_LIMIT_S), marked


def _is_ours(process: psutil.Process, folder: str) -> bool:
    try:
        return process.cmdline() == ["sleep", "666"] and folder in str(process.environ())
    except psutil.Error:
        return False


def test_killed_idle_workers_are_replaced_and_no_task_is_lost(
    client: Client, wait_for: WaitFor
) -> None:
    wait_for(lambda: len(worker_pids(client)) == 4)
    before = worker_pids(client)
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    tasks = [client.submit(TaskSpec("probe.echo", {"value": n})).id for n in range(20)]
    infos = [client.wait(task_id, 10) for task_id in tasks]
    assert {info.state for info in infos} == {TaskState.SUCCEEDED}
    wait_for(
        lambda: len(worker_pids(client)) >= 4 and not before.keys() & worker_pids(client).keys()
    )


def test_kills_under_load_fail_no_task(client: Client, wait_for: WaitFor) -> None:
    driver = client.submit(
        TaskSpec("probe.fan", {"count": 80, "kind": "probe.sleep", "seconds": 0.05})
    )
    own = [client.submit(TaskSpec("probe.sleep", {"seconds": 0.2})).id for _ in range(12)]
    for round_number in range(3):
        wait_for(lambda n=round_number: client.task(driver.id).task.items > 10 * n)  # type: ignore[misc]  # a round's own
        busy = [w for w in client.workers().workers if w.state is WorkerState.BUSY and w.pid]
        for worker in busy[:2]:
            os.kill(worker.pid or 0, signal.SIGKILL)
    assert client.wait(driver.id, 15).state is TaskState.SUCCEEDED
    assert sorted(client.result(driver.id)) == [[n, n] for n in range(80)]
    assert {client.wait(task_id, 10).state for task_id in own} == {TaskState.SUCCEEDED}


def test_a_killed_fork_server_is_started_again(
    daemon: DaemonProcess, client: Client, wait_for: WaitFor
) -> None:
    wait_for(lambda: len(worker_pids(client)) == 4)
    daemon.allow_log("fork|was not started")
    workers = set(worker_pids(client).values())
    servers = [p for p in psutil.Process(daemon.pid).children() if p.pid not in workers]
    for server in servers:
        server.kill()
    client.restart_workers(kill=True)
    task = client.submit(TaskSpec("probe.echo", {"value": 1}))
    assert client.wait(task.id, 10).state is TaskState.SUCCEEDED


def test_a_worker_that_grows_too_large_is_replaced(start_daemon: StartDaemon) -> None:
    daemon = start_daemon({"REVO_WORKERS_RSS_LIMIT_MB": "150"})
    with Client(daemon.paths) as client:
        eat = TaskSpec("probe.eat", {"size_bytes": 300_000_000, "seconds": 20})
        bystander = client.submit(TaskSpec("probe.sleep", {"seconds": 2.0}))
        info = client.wait(client.submit(eat).id, 10)
        assert info.error is not None
        assert (info.state, info.error.code) == (TaskState.FAILED, "memory_limit")
        assert "workers.rss_limit_mb" in info.error.msg
        assert client.wait(bystander.id, 8).state is TaskState.SUCCEEDED


def test_a_worker_that_prints_100_mb_stops_nobody(daemon: DaemonProcess, client: Client) -> None:
    task = client.submit(TaskSpec("probe.print", {"size_bytes": 100_000_000}))
    assert client.wait(task.id, 15).state is TaskState.SUCCEEDED
    size = sum(f.stat().st_size for f in daemon.paths.logs.rglob("*") if f.is_file())
    assert size < 20_000_000


def test_an_engine_that_returns_or_raises_anything_ends_its_task_only(client: Client) -> None:
    expected = {
        "probe.unsendable": "not_sendable",
        "probe.raise": "engine_error",
        "probe.system_exit": "engine_error",
        "probe.call": "BAD_REQUEST",  # a search without a question
    }
    for kind, code in expected.items():
        info = client.wait(client.submit(TaskSpec(kind, {"kind": "recall.search"})).id, 8)
        assert info.error is not None
        assert (info.state, info.error.code) == (TaskState.FAILED, code), kind
        assert "Traceback" not in info.error.msg
    assert client.health().status == "ok"


def test_the_pool_is_bounded_and_each_change_says_why(
    start_daemon: StartDaemon, wait_for: WaitFor
) -> None:
    env = {"REVO_WORKERS_MIN": "2", "REVO_WORKERS_MAX": "6", "REVO_WORKERS_IDLE_S": "1"}
    daemon = start_daemon(env | {"REVO_WORKERS_GROW_WAIT_S": "0.2"})
    with Client(daemon.paths) as client:
        ids = client.submit_batch([TaskSpec("probe.sleep", {"seconds": 1.0})] * 18)
        wait_for(lambda: len(worker_pids(client)) == 6)
        assert {client.wait(i, 20).state for i in ids} == {TaskState.SUCCEEDED}
        wait_for(lambda: len(worker_pids(client)) == 2, 15.0)
        changes = client.workers().scaling
        assert all(change.reason for change in changes)
        assert max(change.after for change in changes) <= 6
