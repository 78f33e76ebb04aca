"""A key makes a request safe to send again: it happens once, whatever came between."""

from collections.abc import Iterator

import pytest

from revo_edge import Client
from revo_edge.contract.ids import new_ulid
from revo_edge.contract.task_requests import TaskList
from revo_edge.contract.tasks import TaskSpec, TaskState
from revo_edge.errors import BadRequest, Conflict, NotFound, QueueFull
from tests.harness import DaemonProcess, StartDaemon
from tests.ipc.peer import Peer

ECHO = TaskSpec("probe.echo", {"value": 1})
OTHER = TaskSpec("probe.echo", {"value": 2})
WIRE_ECHO = {"spec": {"kind": "probe.echo", "params": {"value": 1}}}


@pytest.fixture
def peer(daemon: DaemonProcess) -> Iterator[Peer]:
    with Peer(daemon.endpoint.control) as found:
        yield found


def ids(client: Client) -> list[str]:
    return [info.id for info in client.tasks()]


def test_the_key_is_the_id_and_a_repeat_is_the_same_task(client: Client) -> None:
    key = new_ulid()
    assert client.submit(ECHO, key=key).id == key
    assert client.wait(key, 8).state is TaskState.SUCCEEDED
    assert client.submit(ECHO, key=key).state is TaskState.SUCCEEDED
    with pytest.raises(Conflict, match="Send a fresh ULID"):
        client.submit(OTHER, key=key)
    assert ids(client) == [key]
    assert len(client.task(key).story) == 3  # accepted, running, succeeded: it ran once


def test_the_same_key_a_hundred_times_at_once_is_one_task(client: Client, peer: Peer) -> None:
    key = new_ulid()
    for _ in range(100):
        peer.post("task.submit", WIRE_ECHO, key=key)
    replies = [peer.reply() for _ in range(100)]
    assert {reply["r"]["task"]["id"] for reply in replies} == {key}
    assert ids(client) == [key]


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_a_key_means_the_same_after_a_restart(start_daemon: StartDaemon, end: str) -> None:
    daemon = start_daemon()
    with Client(daemon.paths) as client:
        done, waiting = new_ulid(), new_ulid()
        client.pause("slow")
        client.submit(ECHO, key=done)
        client.submit(TaskSpec("probe.echo", {"value": 3}, queue="slow"), key=waiting)
        client.wait(done, 8)
        daemon.kill() if end == "kill" else daemon.stop()
        daemon.start()
        assert client.submit(ECHO, key=done).state is TaskState.SUCCEEDED
        again = client.submit(TaskSpec("probe.echo", {"value": 3}, queue="slow"), key=waiting)
        assert (again.id, again.state) == (waiting, TaskState.QUEUED)
        with pytest.raises(Conflict):
            client.submit(OTHER, key=done)
        with pytest.raises(Conflict):
            client.submit(OTHER, key=waiting)
        assert sorted(ids(client)) == sorted([done, waiting])


def test_the_id_of_a_removed_task_stays_taken(start_daemon: StartDaemon) -> None:
    daemon = start_daemon()
    with Client(daemon.paths) as client:
        key = client.submit(ECHO).id
        client.wait(key, 8)
        client.remove(key)
        with pytest.raises(NotFound, match="revo task ls"):
            client.task(key)
        for spec in (ECHO, OTHER):
            with pytest.raises(Conflict, match="removed"):
                client.submit(spec, key=key)
        daemon.restart()
        with pytest.raises(Conflict, match="removed"):
            client.submit(ECHO, key=key)
        assert ids(client) == []


def test_a_batch_is_all_or_nothing(client: Client) -> None:
    key = new_ulid()
    bad = TaskSpec("probe.echo", {"valeu": 1})
    with pytest.raises(BadRequest, match=r"specs\[2\].*Did you mean \"value\""):
        client.submit_batch([ECHO, OTHER, bad], key=key)
    after = TaskSpec("probe.echo", {}, after=(new_ulid(),))
    with pytest.raises(NotFound, match="after"):
        client.submit_batch([ECHO, after], key=key)
    assert ids(client) == []
    found = client.submit_batch([ECHO, OTHER], key=key)
    assert found == (f"{key}-1", f"{key}-2")
    assert client.submit_batch([ECHO, OTHER], key=key) == found
    for others in ([ECHO, ECHO], [ECHO], [ECHO, OTHER, OTHER]):
        with pytest.raises(Conflict):
            client.submit_batch(others, key=key)
    assert sorted(ids(client)) == list(found)


def test_a_batch_means_the_same_after_a_restart(start_daemon: StartDaemon) -> None:
    daemon = start_daemon()
    with Client(daemon.paths) as client:
        two, one = new_ulid(), new_ulid()
        found = client.submit_batch([ECHO, OTHER], key=two)
        client.submit_batch([ECHO], key=one)
        for task_id in found:
            client.wait(task_id, 8)
        client.wait(f"{one}-1", 8)
        daemon.kill()
        daemon.start()
        assert client.submit_batch([ECHO, OTHER], key=two) == found
        assert client.submit_batch([ECHO], key=one) == (f"{one}-1",)
        for others in ([ECHO, ECHO], [ECHO], [ECHO, OTHER, OTHER]):
            with pytest.raises(Conflict):
                client.submit_batch(others, key=two)
        assert len(ids(client)) == 3


def test_a_batch_of_which_one_id_was_removed_is_refused_whole(client: Client) -> None:
    key = new_ulid()
    found = client.submit_batch([ECHO, OTHER], key=key)
    client.wait(found[1], 8)
    client.wait(found[0], 8)
    client.remove(found[1])
    client.remove(found[0])
    with pytest.raises(Conflict):
        client.submit_batch([ECHO, OTHER], key=key)
    assert ids(client) == []


def test_a_full_queue_takes_no_part_of_a_batch(start_daemon: StartDaemon) -> None:
    daemon = start_daemon({"REVO_QUEUES_LIMIT": "3"})
    with Client(daemon.paths) as client:
        client.pause()
        key = new_ulid()
        with pytest.raises(QueueFull, match=r"queues\.limit") as refused:
            client.submit_batch([ECHO] * 4, key=key)
        assert refused.value.after_ms
        assert ids(client) == []
        assert len(client.submit_batch([ECHO] * 3, key=key)) == 3
        assert len(client.submit_batch([ECHO] * 3, key=key)) == 3  # known: it takes no room


def test_what_is_no_ulid_is_no_key(peer: Peer, client: Client) -> None:
    for key in (
        "",
        "x",
        "01ARZ3NDEKTSV4RRFFQ69G5FA",
        "01arz3ndektsv4rrffq69g5fav",
        "../../../../../../../../ab",
        5,
    ):
        code, text = peer.refused("task.submit", WIRE_ECHO, key=key)
        assert code == "BAD_REQUEST", key
        assert "key" in text
    code, text = peer.refused("task.submit", WIRE_ECHO)
    assert (code, "key" in text) == ("BAD_REQUEST", True)
    assert ids(client) == []


def test_every_other_change_happens_once_for_its_key(
    daemon: DaemonProcess, client: Client, peer: Peer
) -> None:
    task = client.submit(TaskSpec("probe.raise", {"value": "x"}))
    client.wait(task.id, 8)
    key = new_ulid()
    first = peer.ask("task.retry", {"id": task.id}, key=key)["r"]
    client.wait(task.id, 8)
    assert peer.ask("task.retry", {"id": task.id}, key=key)["r"] == first
    code, text = peer.refused("task.retry", {"id": new_ulid()}, key=key)
    assert (code, "fresh ULID" in text) == ("CONFLICT", True)
    assert peer.refused("task.remove", {"id": task.id}, key=key)[0] == "CONFLICT"
    with Peer(daemon.endpoint.control) as after:
        daemon_boot = after.ask("hello")["boot"]
    daemon.restart()
    with Peer(daemon.endpoint.control) as after:
        assert after.ask("hello")["boot"] != daemon_boot
        assert after.ask("task.retry", {"id": task.id}, key=key)["r"] == first
        assert after.refused("task.remove", {"id": task.id}, key=key)[0] == "CONFLICT"
    ran = [line for line in client.task(task.id).story if line.state is TaskState.RUNNING]
    assert len(ran) == 2


def test_one_key_for_two_changes_at_once_is_a_conflict(client: Client, peer: Peer) -> None:
    key = new_ulid()
    peer.post("queue.pause", {"queue": "a"}, key=key)
    peer.post("queue.pause", {"queue": "b"}, key=key)
    peer.post("queue.pause", {"queue": "a"}, key=key)
    replies = sorted((peer.reply() for _ in range(3)), key=lambda reply: int(reply["id"]))
    assert [reply["ok"] for reply in replies] == [True, False, True]
    assert replies[1]["e"]["code"] == "CONFLICT"
    assert replies[0]["r"] == replies[2]["r"]
    assert [queue.name for queue in client.queues() if queue.paused] == ["a"]


def test_a_change_that_was_refused_may_be_tried_again_with_its_key(
    client: Client, peer: Peer
) -> None:
    client.pause()
    task = client.submit(ECHO)
    key = new_ulid()
    assert peer.refused("task.remove", {"id": task.id}, key=key)[0] == "CONFLICT"
    client.cancel(task.id)
    assert peer.ask("task.remove", {"id": task.id}, key=key)["ok"]
    assert list(client.tasks(TaskList())) == []
