"""Outlooks: who starts when, and when each ends."""

import time

import pytest

from revo_edge.contract.tasks import Outlook, TaskSpec
from revo_edge.core.outlook import chosen, foresee
from tests.unit.core.world import EMPTY, World, wanted


def world(workers: int = 1, *, taught_s: float = 10.0) -> World:
    """Return a world in which five tasks took `taught_s` each; its clock stands at 5 x that."""
    w = World(workers=workers, workers_max=workers)
    for number in range(5):
        w.submit(f"taught{number}")
        w.after(taught_s)
        w.end(w.attempt(f"taught{number}"))
    return w


def look(w: World, *ids: str) -> dict[str, Outlook]:
    picture = w.scheduler.picture(ids, w.now)
    return {outlook.id: outlook for outlook in foresee(picture)}


def starts(w: World, *ids: str) -> dict[str, float | None]:
    """Return id -> seconds until the expected start, of those that wait."""
    now = w.now + w.scheduler.epoch
    return {
        outlook.id: None if outlook.start_p50_at is None else outlook.start_p50_at - now
        for outlook in look(w, *ids).values()
        if outlook.position
    }


def test_tasks_are_foreseen_in_the_order_in_which_they_then_start() -> None:
    w = world()
    w.submit("runs")
    for name, priority in (("b", 0), ("c", 0), ("a", 5), ("d", -1)):
        w.submit(name, priority=priority)
    w.after(4.0)
    assert starts(w) == {"a": 6.0, "b": 16.0, "c": 26.0, "d": 36.0}
    assert [look(w)[name].position for name in "abcd"] == [1, 2, 3, 4]
    ahead = look(w)["d"]
    assert ahead.end_p50_at == ahead.end_p90_at == 1000.0 + w.now + 46.0
    for name in ("runs", *"abcd"):
        w.end(w.attempt(name))
    assert w.running[-4:] == ["a", "b", "c", "d"]


def test_more_workers_start_more_at_once() -> None:
    w = world(2)
    for name in ("r1", "r2", "a", "b", "c"):
        w.submit(name)
    assert starts(w) == {"a": 10.0, "b": 10.0, "c": 20.0}


def test_a_bounded_queue_lets_others_pass_and_a_paused_one_stands() -> None:
    w = world(2)
    w.do(w.scheduler.resume("narrow", 1, w.now))
    w.do(w.scheduler.pause("shut", w.now))
    w.submit("r1", queue="narrow")
    w.submit("n1", queue="narrow")
    w.submit("shut1", queue="shut")
    w.submit("r2")
    w.submit("wide")
    assert starts(w, "shut1") == {"n1": 10.0, "wide": 10.0}
    assert look(w, "shut1")["shut1"] == Outlook("shut1")
    assert "shut1" not in look(w)


def test_what_is_not_known_stays_unknown() -> None:
    w = World(workers=1, workers_max=1)
    w.submit("runs")
    w.submit("waits")
    w.submit("later", after=("waits",))
    found = look(w, "runs", "waits", "later", "nobody")
    assert found == {
        "runs": Outlook("runs"),
        "waits": Outlook("waits", 1),
        "later": Outlook("later"),
    }


def test_one_that_outlasts_its_kind_makes_what_follows_unknown() -> None:
    w = world()
    w.submit("runs")
    w.submit("waits")
    w.after(11.0)
    assert look(w) == {"runs": Outlook("runs"), "waits": Outlook("waits", 1)}


def test_a_slot_with_a_child_stays_taken_until_its_task_ends() -> None:
    w = world()
    for number in range(5):
        w.submit(f"drive{number}", "drive")
        w.after(30.0)
        w.end(w.attempt(f"drive{number}"))
    w.submit("d", "drive")
    w.children(w.attempt("d"), "item", wanted(1))
    w.submit("waits")
    assert starts(w) == {"waits": 30.0}


def test_doubt_grows_along_the_line_but_slower_than_the_time() -> None:
    w = World(workers=1, workers_max=1)
    for number in range(20):
        w.submit(f"taught{number}")
        w.after(8.0 + number % 5)
        w.end(w.attempt(f"taught{number}"))
    for number in range(101):
        w.submit(f"t{number}")
    found = look(w)
    near, far = found["t1"], found["t100"]
    assert near.start_p90_at is not None
    assert near.start_p50_at is not None
    assert far.start_p90_at is not None
    assert far.start_p50_at is not None
    doubt = far.start_p90_at - far.start_p50_at
    assert near.start_p90_at - near.start_p50_at < doubt < 0.1 * (far.start_p50_at - w.now - 1000)


def test_chosen_are_those_asked_for_or_the_first() -> None:
    w = world()
    for name in ("runs", "a", "b", "c"):
        w.submit(name)
    picture = w.scheduler.picture((), w.now)
    assert [outlook.id for outlook in chosen(picture, (), 3)] == ["runs", "a", "b"]
    assert [outlook.id for outlook in chosen(picture, ("c",), 3)] == ["c"]


def test_the_loops_share_stays_short_with_10_000_waiting() -> None:
    w = world(4)
    w.checked = False
    batch = [(f"t{number}", TaskSpec("work"), EMPTY) for number in range(10_000)]
    w.do(w.scheduler.submit_batch(batch, w.now))
    best_s = min(_timed(w) for _ in range(5))
    assert best_s < 0.005
    assert len(look(w)) == 10_000


def _timed(w: World) -> float:
    began = time.perf_counter()
    w.scheduler.picture((), w.now)
    return time.perf_counter() - began


@pytest.mark.parametrize("draining", [False, True])
def test_nothing_starts_while_the_daemon_drains(draining: bool) -> None:  # noqa: FBT001 - a case
    w = world()
    w.submit("runs")
    w.submit("waits")
    if draining:
        w.do(w.scheduler.drain(w.now))
    assert bool(starts(w)) is not draining
