"""Dispatch: what an attempt carries, what stands before it, and when a second one is sent ahead."""

from revo_edge.contract.kinds import OnLost
from revo_edge.contract.tasks import ItemResult, TaskSpec, TaskState
from revo_edge.contract.workers import Outcomes
from revo_edge.core.actions import Dispatch, Record, RecordStart
from tests.unit.core.world import RAW, World, asked_to_stop, dispatches, killed, records, wanted


def fast_world() -> World:
    w = World(workers=1)
    w.submit("measured")
    w.end(w.attempt("measured"), duration_s=0.001)
    return w


def test_an_attempt_carries_what_the_worker_needs() -> None:
    w = World()
    spec = TaskSpec("work", cwd="/src", python="py", env={"A": "b"}, timeout_s=5.0)
    w.do(w.scheduler.submit("t", spec, b"\x81", w.now))
    attempt = w.attempt("t").attempt
    assert (attempt.owner, attempt.kind, attempt.number) == ("t", "work", 1)
    assert (attempt.cwd, attempt.python, attempt.env) == ("/src", "py", {"A": "b"})
    assert (attempt.timeout_s, attempt.child, attempt.depth) == (5.0, False, 0)
    assert [(index, bytes(raw)) for index, raw in attempt.items] == [(0, b"\x81")]


def test_large_params_go_by_their_digest() -> None:
    w = World()
    w.do(w.scheduler.submit("t", TaskSpec("work", params_blob="ab12"), b"", w.now))
    (dispatch,) = dispatches(w.actions)
    assert (dispatch.attempt.items, dispatch.attempt.params_path) == ((), "ab12")
    result = ItemResult(0)
    w.do(w.scheduler.outcomes("w2", Outcomes(dispatch.attempt.id, (result,), done=True), w.now))
    assert w.state("t") is TaskState.SUCCEEDED


def test_running_is_recorded_before_the_dispatch_and_durable_for_hold_and_fail() -> None:
    for on_lost in OnLost:
        if on_lost is OnLost.UNKNOWN:
            continue
        w = World(workers=1)
        actions = w.submit("t", on_lost=on_lost)
        kinds = [type(a) for a in actions if isinstance(a, Record | Dispatch)]
        assert kinds == [Record, Record, Dispatch]
        assert dispatches(actions)[0].durable is (on_lost is not OnLost.RETRY)


def test_children_of_careful_tasks_go_one_by_one_and_leave_a_mark_first() -> None:
    w = World(workers=4)
    w.submit("d", "drive", on_lost=OnLost.FAIL)
    w.actions.clear()
    w.children(w.attempt("d"), "item", wanted(2))
    marks = [a for a in w.actions if isinstance(a, RecordStart | Dispatch)]
    assert marks[0] == RecordStart("d", 0)
    assert [type(a) for a in marks] == [RecordStart, Dispatch] * 2
    assert all(d.durable for d in dispatches(w.actions))


def test_a_second_short_task_is_sent_ahead_only_when_no_worker_is_idle() -> None:
    w = fast_world()
    for name in ("a", "b", "c"):
        w.submit(name)
    assert w.running == ["measured", "a", "b"]
    w.end(w.attempt("a"), duration_s=0.001)
    assert w.running == ["measured", "a", "b", "c"]


def test_nothing_is_sent_ahead_of_long_or_careful_work() -> None:
    w = World(workers=1)
    w.submit("a")
    w.submit("b")
    assert w.running == ["a"]
    w = fast_world()
    w.submit("a")
    w.submit("b", on_lost=OnLost.HOLD)
    assert w.running == ["measured", "a"]


def test_what_waited_on_a_lost_worker_is_requeued_free() -> None:
    w = fast_world()
    w.submit("a")
    w.submit("b")
    actions = w.lose(w.attempt("a"))
    freed = [r.info for r in records(actions) if r.info.id == "b"]
    assert [(info.state, info.attempt) for info in freed] == [(TaskState.QUEUED, 0)]
    assert (w.info("a").lost, w.info("b").lost) == (1, 0)
    assert w.attempt("b").attempt.number == 1
    assert w.attempt("a").attempt.number == 2


def test_a_waiting_attempt_that_is_cancelled_does_not_cost_the_one_before_it() -> None:
    w = fast_world()
    w.submit("a")
    w.submit("b")
    second = w.attempt("b")
    assert asked_to_stop(w.cancel("b", 0.5)) == [second.attempt.id]
    assert not killed(w.after(10.0))
    w.end(w.attempt("a"))
    w.do(w.scheduler.outcomes("w1", Outcomes(second.attempt.id, (), done=True), w.now))
    assert w.state("b") is TaskState.CANCELLED
    assert not killed(w.actions)


def test_a_waiting_attempt_that_does_not_stop_is_killed_once_it_is_its_turn() -> None:
    w = fast_world()
    w.submit("a")
    w.submit("b")
    w.cancel("b", 0.5)
    w.after(10.0)
    w.end(w.attempt("a"))
    assert killed(w.after(0.6)) == ["w1"]
    assert w.notes("b")[-1] == "killed after 0.5 s"


def test_the_time_limit_of_a_waiting_attempt_starts_with_its_turn() -> None:
    w = fast_world()
    w.submit("a")
    w.submit("b", timeout_s=1.0)
    w.after(5.0)
    assert w.state("b") is TaskState.RUNNING
    w.end(w.attempt("a"))
    assert killed(w.after(1.0)) == ["w1"]
    assert w.error("b") == "timeout"


def test_children_know_their_depth_and_inherit() -> None:
    w = World()
    w.submit("d", "drive", cwd="/src", env={"A": "b"})
    w.children(w.attempt("d"), "item", ((7, RAW),), timeout_s=3.0)
    attempt = w.attempt("d", 7, child=True).attempt
    assert (attempt.depth, attempt.cwd, attempt.env, attempt.timeout_s) == (
        1,
        "/src",
        {"A": "b"},
        3.0,
    )
    assert records(w.actions)[-1].info.id == "d"
