"""Families: chunks, recording, nesting, and how children die with their driver."""

from revo_edge.contract.kinds import OnLost
from revo_edge.contract.tasks import Progress, TaskState
from revo_edge.contract.workers import Outcomes
from revo_edge.core.actions import DropChildren, PublishProgress, RecordChildren
from tests.unit.core.world import (
    BROKEN,
    SHAKY,
    World,
    asked_to_stop,
    killed,
    recorded,
    wanted,
)


def driver_world(workers: int = 2, **spec: object) -> World:
    w = World(workers=workers)
    w.submit("d", "drive", **spec)
    return w


def test_outcomes_are_recorded_one_by_one_and_go_to_the_driver() -> None:
    w = driver_world()
    driver = w.attempt("d")
    w.children(driver, "item", wanted(3))
    chunk = w.attempt("d", child=True)
    (record, progress) = w.outcome(chunk, [0, 1])
    assert isinstance(record, RecordChildren)
    assert (record.owner, record.task_id) == ("d", "d")
    assert (record.worker_id, record.attempt_id) == (driver.worker_id, driver.attempt.id)
    assert progress == PublishProgress("d", Progress(), 2)
    w.outcome(chunk, [2], BROKEN, done=True)
    assert w.info("d").items == 3
    assert [r.index for r in recorded(w.actions, "d")] == [0, 1, 2]


def test_a_failed_child_runs_again_alone_and_is_recorded_once() -> None:
    w = driver_world()
    w.children(w.attempt("d"), "item", wanted(3), retries=1, backoff_s=1.0)
    chunk = w.attempt("d", child=True)
    w.outcome(chunk, [0], SHAKY)
    w.outcome(chunk, [1, 2], done=True)
    assert [r.index for r in recorded(w.actions, "d")] == [1, 2]
    w.after(1.5)
    again = w.attempt("d", 0, child=True)
    assert (len(again.attempt.items), again.attempt.number) == (1, 2)
    w.end(again, SHAKY)
    last = recorded(w.actions, "d")[-1]
    assert (last.index, last.attempt, last.error) == (0, 2, SHAKY)


def test_when_a_chunk_breaks_only_the_running_item_counts_an_attempt() -> None:
    w = driver_world(workers=1)
    w.children(w.attempt("d"), "item", wanted(4))
    chunk = w.attempt("d", child=True)
    w.outcome(chunk, [0])
    w.lose(chunk)
    rest = w.attempt("d", 2, child=True)
    assert ([i for i, _ in rest.attempt.items], rest.attempt.number) == ([2, 3], 1)
    w.end(rest)
    assert w.attempt("d", 1, child=True).attempt.number == 2


def test_an_item_that_is_lost_three_times_fails() -> None:
    w = driver_world(workers=1)
    w.children(w.attempt("d"), "item", wanted(1))
    for _ in range(3):
        w.lose(w.attempt("d", child=True))
    (result,) = recorded(w.actions, "d")
    assert result.error is not None
    assert (result.error.code, result.attempt) == ("worker_lost", 3)


def test_a_lost_item_of_a_fail_task_fails_at_once() -> None:
    w = driver_world(on_lost=OnLost.FAIL)
    w.children(w.attempt("d"), "item", wanted(1))
    w.lose(w.attempt("d", child=True))
    (result,) = recorded(w.actions, "d")
    assert result.error is not None
    assert w.state("d") is TaskState.RUNNING


def test_a_lost_item_of_a_hold_task_holds_the_task_and_is_named() -> None:
    w = driver_world(on_lost=OnLost.HOLD)
    w.children(w.attempt("d"), "item", wanted(2, first=5))
    w.lose(w.attempt("d", 5, child=True))
    assert w.state("d") is TaskState.HELD
    assert "item 5" in w.notes("d")[-1]
    assert len(asked_to_stop(w.actions)) == 2  # the driver and item 6
    w.after(5.0)
    assert len(killed(w.actions)) == 2
    w.do(w.scheduler.retry("d", w.now))
    assert w.state("d") is TaskState.RUNNING


def test_an_item_over_its_time_limit_costs_its_worker_but_not_the_others() -> None:
    w = driver_world(workers=1)
    w.children(w.attempt("d"), "item", wanted(3), timeout_s=1.0)
    chunk = w.attempt("d", child=True)
    w.after(0.9)
    w.outcome(chunk, [0])
    w.after(0.9)
    assert not killed(w.actions)
    assert killed(w.after(0.2)) == [chunk.worker_id]
    assert [(r.index, r.error and r.error.code) for r in recorded(w.actions, "d")] == [
        (0, None),
        (1, "timeout"),
    ]
    assert [i for i, _ in w.attempt("d", 2, child=True).attempt.items] == [2]


def test_an_unknown_kind_fails_its_items_with_a_hint() -> None:
    w = driver_world()
    w.children(w.attempt("d"), "itme", wanted(2))
    results = recorded(w.actions, "d")
    assert [r.error.msg for r in results if r.error] == [
        'There is no kind "itme". Did you mean "item"?'
    ] * 2


def test_drivers_nest_three_deep_and_no_deeper() -> None:
    w = driver_world()
    owner = "d"
    driver = w.attempt("d")
    for depth in (1, 2, 3):
        w.children(driver, "sub", wanted(1))
        driver = w.attempt(owner, child=True)
        assert (driver.attempt.depth, driver.worker_id[0]) == (depth, "d")
        owner += "/0"
    w.children(driver, "sub", wanted(1))
    (result,) = recorded(w.actions, "d/0/0/0")
    assert result.error is not None
    assert "deeper" in result.error.msg
    w.children(driver, "item", wanted(1, first=1))
    assert w.attempt("d/0/0/0", 1, child=True).attempt.depth == 4


def test_sixteen_drivers_with_driver_children_finish_in_a_queue_of_one() -> None:
    w = World(workers=4, concurrency={"narrow": 1})
    for number in range(16):
        w.submit(f"d{number}", "drive", queue="narrow")
    for number in range(16):
        driver = w.attempt(f"d{number}")
        w.children(driver, "sub", wanted(12))
        for index in range(12):
            sub = w.attempt(f"d{number}", index, child=True)
            w.children(sub, "item", wanted(1))
            w.end(w.attempt(f"d{number}/{index}", child=True))
            w.end(sub)
        w.end(driver)
    assert w.scheduler.count(TaskState.SUCCEEDED) == 16


def test_a_recorded_driver_child_needs_its_own_children_no_more() -> None:
    w = driver_world()
    w.children(w.attempt("d"), "sub", wanted(1))
    sub = w.attempt("d", child=True)
    w.children(sub, "item", wanted(1))
    w.end(w.attempt("d/0", child=True))
    assert DropChildren("d/0") in w.end(sub)
    assert list(w.scheduler.task("d").families) == ["d"]


def test_a_lost_driver_goes_on_from_what_is_recorded() -> None:
    w = driver_world(workers=1)
    driver = w.attempt("d")
    w.children(driver, "item", wanted(4))
    chunk = w.attempt("d", child=True)
    w.outcome(chunk, [0])
    w.outcome(chunk, [1], BROKEN)
    w.lose(driver)
    assert w.info("d").state is TaskState.QUEUED
    assert asked_to_stop(w.actions) == [chunk.attempt.id]
    w.outcome(chunk, [2], done=True)  # too late: the new driver asks for it again
    again = w.attempt("d").attempt
    assert (again.number, again.done, again.done_failed) == (2, ((0, 1),), 1)
    assert [r.index for r in recorded(w.actions, "d")] == [0, 1]
    w.children(w.attempt("d"), "item", wanted(2, first=2))
    w.end(w.attempt("d", 2, child=True))
    assert [r.index for r in recorded(w.actions, "d")] == [0, 1, 2, 3]


def test_a_driver_starts_again_only_when_its_old_children_have_left() -> None:
    w = driver_world(workers=1)
    driver = w.attempt("d")
    w.children(driver, "item", wanted(1))
    w.lose(driver)
    w.after(1.9)
    assert w.state("d") is TaskState.QUEUED
    assert killed(w.after(0.2)) == [w.attempt("d", child=True).worker_id]
    assert w.state("d") is TaskState.RUNNING


def test_a_driver_that_ends_early_ends_its_children() -> None:
    w = driver_world(workers=1)
    w.children(w.attempt("d"), "item", wanted(2))
    w.children(w.attempt("d"), "item", wanted(2, first=2))
    actions = w.end(w.attempt("d"))
    assert w.state("d") is TaskState.SUCCEEDED
    assert len(asked_to_stop(actions)) == 1
    assert len(killed(w.after(3.0))) == 1
    assert w.running.count("d") == 2  # the queued chunk never ran


def test_children_of_an_attempt_that_is_over_are_ignored() -> None:
    w = driver_world()
    driver = w.attempt("d")
    w.end(driver)
    w.children(driver, "item", wanted(1))
    assert w.running == ["d"]


def test_an_item_is_recorded_once_even_if_it_was_asked_for_twice() -> None:
    w = driver_world()
    w.children(w.attempt("d"), "item", wanted(1))
    first = w.attempt("d", child=True)
    w.children(w.attempt("d"), "item", wanted(1))
    second = w.attempt("d", child=True)
    w.end(first)
    w.end(second)
    assert len(recorded(w.actions, "d")) == 1
    w.children(w.attempt("d"), "item", wanted(1))
    assert len(w.on_worker) == 3


def test_a_worker_that_gives_up_without_a_word_counts_as_lost() -> None:
    w = driver_world(workers=1)
    w.children(w.attempt("d"), "item", wanted(2))
    chunk = w.attempt("d", child=True)
    message = Outcomes(chunk.attempt.id, (), done=True)
    w.do(w.scheduler.outcomes(chunk.worker_id, message, w.now))
    assert len(w.attempt("d", 1, child=True).attempt.items) == 1


def test_a_child_of_an_older_task_goes_before_younger_tasks() -> None:
    w = driver_world(workers=1)
    w.submit("other")
    w.submit("young")
    w.children(w.attempt("d"), "item", wanted(1))
    w.end(w.attempt("other"))
    assert w.running == ["d", "other", "d"]
