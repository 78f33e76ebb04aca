"""Lines: priority, then age; queues: pause, concurrency, lengths."""

from revo_edge.contract.tasks import TaskState, Why
from revo_edge.core.actions import PublishQueue
from tests.unit.core.world import World, records


def test_higher_priority_goes_first_then_the_older_one() -> None:
    w = World(workers=1)
    w.submit("first")
    for name, priority in (("low", -1), ("a", 0), ("b", 0), ("high", 5)):
        w.submit(name, priority=priority)
    while w.scheduler.count(TaskState.RUNNING):
        w.end(list(w.on_worker.values())[-1])
    assert w.running == ["first", "high", "a", "b", "low"]


def test_a_queue_runs_no_more_tasks_at_once_than_its_concurrency() -> None:
    w = World(workers=3, concurrency={"narrow": 1})
    w.submit("n1", queue="narrow")
    w.submit("n2", queue="narrow")
    w.submit("free")
    assert w.running == ["n1", "free"]
    w.end(w.attempt("n1"))
    assert w.running == ["n1", "free", "n2"]


def test_a_paused_queue_starts_nothing_and_says_so() -> None:
    w = World(workers=1)
    w.submit("runs")
    w.submit("waits")
    actions = w.do(w.scheduler.pause("default", w.now))
    assert isinstance(actions[0], PublishQueue)
    assert actions[0].info.paused
    assert [r.info.why for r in records(actions)] == [Why.PAUSED]
    w.end(w.attempt("runs"))
    assert w.running == ["runs"]
    w.submit("later")
    assert w.info("later").why is Why.PAUSED
    w.do(w.scheduler.resume("default", None, w.now))
    assert w.running == ["runs", "waits"]


def test_resume_can_bound_a_queue() -> None:
    w = World(workers=3)
    w.do(w.scheduler.pause("q", w.now))
    for name in ("a", "b", "c"):
        w.submit(name, queue="q")
    w.do(w.scheduler.resume("q", 2, w.now))
    assert w.running == ["a", "b"]
    (info,) = w.scheduler.queues()
    assert (info.queued, info.running, info.concurrency) == (1, 2, 2)


def test_a_queue_without_tasks_or_settings_is_forgotten() -> None:
    w = World(workers=1)
    w.submit("t", queue="once")
    w.end(w.attempt("t"))
    assert w.scheduler.queues() == ()


def test_what_left_the_line_early_does_not_pile_up() -> None:
    w = World(workers=1)
    w.submit("runs")
    w.submit("waits", priority=-100)
    line = next(iter(w.scheduler._queues.named.values())).lines
    for number in range(300):
        w.submit(f"t{number}")
        w.cancel(f"t{number}")
    assert all(len(one._heap) < 100 and len(one._by_age) < 100 for one in line.values())


def test_the_oldest_wait_is_of_work_that_could_start() -> None:
    w = World(workers=1, concurrency={"narrow": 1})
    w.submit("n1", queue="narrow")
    w.submit("n2", queue="narrow")
    w.now = 3.0
    assert w.scheduler.oldest_wait_s(w.now) == 0.0
    w.submit("free")
    w.now = 4.0
    assert w.scheduler.oldest_wait_s(w.now) == 1.0
