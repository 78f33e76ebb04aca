"""The publisher's rules: numbers, chains, conflation and the published record."""

import pytest

from revo_edge.contract.codec import decode_event
from revo_edge.contract.events import (
    EngineInfo,
    Event,
    Heartbeat,
    Notice,
    QueueInfo,
    Scaling,
    ScalingEffect,
)
from revo_edge.contract.kinds import Lane
from revo_edge.contract.metrics import HostSample
from revo_edge.contract.record import decode_body
from revo_edge.contract.requests import EventsSince, StateGet
from revo_edge.contract.tasks import Progress, TaskInfo, TaskState
from revo_edge.contract.workers import WorkerInfo, WorkerState
from revo_edge.core.routing import Frame, Publisher, hello_nonce

RUNNING, QUEUED, SUCCEEDED = TaskState.RUNNING, TaskState.QUEUED, TaskState.SUCCEEDED


def _task(state: TaskState, id_: str = "a") -> TaskInfo:
    return TaskInfo(id_, "k", state)


def _worker(number: int, *, gone: bool = False) -> WorkerInfo:
    return WorkerInfo("1", Lane.ELASTIC, WorkerState.IDLE, tasks_done=number, gone=gone)


def _events(frames: list[Frame]) -> list[Event]:
    return [decode_event(payload) for _, payload in frames]


def _only(frames: list[Frame]) -> Event:
    (event,) = _events(frames)
    return event


def test_s_counts_all_p_the_stream_and_e_the_topic() -> None:
    p = Publisher("b")
    frames = p.task(_task(QUEUED, "a"), 0, 0) + p.task(_task(QUEUED, "b"), 0, 0)
    frames += p.engine(EngineInfo("parallel", "Parallel Mind", "online"), 0, 0)
    frames += p.task(_task(RUNNING, "a"), 0, 0)
    assert [(e.s, e.p, e.e) for e in _events(frames)] == [
        (1, 0, 0),
        (2, 1, 0),
        (3, 0, 0),
        (4, 2, 1),
    ]
    assert [name for name, _ in frames] == [
        b"task.a.",
        b"task.b.",
        b"engine.parallel.",
        b"task.a.",
    ]
    assert p.s == 4


def test_progress_goes_ten_times_a_second_and_only_the_newest_waits() -> None:
    p = Publisher("b")
    p.task(_task(RUNNING), 0.0, 0.0)
    assert _only(p.progress("a", Progress(1), 1, 0.0, 0.0)).s == 2
    assert p.progress("a", Progress(2), 2, 0.01, 0.0) == []
    assert p.progress("a", Progress(3), 3, 0.02, 0.0) == []
    assert (p.s, p.record.tasks["a"].items) == (2, 1)
    assert p.next_flush() == 0.1
    assert p.flush(0.05, 0.0) == []
    late = _only(p.flush(0.1, 9.0))
    assert (late.s, late.p, late.e, late.ts) == (3, 2, 2, 9.0)
    assert p.record.tasks["a"].progress == Progress(3)
    assert p.next_flush() is None


def test_a_final_state_drops_waiting_progress() -> None:
    p = Publisher("b")
    p.task(_task(RUNNING), 0.0, 0.0)
    p.progress("a", Progress(1), 0, 0.0, 0.0)
    p.progress("a", Progress(2), 0, 0.0, 0.0)
    p.task(_task(SUCCEEDED), 0.05, 0.0)
    assert p.next_flush() is None
    assert p.flush(1.0, 0.0) == []
    assert p.record.tasks["a"] == _task(SUCCEEDED)


@pytest.mark.parametrize("state", [None, QUEUED, SUCCEEDED])
def test_progress_of_what_does_not_run_is_dropped(state: TaskState | None) -> None:
    p = Publisher("b")
    if state:
        p.task(_task(state), 0.0, 0.0)
    before = p.s
    assert p.progress("a", Progress(1), 0, 0.0, 0.0) == []
    assert (p.s, p.next_flush()) == (before, None)


def test_workers_go_five_times_a_second_and_their_end_at_once() -> None:
    p = Publisher("b")
    assert len(p.worker(_worker(1), 0.0, 0.0)) == 1
    assert p.worker(_worker(2), 0.1, 0.0) == []
    assert p.next_flush() == 0.2
    assert len(p.worker(_worker(3, gone=True), 0.15, 0.0)) == 1
    assert p.flush(1.0, 0.0) == []
    assert p.record.workers == {}


def test_logs_go_twice_a_second() -> None:
    p = Publisher("b")
    sent = [p.log("daemon", size, size / 100, 0.0) for size in range(100)]
    assert sum(map(len, sent)) == 1
    assert len(p.flush(1.0, 0.0)) == 1


def test_a_removed_task_leaves_the_record_and_its_topic() -> None:
    p = Publisher("b")
    p.task(_task(SUCCEEDED), 0.0, 0.0)
    assert _only(p.removed("a", 0.0, 0.0)).e == 1
    assert p.record.tasks == {}
    assert _only(p.task(_task(QUEUED), 0.0, 0.0)).e == 0


def test_the_heartbeat_tells_where_each_stream_stood_before_it() -> None:
    p = Publisher("b")
    p.task(_task(QUEUED), 0.0, 0.0)
    p.notice(Notice("info", "x"), 0.0, 0.0)
    event = _only(p.heartbeat(1.5, 0.0, 0.0))
    assert (event.s, event.p) == (3, 2)
    assert decode_body("sys.heartbeat.", event) == Heartbeat({"task": 1, "sys": 2}, 1.5)


def test_a_hello_takes_no_number_and_makes_no_gap() -> None:
    p = Publisher("b")
    p.task(_task(QUEUED), 0.0, 5.0)
    name, payload = p.hello("N1")
    event = decode_event(payload)
    assert (name, event.s, event.p, event.ts) == (b"hello.N1", 1, 0, 5.0)
    assert _only(p.task(_task(RUNNING), 0.0, 6.0)).p == 1


def test_everything_else_has_its_topic() -> None:
    p = Publisher("b")
    frames = p.queue(QueueInfo("default"), 0, 0)
    frames += p.scaling(Scaling(0.0, 4, 5, "waiting"), 0, 0)
    frames += p.scaling_effect(ScalingEffect(5.0, 0.0, 4, 5, reason="too little"), 0, 0)
    frames += p.metric("host", HostSample(0.0, 0.1, 2, 0.5, 1, 1, 1), 0, 0)
    assert [name for name, _ in frames] == [
        b"sys.queue.default.",
        b"worker.scaling.",
        b"worker.scaling.",
        b"metric.host.",
    ]
    assert p.cut(0.0, StateGet()).queues == (QueueInfo("default"),)


def test_a_cut_speaks_of_what_was_published_and_since_of_what_came_after() -> None:
    p = Publisher("b")
    p.task(_task(RUNNING), 0.0, 0.0)
    p.progress("a", Progress(1), 1, 0.0, 0.0)
    p.progress("a", Progress(2), 2, 0.0, 0.0)
    cut = p.cut(0.0, StateGet())
    assert (cut.s, cut.tasks[0].progress) == (2, Progress(1))
    p.flush(0.1, 0.0)
    p.heartbeat(1.0, 0.0, 0.0)
    reply = p.since(EventsSince("b", cut.s))
    assert [found.event.k for found in reply.events] == ["progress"]
    assert reply.s == 4


@pytest.mark.parametrize(
    ("subscription", "nonce"),
    [
        (b"\x01hello.abc", "abc"),
        (b"\x00hello.abc", None),
        (b"\x01hello.", None),
        (b"\x01task.", None),
        (b"", None),
        (b"\x01hello.\xff", None),
        (b"\x01hello." + b"x" * 65, None),
    ],
)
def test_a_hello_is_told_from_other_subscriptions(subscription: bytes, nonce: str | None) -> None:
    assert hello_nonce(subscription) == nonce


def test_the_digest_is_of_the_published_tasks_whatever_their_order() -> None:
    one, two = Publisher("b"), Publisher("c")
    for id_ in "ab":
        one.task(_task(QUEUED, id_), 0.0, 0.0)
    for id_ in "ba":
        two.task(_task(QUEUED, id_), 0.0, 0.0)
    assert one.digest() == two.digest()
    two.task(_task(RUNNING), 0.0, 0.0)
    assert one.digest() != two.digest()
