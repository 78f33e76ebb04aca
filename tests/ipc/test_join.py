"""Joins without loss against the real daemon: under load, and over restarts."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from revo_edge.client.client import Client
from revo_edge.client.mirror import Mirror, MirrorState
from revo_edge.contract.digest import tasks_digest
from revo_edge.contract.requests import StateReply
from revo_edge.contract.tasks import TaskSpec, TaskState
from revo_edge.errors import Conflict, DaemonUnreachable, QueueFull
from revo_edge.paths import Paths
from tests.harness import DaemonProcess

pytestmark = pytest.mark.timeout(60)
BATCH = 100
"""Tasks of one batch: each is an event when it is accepted and when it is cancelled."""
SPEC = TaskSpec("parallel.map", {"command": "true {}", "inputs": ["x"]}, queue="held")


@contextmanager
def load(home: Paths) -> Iterator[list[str]]:
    """Accept and cancel tasks of a paused queue all the time; yield the ids accepted."""
    ids: list[str] = []
    ending = threading.Event()

    def run() -> None:
        while not ending.is_set():
            try:
                with Client(home) as client:
                    while not ending.is_set():
                        client.pause("held")
                        ids.extend(client.submit_batch([SPEC] * BATCH))
                        for task_id in ids[-BATCH:]:
                            client.cancel(task_id, 0)
            except (DaemonUnreachable, Conflict, QueueFull):
                ending.wait(0.05)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield ids
    finally:
        ending.set()
        thread.join()


def has(boot: str, *, tasks: int = 0, after: int = 0) -> Callable[[MirrorState], bool]:
    """Tell whether a copy is of this boot, with more than so many tasks, later than `after`."""
    return lambda state: state.boot == boot and len(state.tasks) > tasks and state.s > after


def at_rest(client: Client, mirror: Mirror) -> tuple[StateReply, MirrorState]:
    """Return the daemon's record of all tasks, and the mirror's once it has got as far."""
    record = client.state(("task",))
    return record, mirror.wait(lambda state: state.boot == record.boot and state.s >= record.s)


def test_every_mirror_that_joins_under_load_equals_the_daemon(
    no_leaks: None, daemon: DaemonProcess, client: Client
) -> None:
    mirrors: list[Mirror] = []
    with load(daemon.paths) as ids:
        for _ in range(10):
            mirrors.append(Mirror(daemon.paths))
            joined = mirrors[-1].wait(has(daemon.endpoint.boot))
            mirrors[-1].wait(has(joined.boot, after=joined.s + 50))
    assert len(ids) >= BATCH
    for mirror in mirrors:
        record, copy = at_rest(client, mirror)
        assert copy.digest() == tasks_digest(record.tasks)
        assert mirror.counters.gaps == 0
        mirror.close()


def test_a_mirror_outlives_restarts_under_load(daemon: DaemonProcess, client: Client) -> None:
    with Mirror(daemon.paths) as mirror:
        with load(daemon.paths):
            for _ in range(2):
                mirror.wait(has(daemon.endpoint.boot, tasks=BATCH))
                daemon.kill()
                daemon.start()
                mirror.wait(has(daemon.endpoint.boot), timeout_s=5)
        record, copy = at_rest(client, mirror)
        assert copy.digest() == tasks_digest(record.tasks)
        assert mirror.counters.reconnects == 2


def test_a_task_is_followed_to_its_end(daemon: DaemonProcess, client: Client) -> None:
    client.pause("held")
    task_id = client.submit(SPEC).id
    follow = client.follow(task_id)
    assert next(follow).state is TaskState.QUEUED
    client.resume("held")
    assert [info.state for info in follow][-1] is TaskState.SUCCEEDED
    assert client.wait(task_id).state is TaskState.SUCCEEDED
    assert client.items(task_id).items
