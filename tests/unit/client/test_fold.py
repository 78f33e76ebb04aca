"""Gap logic: whatever the wire does to messages, after the repair the copy is the record."""

import random
from collections.abc import Callable

import hypothesis.strategies as st
import msgspec
from hypothesis import given, settings

from revo_edge.client.fold import Fold, Verdict
from revo_edge.contract.alerts import Alert, Severity
from revo_edge.contract.codec import decode_event
from revo_edge.contract.events import EngineInfo, QueueInfo
from revo_edge.contract.kinds import Lane
from revo_edge.contract.requests import EventsSince, StateGet
from revo_edge.contract.tasks import Progress, TaskInfo, TaskState
from revo_edge.contract.workers import WorkerInfo, WorkerState
from revo_edge.core.routing import Frame, Publisher

WHOLE = ("task.", "worker.", "engine.", "sys.")
ONE_TASK = ("task.t1.", "sys.heartbeat.")


def _info(id_: str = "t1", state: TaskState = TaskState.RUNNING, attempt: int = 0) -> TaskInfo:
    return TaskInfo(id_, "k", state, attempt=attempt)


def _fold(publisher: Publisher, topics: tuple[str, ...] = WHOLE) -> Fold:
    fold = Fold(topics)
    fold.load(publisher.cut(0.0, StateGet()))
    return fold


def _give(fold: Fold, frames: list[Frame]) -> list[Verdict]:
    return [fold.apply(name.decode(), decode_event(payload)) for name, payload in frames]


def test_messages_are_applied_once() -> None:
    p = Publisher("b")
    p.task(_info("t0"), 0, 0)
    fold = _fold(p)
    frames = p.task(_info(), 0, 0)
    assert _give(fold, frames + frames) == [Verdict.APPLIED, Verdict.KNOWN]
    assert fold.record.tasks == p.record.tasks
    assert fold.s == p.s


def test_active_alerts_come_with_the_cut_and_go_with_the_message() -> None:
    p = Publisher("b")
    alert = Alert("queue", "Waiting tasks", Severity.ERROR, "60 tasks", 60.0, 50.0, 40.0, 1.0)
    p.alert(alert, 0, 0)
    fold = Fold(("alert.",))
    fold.load(p.cut(0.0, StateGet(streams=("alert",))))
    assert fold.record.alerts == {"queue": alert}
    p.alert(msgspec.structs.replace(alert, rule="disk"), 1, 1)
    over = p.alert(msgspec.structs.replace(alert, cleared_at=2.0), 2, 2)
    assert _give(fold, over) == [Verdict.GAP]
    assert fold.repair(p.since(EventsSince("b", fold.base))) is not None
    assert fold.record.alerts.keys() == {"disk"} == p.record.alerts.keys()


def test_a_message_from_before_the_cut_is_dropped() -> None:
    p = Publisher("b")
    early = p.task(_info(state=TaskState.QUEUED), 0, 0)
    p.task(_info(), 0, 0)
    fold = _fold(p)
    assert _give(fold, early) == [Verdict.KNOWN]
    assert fold.record.tasks["t1"].state is TaskState.RUNNING


def test_a_missing_message_shows_with_the_next_of_its_stream_and_is_repaired() -> None:
    p = Publisher("b")
    fold = _fold(p)
    p.task(_info("lost"), 0, 0)
    assert _give(fold, p.engine(EngineInfo("e", "E", "online"), 0, 0)) == [Verdict.APPLIED]
    assert _give(fold, p.task(_info(), 0, 0)) == [Verdict.GAP]
    assert fold.repair(p.since(EventsSince("b", fold.base))) is not None
    assert fold.record.tasks == p.record.tasks
    assert _give(fold, p.task(_info("t2"), 0, 0)) == [Verdict.APPLIED]


def test_a_page_of_the_repair_takes_nothing_back_that_was_newer() -> None:
    p = Publisher("b")
    fold = _fold(p)
    _give(fold, p.worker(WorkerInfo("1", Lane.ELASTIC, WorkerState.IDLE), 0, 0))
    p.task(_info("lost"), 0, 0)
    _give(fold, p.worker(WorkerInfo("1", Lane.ELASTIC, WorkerState.BUSY), 1, 0))
    assert _give(fold, p.task(_info(), 1, 0)) == [Verdict.GAP]
    assert fold.repair(p.since(EventsSince("b", fold.base, limit=2))) is not None
    assert fold.record.workers["1"].state is WorkerState.BUSY
    newer = p.worker(WorkerInfo("1", Lane.ELASTIC, WorkerState.STOPPING), 2, 0)
    assert _give(fold, newer) == [Verdict.APPLIED]


def test_the_heartbeat_shows_a_lost_last_message() -> None:
    p = Publisher("b")
    fold = _fold(p)
    p.task(_info("lost"), 0, 0)
    assert _give(fold, p.heartbeat(1.0, 0, 0)) == [Verdict.GAP]


def test_a_clean_heartbeat_moves_the_base() -> None:
    p = Publisher("b")
    fold = _fold(p)
    _give(fold, p.task(_info(), 0, 0))
    assert fold.base == 0
    assert _give(fold, p.heartbeat(1.0, 0, 0)) == [Verdict.KNOWN]
    assert fold.base == p.s


def test_a_follower_of_one_task_is_not_worried_by_others_at_once() -> None:
    p = Publisher("b")
    fold = _fold(p, ONE_TASK)
    verdicts = []
    for beat in range(8):
        p.task(_info("other", attempt=beat), 0, 0)
        verdicts += _give(fold, p.heartbeat(float(beat), 0, 0))
    asked = [n for n, verdict in enumerate(verdicts) if verdict is Verdict.ASK]
    assert asked == [1, 6]
    assert Verdict.GAP not in verdicts


def test_a_follower_of_one_task_sees_a_loss_on_its_topic() -> None:
    p = Publisher("b")
    p.task(_info(attempt=1), 0, 0)
    fold = _fold(p, ONE_TASK)
    p.task(_info(attempt=2), 0, 0)
    p.task(_info("other"), 0, 0)
    assert _give(fold, p.task(_info(attempt=3), 0, 0)) == [Verdict.GAP]
    assert fold.repair(p.since(EventsSince("b", fold.base, ONE_TASK))) is not None
    assert fold.record.tasks["t1"].attempt == 3


def test_a_new_boot_and_a_too_old_answer_call_for_a_new_cut() -> None:
    p, q = Publisher("b", ring_events=1), Publisher("c")
    fold = _fold(p)
    assert _give(fold, q.task(_info(), 0, 0)) == [Verdict.NEW_BOOT]
    for number in range(5):
        p.task(_info(f"t{number}"), 0, 0)
    assert fold.repair(p.since(EventsSince("b", fold.base))) is None
    assert fold.repair(q.since(EventsSince("c", 0))) is None


def test_hellos_and_kinds_of_tomorrow_do_no_harm() -> None:
    p = Publisher("b")
    fold = _fold(p)
    assert _give(fold, [p.hello("N")]) == [Verdict.KNOWN]


Change = Callable[[Publisher, random.Random, float], list[Frame]]
_CHANGES: tuple[Change, ...] = (
    lambda p, r, now: p.task(
        TaskInfo(f"t{r.randrange(4)}", "k", r.choice(list(TaskState)[:7]), attempt=r.randrange(99)),
        now,
        0,
    ),
    lambda p, r, now: p.progress(f"t{r.randrange(4)}", Progress(r.randrange(99)), 1, now, 0),
    lambda p, r, now: p.removed(f"t{r.randrange(4)}", now, 0),
    lambda p, r, now: p.worker(
        WorkerInfo(f"{r.randrange(3)}", Lane.ELASTIC, WorkerState.BUSY, gone=r.random() < 0.2),
        now,
        0,
    ),
    lambda p, r, now: p.engine(EngineInfo("e", "E", r.choice(("online", "busy"))), now, 0),
    lambda p, r, now: p.queue(QueueInfo("q", queued=r.randrange(9)), now, 0),
    lambda p, _, now: p.heartbeat(now, now, 0),
    lambda p, _, now: p.flush(now, 0),
)


def _disturb(r: random.Random, frames: list[Frame], held: list[Frame]) -> list[Frame]:
    """Drop, double or hold back some frames; held ones come later, out of order."""
    out = []
    for frame in frames:
        chance = r.random()
        if chance < 0.1:
            continue
        if chance < 0.2:
            held.append(frame)
            continue
        out += [frame, frame] if chance < 0.3 else [frame]
    if held and r.random() < 0.3:
        out.append(held.pop(r.randrange(len(held))))
    return out


def _follow(fold: Fold, p: Publisher, topics: tuple[str, ...], frames: list[Frame]) -> None:
    """Do what a mirror's thread does."""
    for name, payload in frames:
        if not name.decode().startswith(topics):
            continue
        verdict = fold.apply(name.decode(), decode_event(payload))
        if verdict in (Verdict.GAP, Verdict.ASK):
            _repair(fold, p, topics)


def _repair(fold: Fold, p: Publisher, topics: tuple[str, ...]) -> None:
    while True:
        reply = p.since(EventsSince("b", fold.base, topics, limit=3))
        if fold.repair(reply) is None:
            fold.load(p.cut(0.0, StateGet(limit=1000)))
        if len(reply.events) < 3:
            return


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 120), st.sampled_from((WHOLE, ONE_TASK)))
def test_after_the_repair_the_copy_is_the_record(
    seed: int, steps: int, topics: tuple[str, ...]
) -> None:
    r = random.Random(seed)  # noqa: S311 - a seeded history, nothing secret
    p = Publisher("b", ring_events=30)
    fold, now, held = _fold(p, topics), 0.0, list[Frame]()
    for _ in range(steps):
        now += r.choice((0.0, 0.01, 0.3))
        frames = r.choice(_CHANGES)(p, r, now)
        _follow(fold, p, topics, _disturb(r, frames, held))
    _follow(fold, p, topics, p.flush(now + 1, 0))
    for beat in range(7):  # the last ones arrive: a one-task follower asks within this time
        _follow(fold, p, topics, p.heartbeat(now + beat, now, 0))
    assert fold.s == p.s
    if topics is WHOLE:
        for name in ("tasks", "workers", "engines", "queues"):
            assert getattr(fold.record, name) == getattr(p.record, name)
        assert fold.record.digest() == p.digest()
    else:
        assert fold.record.tasks.get("t1") == p.record.tasks.get("t1")
    _follow(fold, p, topics, held)  # what comes far too late changes nothing
    assert fold.record.tasks.get("t1") == p.record.tasks.get("t1")
