"""Tasks that wait are held, released, made more urgent and moved."""

import pytest

from revo_edge.contract.task_requests import Spot
from revo_edge.contract.tasks import TaskSpec, TaskState, Why
from revo_edge.core.records import Saved
from revo_edge.errors import BadRequest, Conflict, NotFound
from tests.unit.core.world import BROKEN, EMPTY, SHAKY, World, records


def world(*names: str) -> World:
    """Return a world whose only worker is busy while these tasks wait."""
    w = World(workers=1, workers_max=1)
    for name in ("busy", *names):
        w.submit(name)
    return w


def move(w: World, task_id: str, spot: Spot, other: str | None = None) -> None:
    w.do(w.scheduler.move(task_id, spot, other, w.now))


def order(w: World) -> str:
    """Let all tasks run, and return the names of those after the first in their order."""
    began = len(w.running)
    while w.scheduler.count(TaskState.RUNNING):
        w.end(w.attempt(w.running[-1]))
    return "".join(w.running[began:])


def test_a_held_task_starts_only_when_it_is_released_and_keeps_its_place() -> None:
    w = world("a", "b", "c")
    w.do(w.scheduler.hold("a", w.now))
    assert w.state("a") is TaskState.HELD
    w.end(w.attempt("busy"))
    assert w.running[-1] == "b"
    w.do(w.scheduler.release("a", w.now))
    assert order(w) == "ac"
    assert w.notes("a")[1:3] == ["held by a person", "released"]


def test_a_release_keeps_the_attempts_that_a_retry_resets() -> None:
    w = World(workers=1)
    w.submit("t", retries=2, backoff_s=100.0)
    w.end(w.attempt("t"), SHAKY)
    w.do(w.scheduler.hold("t", w.now))
    w.do(w.scheduler.release("t", w.now))
    assert w.attempt("t").attempt.number == 2
    w.end(w.attempt("t"), SHAKY)
    w.do(w.scheduler.hold("t", w.now))
    assert w.info("t").attempt == 2
    w.do(w.scheduler.retry("t", w.now))
    assert w.attempt("t").attempt.number == 1


def test_holding_a_task_that_waits_for_time_stops_its_clock() -> None:
    w = World()
    w.submit("t", at=1000.0 + 30.0)
    w.do(w.scheduler.hold("t", w.now))
    assert w.scheduler.next_deadline() is None
    w.after(10.0)
    w.do(w.scheduler.release("t", w.now))
    assert w.info("t").why is Why.AT
    w.after(19.0)
    assert w.running == []
    w.after(1.0)
    assert w.running == ["t"]


def test_a_held_task_waits_again_for_the_others_it_named() -> None:
    w = world()
    w.submit("t", after=("busy",))
    w.submit("u", after=("busy",))
    for name in ("t", "u"):
        w.do(w.scheduler.hold(name, w.now))
    w.do(w.scheduler.release("t", w.now))
    assert w.info("t").why is Why.AFTER
    w.end(w.attempt("busy"), BROKEN)
    assert w.error("t") == "dependency_failed"
    with pytest.raises(Conflict, match="It waits for task busy"):
        w.scheduler.release("u", w.now)
    assert w.state("u") is TaskState.HELD


def test_what_does_not_wait_cannot_be_edited() -> None:
    w = world("t")
    w.end(w.attempt("busy"))
    for call in (
        lambda: w.scheduler.hold("t", w.now),
        lambda: w.scheduler.hold("busy", w.now),
        lambda: w.scheduler.release("t", w.now),
        lambda: w.scheduler.set_priority("t", 1, w.now),
        lambda: move(w, "busy", Spot.FIRST),
    ):
        with pytest.raises(Conflict, match=r"is (running|succeeded)"):
            call()
    with pytest.raises(NotFound):
        w.scheduler.hold("nobody", w.now)


def test_a_new_priority_counts_at_once_and_equals_stand_by_age() -> None:
    w = world("a", "b", "c")
    w.do(w.scheduler.set_priority("c", 5, w.now))
    w.do(w.scheduler.set_priority("b", 5, w.now))
    assert w.info("c").priority == 5
    assert not records(w.do(w.scheduler.set_priority("c", 5, w.now)))
    assert order(w) == "bca"


@pytest.mark.parametrize(
    ("task", "spot", "other", "expected"),
    [
        ("c", Spot.FIRST, None, "cabd"),
        ("b", Spot.LAST, None, "acdb"),
        ("d", Spot.BEFORE, "b", "adbc"),
        ("d", Spot.BEFORE, "a", "dabc"),
        ("a", Spot.AFTER, "c", "bcad"),
        ("a", Spot.AFTER, "d", "bcda"),
        ("b", Spot.BEFORE, "c", "abcd"),
    ],
)
def test_a_task_is_moved(task: str, spot: Spot, other: str | None, expected: str) -> None:
    w = world(*"abcd")
    move(w, task, spot, other)
    assert order(w) == expected


def test_later_tasks_stand_behind_one_that_was_moved_last() -> None:
    w = world("a", "b")
    move(w, "a", Spot.LAST)
    w.submit("c")
    assert order(w) == "bac"


def test_a_lonely_task_stays_where_it_is() -> None:
    w = world("a")
    place = w.info("a").place
    move(w, "a", Spot.FIRST)
    assert w.info("a").place == place


@pytest.mark.parametrize("spot", [Spot.BEFORE, Spot.AFTER])
def test_there_is_always_room_between_two(spot: Spot) -> None:
    w = world("a", "z")
    names = [f"t{number}" for number in range(300)]
    for name in names:
        w.submit(name)
        move(w, name, spot, "z" if spot is Spot.BEFORE else "a")
    waiting = ["a", *(names if spot is Spot.BEFORE else reversed(names)), "z"]
    places = [w.info(name).place for name in waiting]
    assert places == sorted(set(places), key=lambda place: place or 0.0)


def test_a_move_needs_a_spot_that_makes_sense() -> None:
    w = world("a", "b")
    w.submit("urgent", priority=5)
    w.submit("away", queue="other")
    for spot, other in ((Spot.FIRST, "b"), (Spot.BEFORE, None), (Spot.UNKNOWN, None)):
        with pytest.raises(BadRequest, match="first"):
            move(w, "a", spot, other)
    with pytest.raises(BadRequest, match="beside itself"):
        move(w, "a", Spot.AFTER, "a")
    with pytest.raises(Conflict, match="priority 5"):
        move(w, "a", Spot.AFTER, "urgent")
    with pytest.raises(Conflict, match="queue other"):
        move(w, "a", Spot.AFTER, "away")
    with pytest.raises(Conflict, match="is running"):
        move(w, "a", Spot.AFTER, "busy")


def test_order_priority_and_hold_outlive_the_daemon() -> None:
    w = world(*"abcd")
    move(w, "d", Spot.FIRST)
    move(w, "c", Spot.AFTER, "d")
    w.do(w.scheduler.set_priority("b", -1, w.now))
    w.do(w.scheduler.hold("a", w.now))
    again = World(workers=1, workers_max=1, start=False)
    for name in ("busy", *"abcd"):
        saved = Saved(w.info(name), TaskSpec("work"), EMPTY)
        again.do(again.scheduler.restore(saved, again.now))
    again.do(again.scheduler.start(again.now))
    assert again.state("a") is TaskState.HELD
    assert again.running == ["busy"]  # it was lost with its daemon, and stood before them all
    again.submit("+")
    assert order(again) == "dc+b"
