"""Groups through a real daemon: changed as one, counted, waited for, kept over a kill."""

import signal
import threading
from pathlib import Path

import pytest

from revo_edge import Client
from revo_edge.contract.groups import GroupChanged, GroupInfo
from revo_edge.contract.ids import new_ulid
from revo_edge.contract.task_requests import TaskList
from revo_edge.contract.tasks import TaskSpec, TaskState
from revo_edge.errors import BadRequest, NotFound, RevoError
from tests.harness import DaemonProcess, StartDaemon, WaitFor
from tests.ipc import schemas
from tests.ipc.cli import begin, document, revo


def echo(group: str | None = "g", **spec: object) -> TaskSpec:
    return TaskSpec("probe.echo", {"value": 1}, group=group, **spec)  # type: ignore[arg-type]  # the test's own words


def sleep(seconds: float, group: str = "g") -> TaskSpec:
    return TaskSpec("probe.sleep", {"seconds": seconds}, group=group)


def test_one_request_changes_a_whole_group_and_nothing_else(client: Client) -> None:
    client.pause()
    client.submit_batch([echo()] * 250)
    other = client.submit(echo("h")).id
    assert client.groups.hold("g") == GroupChanged("g", 250)
    assert client.groups.hold("g").changed == 0
    assert client.groups.get("g").held == 250
    assert client.task(other).task.state is TaskState.QUEUED
    assert client.groups.release("g").changed == 250
    assert client.groups.cancel("g").changed == 250
    assert client.groups.cancel("g").changed == 0
    group = client.groups.get("g")
    assert (group.cancelled, group.live, group.done_ratio) == (250, 0, 1.0)
    client.resume()
    assert client.wait(other, 9).state is TaskState.SUCCEEDED


def test_an_unknown_group_and_a_wrong_name_are_told(client: Client) -> None:
    with pytest.raises(NotFound, match="no group nobody"):
        client.groups.hold("nobody")
    assert client.groups.list(["nobody"]) == ()
    with pytest.raises(BadRequest, match=r"spec\.group"):
        client.submit(echo("two words"))


def test_a_change_under_the_same_key_happens_once(client: Client) -> None:
    client.pause()
    client.submit_batch([echo()] * 150)
    key = new_ulid()
    first = client.call("group.hold", {"group": "g"}, key)
    assert first["changed"] == 150
    client.groups.release("g")
    assert client.call("group.hold", {"group": "g"}, key) == first
    assert client.groups.get("g").queued == 150


def test_a_cancel_also_stops_what_runs_and_fails_no_task_of_the_group(
    client: Client, wait_for: WaitFor
) -> None:
    running = client.submit(sleep(20)).id
    waiting = client.submit(echo(after=(running,))).id
    wait_for(lambda: client.groups.get("g").running == 1)
    assert client.groups.cancel("g", 1.0).changed == 2
    assert {client.wait(i, 9).state for i in (running, waiting)} == {TaskState.CANCELLED}


def test_a_later_change_takes_over_from_an_earlier_one(daemon: DaemonProcess) -> None:
    """Whichever comes last, the group ends as it said."""
    with Client(daemon.paths) as client:
        client.pause()
        client.submit_batch([echo()] * 1000)
        found: list[GroupChanged] = []

        def hold() -> None:
            with Client(daemon.paths) as own:
                found.append(own.groups.hold("g"))

        thread = threading.Thread(target=hold)
        thread.start()
        cancelled = client.groups.cancel("g")
        thread.join()
        group = client.groups.get("g")
        if cancelled.stopped:  # the hold came second
            assert group.held == found[0].changed == 1000 - cancelled.changed
        else:
            assert (group.cancelled, cancelled.changed) == (1000, 1000)


def test_a_held_group_survives_a_kill_and_one_cut_short_is_held_when_asked_again(
    daemon: DaemonProcess, client: Client, wait_for: WaitFor
) -> None:
    client.pause()
    for _ in range(4):
        client.submit_batch([echo()] * 1000)
    key, cut = new_ulid(), threading.Event()

    def hold() -> None:
        with Client(daemon.paths) as own:
            try:
                own.call("group.hold", {"group": "g"}, key)
            except RevoError:
                cut.set()

    thread = threading.Thread(target=hold)
    thread.start()
    wait_for(lambda: client.groups.get("g").held > 0)
    daemon.kill()
    thread.join()
    daemon.start()
    before = client.groups.get("g")
    assert cut.is_set()
    assert 0 < before.held < 4000
    assert before.total == 4000
    found = client.call("group.hold", {"group": "g"}, key)
    assert found["changed"] == 4000 - before.held
    daemon.kill()
    daemon.start()
    client.resume()
    assert client.groups.get("g") == GroupInfo("g", held=4000, created_at=before.created_at)
    assert client.groups.cancel("g").changed == 4000


def test_tasks_that_left_the_memory_are_still_counted(start_daemon: StartDaemon) -> None:
    daemon = start_daemon({"REVO_DAEMON_HISTORY_TASKS": "20"})
    with Client(daemon.paths) as client:
        ids = client.submit_batch([echo()] * 50)
        for task_id in ids:
            client.wait(task_id, 9)
        for _ in range(2):
            assert client.groups.get("g").succeeded == 50
            assert len(list(client.tasks(TaskList(group="g")))) == 50
            assert list(client.tasks(TaskList(group="h"))) == []
            daemon.restart()


def test_when_a_group_ends_is_foreseen_once_its_kinds_are_known(
    client: Client, wait_for: WaitFor
) -> None:
    client.submit_batch([sleep(0.05, "first")] * 6)
    wait_for(lambda: client.groups.get("first").succeeded == 6)
    client.pause()
    client.resume(concurrency=1)
    client.submit_batch([sleep(30, "long")] * 2)
    wait_for(lambda: client.groups.get("long").running == 1)
    client.submit(echo("unknown"))
    later, long = client.groups.list(["long", "unknown"])
    assert (later.name, later.end_p50_at) == ("unknown", None)
    assert long.started_at is not None
    client.groups.cancel("long", 0.0)


# the command line

GROUPS = schemas.of(tuple[GroupInfo, ...])
CHANGED = schemas.of(GroupChanged)


@pytest.mark.usefixtures("daemon")
def test_the_commands_of_a_group(tmp_path: Path) -> None:
    for number in range(3):
        done = revo(
            "map",
            "--cmd",
            "true",
            str(number),
            "--group",
            "night",
            "--priority",
            "1",
            "-d",
            "--at",
            "+1h",
        )
        assert done.returncode == 0, done.stderr
    source = tmp_path / "a.py"
    source.write_text("x = 1\n")
    assert revo("survey", str(tmp_path), "--group", "day", "-d").returncode == 0
    found = document(GROUPS, "group", "ls")
    assert {group["name"] for group in found} == {"night", "day"}
    assert document(CHANGED, "group", "hold", "night")["changed"] == 3
    shown = document(schemas.OBJECT, "group", "show", "night")
    assert [task["state"] for task in shown["tasks"]] == ["held"] * 3
    listed = document(schemas.TASKS, "task", "ls", "--group", "night")
    assert {task["group"] for task in listed} == {"night"}
    assert document(CHANGED, "group", "release", "night")["changed"] == 3
    follower = revo("map", "--cmd", "true", "x", "--after", "group:night", "--group", "last", "-d")
    task = follower.stdout.strip()
    assert len(document(schemas.SHOWN, "task", "show", task)["spec"]["after"]) == 3
    assert document(CHANGED, "group", "cancel", "night")["changed"] == 3
    ended = document(schemas.of(GroupInfo), "group", "wait", "night", code=1)
    assert (ended["cancelled"], ended["done_ratio"]) == (3, 1.0)
    assert revo("group", "wait", "day").stdout == "1 succeeded\n"
    assert "dependency_failed" in revo("task", "show", task).stdout
    assert revo("group", "hold", "nobody").returncode == 3


def test_ctrl_c_leaves_the_tasks_of_a_group_running(client: Client, wait_for: WaitFor) -> None:
    client.submit(sleep(30))
    wait_for(lambda: client.groups.get("g").running == 1)
    with begin("group", "wait", "g") as waiting:
        assert waiting.stderr is not None
        assert waiting.stderr.readline() == "Waiting for 1 task.\n"
        waiting.send_signal(signal.SIGINT)
        _, said = waiting.communicate(timeout=9)
    assert waiting.returncode == 130
    assert "go on" in said
    assert client.groups.get("g").running == 1
    client.groups.cancel("g", 0.0)
