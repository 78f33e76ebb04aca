"""Ends of tasks: success, failure and retry, loss, timeout, cancel."""

import pytest

from revo_edge.contract.kinds import OnLost
from revo_edge.contract.tasks import ErrorInfo, TaskState, Why
from tests.unit.core.world import (
    BROKEN,
    SHAKY,
    World,
    asked_to_stop,
    dispatches,
    killed,
    recorded,
    records,
    started,
    wanted,
)


def test_a_retryable_error_is_tried_again_after_a_growing_delay() -> None:
    w = World()
    w.submit("t", retries=2, backoff_s=1.0)
    for least_s, most_s in ((0.5, 1.5), (1.0, 3.0)):
        w.end(w.attempt("t"), SHAKY)
        assert w.info("t").why is Why.AT
        assert not dispatches(w.after(least_s - 0.01))
        assert dispatches(w.after(most_s - least_s + 0.02))
    w.end(w.attempt("t"), SHAKY)
    assert w.state("t") is TaskState.FAILED
    assert w.info("t").attempt == 3


def test_an_error_that_is_not_retryable_fails_at_once() -> None:
    w = World()
    w.submit("t", retries=5)
    (record,) = records(w.end(w.attempt("t"), BROKEN))
    assert record.info.state is TaskState.FAILED
    assert record.result is not None
    assert record.result.error == BROKEN


def test_a_lost_task_runs_again_and_does_not_spend_its_retries() -> None:
    w = World()
    w.submit("t", retries=1, backoff_s=0.1)
    w.lose(w.attempt("t"))
    w.end(w.attempt("t"), SHAKY)
    w.after(1.0)
    w.end(w.attempt("t"), SHAKY)
    info = w.info("t")
    assert (info.state, info.attempt, info.lost) == (TaskState.FAILED, 3, 1)


def test_a_task_lost_six_times_in_a_row_fails() -> None:
    w = World()
    w.submit("t")
    for _ in range(6):
        w.lose(w.attempt("t"))
    assert w.state("t") is TaskState.FAILED
    assert w.error("t") == "worker_lost"


def test_a_driver_that_gets_on_between_losses_is_never_given_up() -> None:
    w = World()
    w.submit("d", "drive")
    for index in range(12):
        w.children(w.attempt("d"), "item", wanted(1, first=index))
        w.end(w.attempt("d", index, child=True))
        w.lose(w.attempt("d"))
    assert w.state("d") is TaskState.RUNNING
    assert w.info("d").lost == 12


@pytest.mark.parametrize(
    ("on_lost", "state"), [(OnLost.HOLD, TaskState.HELD), (OnLost.FAIL, TaskState.FAILED)]
)
def test_a_careful_task_is_not_run_again_by_itself(on_lost: OnLost, state: TaskState) -> None:
    w = World()
    w.submit("t", on_lost=on_lost)
    w.lose(w.attempt("t"))
    assert (w.state("t"), w.error("t")) == (state, "worker_lost")
    w.do(w.scheduler.retry("t", w.now))
    assert w.state("t") is TaskState.RUNNING


def test_a_worker_that_was_ended_for_a_reason_fails_its_task_with_it() -> None:
    w = World()
    w.submit("t")
    w.lose(w.attempt("t"), ErrorInfo("memory_limit", "Too much."))
    assert (w.state("t"), w.error("t"), w.info("t").lost) == (TaskState.FAILED, "memory_limit", 0)


def test_a_task_over_its_time_limit_fails_and_costs_its_worker() -> None:
    w = World(workers=1)
    w.submit("t", timeout_s=5.0)
    assert not w.after(4.9)
    actions = w.after(0.2)
    assert (killed(actions), started(actions)) == (["w1"], ["w2"])
    assert (w.state("t"), w.error("t")) == (TaskState.FAILED, "timeout")


def test_a_waiting_task_is_cancelled_at_once() -> None:
    w = World(workers=1)
    w.submit("a")
    w.submit("b")
    (record,) = records(w.cancel("b"))
    assert record.info.state is TaskState.CANCELLED
    w.end(w.attempt("a"))
    assert w.running == ["a"]


def test_a_cancelled_task_may_stop_by_itself() -> None:
    w = World()
    w.submit("t")
    actions = w.cancel("t")
    assert asked_to_stop(actions) == [w.attempt("t").attempt.id]
    assert w.info("t").cancelling
    w.end(w.attempt("t"), ErrorInfo("cancelled", ""))
    assert w.state("t") is TaskState.CANCELLED
    assert w.notes("t")[-1] == "cancelled by itself"
    assert not w.info("t").cancelling
    assert not killed(w.after(10.0))


def test_a_cancelled_task_that_goes_on_is_killed_after_its_grace() -> None:
    w = World(workers=1)
    w.submit("t")
    w.cancel("t", 2.0)
    assert not w.after(1.9)
    actions = w.after(0.2)
    assert (killed(actions), started(actions)) == (["w1"], ["w2"])
    assert w.notes("t")[-1] == "killed after 2.0 s"


def test_no_grace_kills_at_once() -> None:
    w = World(workers=1)
    w.submit("t")
    w.cancel("t", 0.0)
    assert killed(w.after(0.0)) == ["w1"]
    assert w.state("t") is TaskState.CANCELLED


def test_a_second_cancel_can_only_shorten_the_grace() -> None:
    w = World()
    w.submit("t")
    w.cancel("t", 10.0)
    assert not w.cancel("t", 60.0)
    w.cancel("t", 1.0)
    w.after(1.0)
    assert w.state("t") is TaskState.CANCELLED
    assert w.cancel("t", 1.0) == []


def test_work_that_ended_before_the_cancel_arrived_counts() -> None:
    w = World()
    w.submit("t")
    w.cancel("t")
    w.end(w.attempt("t"))
    assert w.state("t") is TaskState.SUCCEEDED
    assert w.notes("t")[-1] == "it had ended before the cancel reached it"


def test_a_cancelled_task_whose_worker_dies_is_cancelled() -> None:
    w = World()
    w.submit("t")
    w.cancel("t")
    w.lose(w.attempt("t"))
    assert w.state("t") is TaskState.CANCELLED


def test_cancelling_a_parent_frees_the_slots_of_its_children() -> None:
    w = World(workers=4)
    w.submit("d", "drive")
    for first in range(0, 60, 10):
        w.children(w.attempt("d"), "item", wanted(10, first=first))
    w.submit("next")
    assert "next" not in w.running
    assert len(asked_to_stop(w.cancel("d", 0.5))) == 5
    actions = w.after(0.5)
    assert len(killed(actions)) == 5
    assert w.state("d") is TaskState.CANCELLED
    assert w.running[-1] == "next"
    assert not recorded(w.actions, "d")


def test_cancelling_a_parent_reaches_the_children_of_its_children() -> None:
    w = World()
    w.submit("d", "drive")
    w.children(w.attempt("d"), "sub", wanted(1))
    w.children(w.attempt("d", child=True), "item", wanted(1))
    assert len(asked_to_stop(w.cancel("d", 1.0))) == 3
    w.after(1.0)
    assert not w.scheduler._attempts.running
    assert not w.scheduler.task("d").families["d"].chunks


def test_a_delayed_task_starts_by_wall_time_even_if_the_clock_jumps() -> None:
    w = World()
    w.submit("t", at=1000.0 + 3600.0)
    assert w.info("t").why is Why.AT
    w.after(600.0)
    w.scheduler.epoch += 3000.0
    assert dispatches(w.after(60.0))


def test_a_delayed_task_does_not_start_early_if_the_clock_goes_back() -> None:
    w = World()
    w.submit("t", at=1000.0 + 30.0)
    w.scheduler.epoch -= 100.0
    assert not dispatches(w.after(60.0))
    assert dispatches(w.after(71.0))


def test_a_cancelled_delayed_task_never_starts() -> None:
    w = World()
    w.submit("t", at=1000.0 + 30.0)
    w.cancel("t")
    assert not w.after(100.0)
    w.do(w.scheduler.retry("t", w.now))
    assert w.state("t") is TaskState.RUNNING
