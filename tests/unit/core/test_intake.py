"""How tasks come in: admission, restoring after a stop or a crash, retry."""

import pytest

from revo_edge.contract.kinds import OnLost
from revo_edge.contract.tasks import TaskInfo, TaskSpec, TaskState, Why
from revo_edge.core.records import Recorded, Saved
from revo_edge.errors import BadRequest, Conflict, InternalError, NotFound, QueueFull
from tests.unit.core.world import BROKEN, EMPTY, World, dispatches, recorded, records, wanted


def saved(task_id: str, state: TaskState, kind: str = "work", **more: object) -> Saved:
    spec = TaskSpec(kind, **more.pop("spec", {}))  # type: ignore[arg-type] # keywords of the test
    children = more.pop("children", {})
    info = TaskInfo(task_id, kind, state, created_at=900.0, **more)  # type: ignore[arg-type] # same
    return Saved(info, spec, EMPTY, (), children)  # type: ignore[arg-type] # same


def restored(*tasks: Saved) -> World:
    w = World(start=False)
    for task in tasks:
        w.do(w.scheduler.restore(task, w.now))
    w.do(w.scheduler.start(w.now))
    return w


@pytest.mark.parametrize(
    ("kind", "words"),
    [("wrok", 'Did you mean "work"'), ("item", "only made by other tasks")],
)
def test_only_known_kinds_that_are_not_children_are_accepted(kind: str, words: str) -> None:
    w = World()
    with pytest.raises(BadRequest, match=words):
        w.submit("t", kind)


def test_an_id_is_taken_once() -> None:
    w = World()
    w.submit("t")
    with pytest.raises(Conflict):
        w.submit("t")


def test_a_full_queue_refuses_before_anything_changed() -> None:
    w = World(workers=1, queue_limit=2)
    for name in ("runs", "a", "b"):
        w.submit(name)
    with pytest.raises(QueueFull, match="2 tasks wait and 2 may") as refused:
        w.submit("c")
    assert refused.value.after_ms
    with pytest.raises(NotFound):
        w.info("c")
    w.end(w.attempt("runs"))
    w.submit("c")


def test_the_params_of_waiting_tasks_are_bounded() -> None:
    w = World(workers=1, queue_bytes_limit=1000)
    w.submit("runs")
    w.do(w.scheduler.submit("a", TaskSpec("work"), b"x" * 600, w.now))
    with pytest.raises(QueueFull, match="bytes_limit_mb"):
        w.scheduler.submit("b", TaskSpec("work"), b"x" * 600, w.now)


def test_a_batch_is_accepted_whole_or_not_at_all() -> None:
    w = World(workers=1, queue_limit=3)
    spec = TaskSpec("work")
    batch = [(f"k-{n}", spec, EMPTY) for n in range(3)]
    with pytest.raises(NotFound):
        w.scheduler.submit_batch([*batch[:2], ("x", TaskSpec("work", after=("?",)), EMPTY)], w.now)
    with pytest.raises(QueueFull):
        w.scheduler.submit_batch([*batch, ("k-3", spec, EMPTY)], w.now)
    assert list(w.scheduler.infos()) == []
    w.do(w.scheduler.submit_batch(batch, w.now))
    assert w.running == ["k-0"]


def test_tasks_of_a_batch_may_wait_for_earlier_ones() -> None:
    w = World()
    batch = [("a", TaskSpec("work"), EMPTY), ("b", TaskSpec("work", after=("a",)), EMPTY)]
    w.do(w.scheduler.submit_batch(batch, w.now))
    assert w.info("b").why is Why.AFTER
    with pytest.raises(NotFound):
        w.scheduler.submit_batch([("c", TaskSpec("work", after=("c",)), EMPTY)], w.now)


def test_queued_tasks_are_there_again_after_a_restart_in_their_order() -> None:
    w = restored(
        saved("a", TaskState.QUEUED),
        saved("b", TaskState.QUEUED, spec={"after": ("a",)}),
        saved("c", TaskState.HELD),
        saved("d", TaskState.QUEUED, spec={"at": 1100.0}),
    )
    assert w.running == ["a"]
    assert [w.info(n).why for n in ("b", "d")] == [Why.AFTER, Why.AT]
    assert w.state("c") is TaskState.HELD
    assert w.info("a").created_at == 900.0


@pytest.mark.parametrize(
    ("on_lost", "state"),
    [
        (OnLost.RETRY, TaskState.RUNNING),
        (OnLost.HOLD, TaskState.HELD),
        (OnLost.FAIL, TaskState.FAILED),
    ],
)
def test_a_task_that_ran_when_the_daemon_died_follows_on_lost(
    on_lost: OnLost, state: TaskState
) -> None:
    w = restored(saved("t", TaskState.RUNNING, attempt=1, spec={"on_lost": on_lost}))
    assert (w.state("t"), w.info("t").lost) == (state, 1)
    if on_lost is OnLost.RETRY:
        assert w.attempt("t").attempt.number == 2


def test_a_task_that_was_being_cancelled_when_the_daemon_died_is_cancelled() -> None:
    w = restored(saved("t", TaskState.RUNNING, attempt=1, cancelling=True))
    assert w.state("t") is TaskState.CANCELLED


def test_a_restored_driver_goes_on_from_its_recorded_children() -> None:
    children = {"t": Recorded(((0, 4), (7, 7)), 2), "t/5": Recorded(((0, 1),), 0)}
    w = restored(saved("t", TaskState.RUNNING, "drive", attempt=1, children=children))
    attempt = w.attempt("t").attempt
    assert (attempt.done, attempt.done_failed) == (((0, 4), (7, 7)), 2)
    assert w.info("t").items == 6
    w.children(w.attempt("t"), "sub", wanted(1, first=5))
    assert w.attempt("t", 5, child=True).attempt.done == ((0, 1),)


def test_children_of_a_fail_task_that_had_begun_are_failures_after_a_crash() -> None:
    children = {"t": Recorded(((0, 0),), 0, started=(1, 2))}
    task = saved("t", TaskState.RUNNING, "drive", spec={"on_lost": OnLost.FAIL}, children=children)
    w = restored(task)
    assert w.state("t") is TaskState.FAILED
    results = recorded(w.actions, "t")
    assert [(r.index, r.error and r.error.code) for r in results] == [
        (1, "worker_lost"),
        (2, "worker_lost"),
    ]


def test_children_of_a_hold_task_that_had_begun_are_named_after_a_crash() -> None:
    children = {"t": Recorded(started=(3,))}
    task = saved("t", TaskState.RUNNING, "drive", spec={"on_lost": OnLost.HOLD}, children=children)
    w = restored(task)
    assert w.state("t") is TaskState.HELD
    assert any("t/3" in note for note in w.notes("t"))
    assert not recorded(w.actions, "t")


def test_a_graceful_stop_is_no_loss() -> None:
    w = World()
    w.submit("t")
    w.submit("c")
    w.cancel("c", 60.0)
    dispatch = w.attempt("t")
    stopping = records(w.do(w.scheduler.suspend(w.now)))
    assert [(r.info.id, r.info.state) for r in stopping] == [
        ("t", TaskState.QUEUED),
        ("c", TaskState.CANCELLED),
    ]
    assert w.notes("t")[-1] == "the daemon stopped"
    assert w.end(dispatch) == []
    assert w.lose(dispatch)[0]  # published, nothing else
    assert not w.after(100.0)
    info = w.info("t")
    again = restored(Saved(info, TaskSpec("work"), EMPTY))
    assert (again.info("t").lost, again.info("t").attempt) == (0, 1)


def test_draining_starts_no_tasks_but_goes_on_with_children() -> None:
    w = World(workers=1)
    w.submit("d", "drive")
    w.do(w.scheduler.drain(w.now))
    w.submit("t")
    w.children(w.attempt("d"), "item", wanted(1))
    assert w.running == ["d", "d"]
    w.end(w.attempt("d", child=True))
    w.end(w.attempt("d"))
    assert w.state("t") is TaskState.QUEUED
    assert w.scheduler.count(TaskState.RUNNING) == 0


def test_a_task_of_an_engine_that_is_gone_is_held() -> None:
    w = restored(saved("t", TaskState.QUEUED, "gone"))
    assert w.state("t") is TaskState.HELD
    with pytest.raises(Conflict, match="Install"):
        w.scheduler.retry("t", w.now)


def test_retry_is_for_tasks_that_did_not_succeed() -> None:
    w = World()
    w.submit("t")
    with pytest.raises(Conflict, match="running"):
        w.scheduler.retry("t", w.now)
    w.end(w.attempt("t"))
    with pytest.raises(Conflict, match="succeeded"):
        w.scheduler.retry("t", w.now)
    with pytest.raises(NotFound):
        w.scheduler.retry("unknown", w.now)


def test_retry_gives_fresh_attempts() -> None:
    w = World()
    w.submit("t")
    w.end(w.attempt("t"), BROKEN)
    (record, *_) = records(w.do(w.scheduler.retry("t", w.now)))
    assert (record.info.error, record.info.attempt, record.info.ended_at) == (None, 0, None)
    assert w.attempt("t").attempt.number == 1
    w.end(w.attempt("t"))
    assert w.state("t") is TaskState.SUCCEEDED


def test_a_retried_driver_keeps_its_recorded_children() -> None:
    w = World()
    w.submit("d", "drive")
    w.children(w.attempt("d"), "item", wanted(2))
    w.end(w.attempt("d", child=True))
    w.end(w.attempt("d"), BROKEN)
    w.do(w.scheduler.retry("d", w.now))
    assert w.attempt("d").attempt.done == ((0, 1),)


def test_retry_of_a_dependent_asks_for_the_first_task_first() -> None:
    w = World()
    w.submit("a")
    w.submit("b", after=("a",))
    w.end(w.attempt("a"), BROKEN)
    with pytest.raises(Conflict, match="a, which did not succeed"):
        w.scheduler.retry("b", w.now)
    w.do(w.scheduler.retry("a", w.now))
    w.do(w.scheduler.retry("b", w.now))
    w.end(w.attempt("a"))
    assert w.state("b") is TaskState.RUNNING


def test_retry_of_a_task_of_which_only_the_record_is_in_memory_takes_the_rest_from_the_journal() -> (
    None
):
    w = World(start=False)
    children = {"t": Recorded(((0, 9),), 1)}
    task = saved("t", TaskState.FAILED, "drive", children=children, error=BROKEN)
    w.do(w.scheduler.restore_ended(task.info, w.now))
    w.do(w.scheduler.start(w.now))
    assert w.scheduler.needs_journal("t")
    with pytest.raises(InternalError):
        w.scheduler.retry("t", w.now)
    w.do(w.scheduler.retry("t", w.now, task))
    assert w.attempt("t").attempt.done == ((0, 9),)
    evicted = saved("old", TaskState.FAILED)
    assert dispatches(w.do(w.scheduler.retry("old", w.now, evicted)))


def test_a_submission_that_cannot_be_written_leaves_nothing() -> None:
    w = World(workers=1)
    w.submit("measured")
    w.end(w.attempt("measured"), duration_s=0.001)
    for name in ("runs", "ahead", "waits"):
        w.submit(name)
    for name in ("waits", "ahead", "runs"):
        w.do(w.scheduler.undo(name, w.now))
        with pytest.raises(NotFound):
            w.info(name)
    assert list(w.scheduler.workers()) == ["w2"]
