"""Workers: how they start, go, are replaced, and when no more are started."""

import pytest

from revo_edge.contract.kinds import Lane
from revo_edge.contract.tasks import TaskState
from revo_edge.contract.workers import WorkerState
from revo_edge.core.actions import PublishScaling, PublishWorker
from revo_edge.errors import BadRequest, NotFound
from tests.unit.core.world import World, killed, started, stopped, wanted


def test_the_minimum_of_workers_starts_with_the_daemon() -> None:
    w = World(workers=3, ready=False)
    assert started(w.actions) == ["w1", "w2", "w3"]
    assert w.scheduler.lane(Lane.ELASTIC).starting == 3


def test_each_change_of_a_worker_is_published() -> None:
    w = World(workers=1)
    w.actions.clear()
    w.submit("t")
    assert w.actions.count(PublishWorker("w1")) == 1
    info = w.scheduler.worker("w1")
    assert info is not None
    assert (info.state, info.task, info.kind) == (WorkerState.BUSY, "t", "work")


def test_a_worker_that_did_its_share_is_replaced() -> None:
    w = World(workers=1, recycle_tasks=2)
    for name in ("a", "b"):
        w.submit(name)
        actions = w.end(w.attempt(name))
    assert stopped(actions) == ["w1"]
    assert started(actions) == ["w2"]
    w.do(w.scheduler.worker_lost("w1", None, w.now))
    assert list(w.scheduler.workers()) == ["w2"]


def test_a_worker_that_a_kind_wears_out_is_replaced() -> None:
    w = World(workers=1)
    w.submit("t", "worn")
    actions = w.end(w.attempt("t"))
    assert (stopped(actions), started(actions)) == (["w1"], ["w2"])


def test_a_worker_over_its_memory_is_replaced_when_it_is_idle() -> None:
    w = World(workers=1)
    w.submit("t")
    assert not stopped(w.do(w.scheduler.recycle("w1", "2.1 GB", w.now)))
    assert stopped(w.end(w.attempt("t"))) == ["w1"]
    assert w.do(w.scheduler.recycle("gone", "", w.now)) == []


def test_five_workers_that_die_before_they_are_ready_stop_the_starting() -> None:
    w = World(workers=1, ready=False)
    for number in range(1, 6):
        actions = w.do(w.scheduler.worker_lost(f"w{number}", None, w.now))
    assert not started(actions)
    (said,) = [a.scaling.reason for a in actions if isinstance(a, PublishScaling)]
    assert said.startswith("5 workers in a row died before they were ready; no new ones for 10 s.")
    assert not started(w.after(9.9))
    assert started(w.after(0.2)) == ["w6"]


def test_an_idle_driver_process_ends_after_thirty_seconds() -> None:
    w = World()
    w.submit("d", "drive")
    w.end(w.attempt("d"))
    assert not stopped(w.after(29.9))
    assert stopped(w.after(0.2)) == ["d1"]


def test_an_idle_driver_process_is_used_again() -> None:
    w = World()
    for name in ("a", "b"):
        w.submit(name, "drive")
        w.end(w.attempt(name))
    assert started(w.actions).count("d1") == 1
    assert w.attempt("b").worker_id == "d1"


def test_restart_waits_for_idleness_unless_told_to_kill() -> None:
    w = World(workers=1)
    w.submit("t")
    assert not w.do(w.scheduler.restart_worker("w1", w.now, kill=False))
    actions = w.do(w.scheduler.restart_worker("w1", w.now, kill=True))
    assert killed(actions) == ["w1"]
    assert w.attempt("t").worker_id == "w2"
    assert w.info("t").lost == 1
    with pytest.raises(NotFound):
        w.scheduler.restart_worker("w9", w.now, kill=True)


def test_restart_of_all_replaces_every_worker() -> None:
    w = World(workers=3)
    actions = w.do(w.scheduler.restart_worker("", w.now, kill=False))
    assert stopped(actions) == ["w1", "w2", "w3"]
    assert started(actions) == ["w4", "w5", "w6"]


def test_narrower_bounds_stop_idle_workers_now_and_busy_ones_when_they_end() -> None:
    w = World(workers=3)
    for name in ("a", "b"):
        w.submit(name)
    actions = w.do(w.scheduler.set_bounds(1, 1, w.now))
    assert len(stopped(actions)) == 1
    assert len(stopped(w.end(w.attempt("a")))) == 1
    assert not stopped(w.end(w.attempt("b")))
    with pytest.raises(BadRequest):
        w.scheduler.set_bounds(3, 2, w.now)


def test_an_unknown_worker_is_ignored() -> None:
    w = World()
    assert w.do(w.scheduler.worker_ready("w99", w.now)) == []
    assert w.do(w.scheduler.worker_lost("w99", None, w.now)) == []


def test_no_driver_starts_while_eight_run() -> None:
    w = World()
    for number in range(10):
        w.submit(f"d{number}", "drive")
    assert w.scheduler.count(TaskState.RUNNING) == 8
    assert len([name for name in started(w.actions) if name.startswith("d")]) == 8
    w.children(w.attempt("d0"), "item", wanted(1))
    w.end(w.attempt("d0"))
    assert w.running[-1] == "d8"
