"""Tasks: moves, dependencies, history, counters."""

import pytest

from revo_edge.contract.tasks import TaskSpec, TaskState, Why
from revo_edge.core.actions import Evict, Remove
from revo_edge.errors import Conflict, InvalidTransition, NotFound
from tests.unit.core.world import BROKEN, EMPTY, World, records


def test_an_illegal_move_raises_with_the_story() -> None:
    w = World()
    w.submit("t")
    w.end(w.attempt("t"))
    with pytest.raises(InvalidTransition, match="attempt 1 on w2"):
        w.scheduler._book.move(w.scheduler.task("t"), TaskState.RUNNING, "")


def test_the_record_tells_what_happened_and_when() -> None:
    w = World()
    w.submit("t", title="Title", priority=3)
    w.now = 2.0
    (record,) = records(w.end(w.attempt("t")))
    info = record.info
    assert (info.title, info.priority, info.state) == ("Title", 3, TaskState.SUCCEEDED)
    assert (info.created_at, info.started_at, info.ended_at) == (1000.0, 1000.0, 1002.0)
    assert (info.attempt, info.worker, info.result_bytes) == (1, None, 1)
    assert record.result is not None
    assert [line.state.value for line in record.story] == ["queued", "running", "succeeded"]


def test_a_task_waits_for_the_tasks_it_names() -> None:
    w = World()
    w.submit("a")
    w.submit("b", after=("a",))
    assert w.info("b").why is Why.AFTER
    assert w.running == ["a"]
    w.end(w.attempt("a"))
    assert w.running == ["a", "b"]


def test_a_chain_of_dependents_fails_with_its_first_task() -> None:
    w = World()
    w.submit("t0")
    for number in range(1, 2000):
        after = (f"t{number - 1}",)
        w.scheduler.submit(f"t{number}", TaskSpec("work", after=after), EMPTY, w.now)
    w.end(w.attempt("t0"), BROKEN)
    assert w.state("t1999") is TaskState.FAILED
    assert w.error("t1999") == "dependency_failed"


def test_a_task_may_wait_for_one_that_ended_long_ago() -> None:
    w = World()
    spec = TaskSpec("work", after=("old",))
    with pytest.raises(NotFound, match="old"):
        w.scheduler.submit("t", spec, EMPTY, w.now)
    known = {"old": TaskState.SUCCEEDED}
    w.do(w.scheduler.submit("t", spec, EMPTY, w.now, known_final=known))
    assert w.state("t") is TaskState.RUNNING
    known = {"old": TaskState.FAILED}
    w.do(w.scheduler.submit("u", spec, EMPTY, w.now, known_final=known))
    assert w.error("u") == "dependency_failed"


def test_only_the_newest_ended_tasks_stay_in_memory() -> None:
    w = World(history=2)
    for name in ("a", "b", "c"):
        w.submit(name)
        actions = w.end(w.attempt(name))
    assert Evict("a") in actions
    with pytest.raises(NotFound):
        w.info("a")


def test_only_tasks_at_rest_can_be_removed() -> None:
    w = World(workers=1)
    w.submit("a")
    w.submit("b")
    for name in ("a", "b"):
        with pytest.raises(Conflict, match="Cancel it first"):
            w.scheduler.remove(name, w.now)
    w.end(w.attempt("a"))
    assert w.do(w.scheduler.remove("a", w.now)) == [Remove("a")]
    with pytest.raises(NotFound):
        w.scheduler.remove("a", w.now)


def test_large_params_of_ended_tasks_are_not_kept() -> None:
    w = World()
    spec = TaskSpec("work", params={"x": "y" * 2000})
    w.do(w.scheduler.submit("t", spec, b"x" * 2000, w.now))
    assert not w.scheduler.needs_journal("t")
    w.end(w.attempt("t"), BROKEN)
    assert w.scheduler.needs_journal("t")
    assert w.scheduler.task("t").spec.params == {}


def test_engines_count_their_tasks_and_items() -> None:
    w = World(workers=1)
    w.submit("a")
    w.submit("b")
    w.submit("c")
    counts = w.scheduler.engine("engine")
    assert (counts.running, counts.queued) == (1, 2)
    w.end(w.attempt("a"))
    w.end(w.attempt("b"), BROKEN)
    w.cancel("c")
    w.end(w.attempt("c"), BROKEN)
    assert (counts.succeeded, counts.failed, counts.cancelled) == (1, 1, 1)
    assert (counts.running, counts.queued, counts.items_done) == (0, 0, 3)


def test_the_mean_of_a_kind_follows_its_items() -> None:
    w = World(workers=1)
    assert w.scheduler.mean_s("work") is None
    for duration_s in (1.0, 2.0):
        w.submit(f"t{duration_s}")
        w.end(w.attempt(f"t{duration_s}"), duration_s=duration_s)
    assert w.scheduler.mean_s("work") == pytest.approx(1.2)
