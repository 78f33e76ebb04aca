"""The checks find what they are for: each seeded fault is named."""

from collections.abc import Callable

import pytest

from revo_edge.contract.tasks import TaskState
from tests.unit.core.world import World, wanted


def lose_a_worker(w: World) -> None:
    del w.scheduler.workers()["w1"]


def miscount(w: World) -> None:
    w.scheduler._book.states[TaskState.QUEUED] += 1


def forget_the_line(w: World) -> None:
    chunk = w.scheduler.task("waits").chunk
    assert chunk is not None
    w.scheduler._queues.remove(chunk)


def revive(w: World) -> None:
    w.scheduler.task("d").families["d"].chunks.pop().worker = None


def forget_the_timer(w: World) -> None:
    w.scheduler._timers.clear()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (lose_a_worker, "attempts"),
        (miscount, "counted states"),
        (forget_the_line, "waits for"),
        (revive, "astray"),
        (forget_the_timer, "nobody watches"),
    ],
)
def test_a_fault_is_found_and_named(fault: Callable[[World], None], words: str) -> None:
    w = World(workers=2)
    w.submit("t", timeout_s=9.0)
    w.submit("d", "drive")
    w.children(w.attempt("d"), "item", wanted(1))
    w.submit("waits")
    fault(w)
    with pytest.raises(AssertionError, match=words):
        w.scheduler.validate()
