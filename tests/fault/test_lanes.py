"""The resident lane when its processes die or hang: no call is lost, and nothing happens twice."""

import os
import signal
import threading
from collections.abc import Callable

import psutil
import pytest

from revo_edge import Client
from revo_edge.contract.kinds import Lane
from revo_edge.contract.recall import Filter, NewItem, RecallList
from revo_edge.contract.workers import WorkerInfo, WorkerState
from tests.harness import DaemonProcess, WaitFor

KILLED = r"recall-(reader|writer)-\d+ killed by SIGKILL|killing recall-reader-\d+"


def parts(client: Client, part: str) -> list[WorkerInfo]:
    """Return the living processes of a part of the lane."""
    found = client.workers().workers
    return [w for w in found if w.lane is Lane.RESIDENT and f"-{part}-" in w.id and w.pid]


def up(client: Client, part: str, count: int) -> Callable[[], list[WorkerInfo]]:
    """Return a condition: so many processes of the part are ready."""

    def ready() -> list[WorkerInfo]:
        found = [w for w in parts(client, part) if w.state is not WorkerState.STARTING]
        return found if len(found) == count else []

    return ready


def test_searches_go_on_while_readers_are_killed(
    daemon: DaemonProcess, client: Client, wait_for: WaitFor
) -> None:
    daemon.allow_log(KILLED)
    client.recall.put(NewItem(text="the heron stands in the reeds"))
    for _ in range(3):
        victim = wait_for(up(client, "reader", 2))[0]
        os.kill(victim.pid, signal.SIGKILL)
        for number in range(20):
            reply = client.recall.search(f"heron {number}")
            assert [hit.item.text for hit in reply.hits] == ["the heron stands in the reeds"]
    wait_for(up(client, "reader", 2))


def test_a_writer_killed_again_and_again_loses_nothing_that_was_acknowledged(
    daemon: DaemonProcess, client: Client, wait_for: WaitFor
) -> None:
    daemon.allow_log(KILLED)
    acknowledged: list[str] = []
    done = threading.Event()

    def store() -> None:
        with Client(daemon.paths) as other:
            for number in range(300):
                stored = other.recall.put(NewItem(text=f"note {number} of many"))
                acknowledged.append(stored.id)
        done.set()

    thread = threading.Thread(target=store)
    client.recall.stats()  # the first call starts the lane
    wait_for(up(client, "writer", 1))
    thread.start()
    for kills in range(1, 4):
        wait_for(lambda kills=kills: len(acknowledged) >= 50 * kills)  # type: ignore[misc]
        os.kill(wait_for(up(client, "writer", 1))[0].pid, signal.SIGKILL)
    thread.join(25)
    assert done.is_set()
    page = client.recall.list(RecallList(limit=1000))
    assert page.total == 300, "each note is there once"
    assert {item.id for item in page.items} == set(acknowledged)


@pytest.mark.timeout(60)
def test_a_reader_that_hangs_is_not_waited_for_and_is_replaced(
    daemon: DaemonProcess, client: Client, wait_for: WaitFor
) -> None:
    daemon.allow_log(KILLED)
    client.recall.put(NewItem(text="a stone in the stream"))
    before = wait_for(up(client, "reader", 2))
    for reader in before:
        os.kill(reader.pid, signal.SIGSTOP)
    ids = {reader.id for reader in before}
    assert wait_for(
        lambda: [w for w in up(client, "reader", 2)() if w.id not in ids], timeout_s=20.0
    )
    assert client.recall.search("stone").hits
    assert not any(psutil.pid_exists(reader.pid) for reader in before)


def test_a_restart_serves_what_was_there(daemon: DaemonProcess, client: Client) -> None:
    client.recall.put(NewItem(text="kept over the night", namespace="n"))
    daemon.restart()
    with Client(daemon.paths) as again:
        assert again.recall.search("night", filter=Filter(namespaces=("n",))).hits


def test_a_process_of_the_lane_can_be_restarted_by_name(
    daemon: DaemonProcess, client: Client, wait_for: WaitFor
) -> None:
    daemon.allow_log(KILLED + "|killing recall")
    client.recall.stats()
    first = wait_for(up(client, "writer", 1))[0]
    client.restart_workers(first.id)
    second = wait_for(lambda: [w for w in up(client, "writer", 1)() if w.id != first.id])[0]
    assert second.pid != first.pid
    assert client.recall.put(NewItem(text="still here")).outcome == "stored"
