import sqlite3
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
import zmq

from revo_edge.contract.tasks import Story, TaskState
from revo_edge.daemon.background import Background, Inbox, StoreThread
from revo_edge.errors import Conflict, QueueFull, RevoError, Unavailable
from revo_edge.store.journal import Journal
from revo_edge.store.journal_read import JournalReader
from revo_edge.store.writes import UpdateTask
from tests.unit.store.rows import info, put


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    inbox = Inbox(context)
    yield inbox
    inbox.close()
    context.term()


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "revo.db")
    yield journal
    journal.close()


def turn_until(inbox: Inbox, condition: Callable[[], bool]) -> None:
    """Turn as the loop does: wait for a wake, then call back."""
    while not condition():
        assert inbox.socket.poll(5_000), "the inbox was not woken"
        for callback in inbox.ready():
            callback()


def test_a_job_runs_elsewhere_and_its_callback_here(inbox: Inbox) -> None:
    reader = Background("reader", inbox)
    ran_in: list[object] = []
    called_in: list[str] = []

    def done(outcome: object) -> None:
        ran_in.append(outcome)
        called_in.append(threading.current_thread().name)

    reader.run(lambda: threading.current_thread().name, done)
    turn_until(inbox, lambda: bool(called_in))
    assert (ran_in, called_in) == (["reader"], [threading.current_thread().name])
    assert reader.stop(5.0)


def test_what_a_job_raises_is_its_outcome(inbox: Inbox) -> None:
    reader = Background("reader", inbox)
    seen: list[object] = []
    reader.run(lambda: 1 // 0, seen.append)
    reader.run(lambda: 2, seen.append)
    turn_until(inbox, lambda: len(seen) == 2)
    assert isinstance(seen[0], ZeroDivisionError)
    assert seen[1] == 2
    assert reader.stop(5.0)


def test_a_full_queue_refuses_and_what_was_accepted_is_done(inbox: Inbox) -> None:
    reader = Background("reader", inbox, limit=2)
    begun, go_on = threading.Event(), threading.Event()
    seen: list[object] = []

    def hold() -> bool:
        begun.set()
        return go_on.wait(10)

    reader.run(hold, seen.append)
    assert begun.wait(5)
    reader.run(lambda: 1, seen.append)
    reader.run(lambda: 2, seen.append)
    with pytest.raises(QueueFull, match="the reader") as caught:
        reader.run(lambda: 3, seen.append)
    assert caught.value.after_ms == 1_000
    go_on.set()
    assert reader.stop(5.0)
    with pytest.raises(Unavailable):
        reader.run(lambda: 4, seen.append)
    turn_until(inbox, lambda: len(seen) == 3)
    assert seen == [True, 1, 2]


def test_a_thread_that_hangs_is_reported(inbox: Inbox) -> None:
    reader = Background("reader", inbox)
    go_on = threading.Event()
    reader.run(lambda: go_on.wait(10), lambda _outcome: None)
    assert not reader.stop(0.05)
    go_on.set()
    assert reader.stop(5.0)


def test_more_wakes_than_the_socket_holds_lose_no_callback(inbox: Inbox) -> None:
    reader = Background("reader", inbox, limit=10_000)
    seen: list[object] = []
    for number in range(5_000):
        reader.run(partial(int, number), seen.append)
    assert reader.stop(10.0)
    turn_until(inbox, lambda: len(seen) == 5_000)
    assert seen == list(range(5_000))


def test_writes_are_committed_in_groups_and_acknowledged_in_order(
    inbox: Inbox, journal: Journal
) -> None:
    store = StoreThread(journal, inbox)
    acknowledged: list[int] = []

    def note(number: int) -> Callable[[RevoError | None], None]:
        return lambda error: acknowledged.append(number if error is None else -1)

    for number in range(500):
        store.write([put(f"T{number}")], note(number))
    turn_until(inbox, lambda: len(acknowledged) == 500)
    assert acknowledged == list(range(500))
    samples = store.take_samples()
    assert sum(sample.lists for sample in samples) == 500
    assert len(samples) == store.commits < 100
    assert store.take_samples() == []
    assert store.stop(5.0)


def test_what_is_acknowledged_can_be_read(inbox: Inbox, journal: Journal) -> None:
    reader = JournalReader(journal.path)
    store = StoreThread(journal, inbox)
    found: list[object] = []
    store.write([put("A")], lambda error: found.append(reader.task("A")))
    turn_until(inbox, lambda: bool(found))
    assert found[0] is not None
    assert store.stop(5.0)
    reader.close()


def test_a_bad_list_fails_alone(inbox: Inbox, journal: Journal) -> None:
    store = StoreThread(journal, inbox)
    errors: list[RevoError | None] = []
    for name in ("A", "B", "A", "C"):
        store.write([put(name)], errors.append)
    assert store.stop(5.0)
    turn_until(inbox, lambda: len(errors) == 4)
    assert [type(error) for error in errors] == [type(None), type(None), Conflict, type(None)]
    assert store.degraded == ""


def test_stop_commits_what_was_accepted(inbox: Inbox, journal: Journal) -> None:
    store = StoreThread(journal, inbox)
    errors: list[RevoError | None] = []
    for number in range(2_000):
        store.write([put(f"T{number}")], errors.append)
    assert store.stop(10.0)
    turn_until(inbox, lambda: len(errors) == 2_000)
    assert errors == [None] * 2_000
    assert store.pending == 0
    assert not store.full


def moved(task_id: str, state: TaskState) -> UpdateTask:
    return UpdateTask(info(task_id, state), (Story(10.0, state),))


def test_what_a_full_disk_holds_is_written_in_its_order(inbox: Inbox, tmp_path: Path) -> None:
    path = tmp_path / "revo.db"
    journal = Journal(path)
    store = StoreThread(journal, inbox, retry_s=0.01)
    reader = JournalReader(path)
    told: list[str] = []

    def note(name: str) -> Callable[[RevoError | None], None]:
        return lambda error: told.append(f"{name} {'refused' if error else 'written'}")

    block = sqlite3.connect(path, isolation_level=None)
    block.execute("BEGIN EXCLUSIVE")
    journal._db.execute("PRAGMA busy_timeout=0")
    store.write([put("A")], note("A"))
    store.write([put("B")], note("B"), refusable=True)
    store.write([moved("A", TaskState.RUNNING)], note("runs"))
    turn_until(inbox, lambda: bool(told))
    store.write([moved("A", TaskState.SUCCEEDED)], note("ends"))
    assert told == ["B refused"]
    assert store.degraded
    block.execute("ROLLBACK")
    turn_until(inbox, lambda: len(told) == 4)
    assert told[1:] == ["A written", "runs written", "ends written"]
    assert store.degraded == ""
    row = reader.task("A")
    assert row is not None
    assert row.info.state is TaskState.SUCCEEDED
    assert reader.task("B") is None
    assert store.stop(5.0)
    block.close()
    reader.close()
    journal.close()
