from collections.abc import Iterable
from typing import Any

import pytest

from revo_edge.client.mirror import Link, MirrorState
from revo_edge.contract.events import EngineInfo, QueueInfo
from revo_edge.contract.kinds import Lane
from revo_edge.contract.metrics import EngineSample, Latency, MemorySample
from revo_edge.contract.tasks import TaskInfo, TaskState
from revo_edge.contract.workers import WorkerInfo, WorkerState
from revo_gui.history import History
from revo_gui.models.engines import ENGINES, Card, Engine, card, slots

RECALL, PARALLEL, CREATIVE, COORDINATOR = ENGINES


def _worker(id: str, state: WorkerState, **more: object) -> WorkerInfo:
    return WorkerInfo(id, Lane.ELASTIC, state, **more)  # type: ignore[arg-type]  # names are checked by the Struct


def _state(
    engine: Engine,
    status: str,
    detail: str = "",
    workers: Iterable[WorkerInfo] = (),
    samples: Iterable[EngineSample] = (),
    queues: Iterable[QueueInfo] = (),
) -> MirrorState:
    return MirrorState(
        link=Link.LIVE,
        complete=True,
        boot="b",
        s=1,
        tasks={"t1": TaskInfo("t1", "parallel.map", TaskState.RUNNING, "Count <b>words</b>")},
        workers={worker.id: worker for worker in workers},
        engines={engine.name: EngineInfo(engine.name, engine.title, status, detail)},
        queues={queue.name: queue for queue in queues},
        samples={sample.engine: sample for sample in samples},
    )


def _history(*samples: EngineSample) -> History:
    history = History()
    for sample in samples:
        history.add(sample)
    return history


def _facts(card: Card) -> dict[str, str]:
    return {fact.label: fact.value for fact in card.facts}


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_an_absent_engine_says_why_and_shows_no_figure(engine: Engine) -> None:
    old = EngineSample(1.0, engine.name, "online", running=7, latency=Latency(p95_ms=3.0, count=9))
    state = _state(engine, "absent", "Not built yet: a later release brings it.")
    found = card(engine, state, _history(old))
    assert (found.notice, found.caption) == ("Not built yet", "A later release brings it.")
    assert (found.headline, found.spark, found.pool) == ("", None, None)
    assert [fact.label for fact in found.facts] == ["Target"]


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_an_engine_nobody_has_heard_of_is_not_known(engine: Engine) -> None:
    other = next(found for found in ENGINES if found is not engine)
    found = card(engine, _state(other, "online"), History())
    assert (found.notice, found.status_word, found.title) == (
        "Not known yet",
        "Unknown",
        engine.title,
    )


@pytest.mark.parametrize("engine", [RECALL, CREATIVE, COORDINATOR], ids=lambda e: e.name)
def test_an_engine_online_without_a_figure_says_not_measured_yet(engine: Engine) -> None:
    found = card(engine, _state(engine, "online"), History())
    assert (found.headline, found.unit, found.spark) == ("-", "", None)
    assert found.caption.endswith("not measured yet")
    assert set(_facts(found).values()) == {"-"}


def test_the_status_of_a_newer_daemon_is_shown_as_its_word() -> None:
    found = card(CREATIVE, _state(CREATIVE, "dreaming\x1b[31m"), History())
    assert found.status_word == "dreaming\\x1b[31m"


def _remembering(at: float, p95_ms: float | None = None, **more: Any) -> EngineSample:
    count = 0 if p95_ms is None else 9
    memory = MemorySample(retrieval=Latency(p95_ms=p95_ms, count=count), **more)
    return EngineSample(at, "recall", "online", last_error="disk full", memory=memory)


def test_recall_shows_its_latency_against_the_target() -> None:
    samples = [
        _remembering(100.0 + second, value, reads=9)
        for second, value in enumerate((None, 40.0, 31.4))
    ]
    found = card(RECALL, _state(RECALL, "online"), _history(*samples))
    assert (found.headline, found.unit) == ("31", "ms")
    assert (found.caption, found.error) == ("Retrieval latency p95, last 60 s", "disk full")
    assert found.spark is not None
    assert (found.spark.target, found.spark.until) == (100.0, 102.0)
    assert [value for _, value in found.spark.points] == [None, 40.0, 31.4]


def test_recall_says_what_memory_holds_and_how_much_of_it_answers_in_time() -> None:
    sample = _remembering(
        1.0,
        3.4,
        reads=200,
        reads_per_s=2.0,
        in_time_ratio=0.995,
        cache_hit_ratio=0.25,
        items=12_345,
        embedded_ratio=0.5,
        store_bytes=38_000_000,
    )
    found = card(RECALL, _state(RECALL, "online"), _history(sample))
    assert _facts(found) == {
        "Under 100 ms": "100 %",
        "Reads": "2.0/s",
        "Cache hits": "25 %",
        "Items": "12,345",
        "Embedded": "50 %",
        "On disk": "38 MB",
    }


def test_recall_says_why_there_is_no_figure() -> None:
    quiet = _history(_remembering(1.0, reads=5))
    found = card(RECALL, _state(RECALL, "online"), quiet)
    assert found.headline == "-"
    assert found.caption == "Retrieval latency p95, last 60 s: nothing was asked"
    never = card(RECALL, _state(RECALL, "online"), _history(_remembering(1.0)))
    assert never.caption == "Retrieval latency p95: not measured yet"
    off = _history(EngineSample(1.0, "recall", "online"))
    assert "recall.enabled" in card(RECALL, _state(RECALL, "online"), off).caption
    broken = card(RECALL, _state(RECALL, "error", "The writer ended 5 times."), quiet)
    assert (broken.status_word, broken.caption) == ("Error", "The writer ended 5 times.")


def test_the_coordinator_counts_runs() -> None:
    sample = EngineSample(1.0, "coordinator", "busy", running=2, queued=5)
    found = card(COORDINATOR, _state(COORDINATOR, "busy"), _history(sample))
    assert (found.headline, found.unit) == ("2", "runs")
    assert found.caption == "Coordination time: not measured yet"
    assert _facts(found) == {"Queue": "5", "Errors": "-"}


def test_parallel_mind_counts_its_workers_and_what_waits() -> None:
    workers = [
        _worker("w1", WorkerState.BUSY, task="t1"),
        _worker("w2", WorkerState.IDLE),
        _worker("w3", WorkerState.STOPPING),
        WorkerInfo("d1", Lane.DRIVER, WorkerState.BUSY),
    ]
    own = EngineSample(
        5.0,
        "parallel",
        "busy",
        queued=3,
        workers_min=4,
        workers_max=16,
        workers_busy=1,
        drivers=1,
        cpu_ratio=1.5,
        rss_bytes=38_000_000,
        last_error="it\nbroke",
    )
    other = EngineSample(5.0, "probe", "online", queued=2)
    state = _state(
        PARALLEL, "busy", "", workers, (own, other), [QueueInfo("default", queued=99, paused=True)]
    )
    found = card(PARALLEL, state, _history(own, other))
    assert (found.headline, found.unit) == ("1", "of 2 workers busy")
    assert found.caption == "Scales from 4 to 16, 1 driver beside"
    assert found.error == "it broke"
    assert _facts(found) == {
        "Queue": "5, paused",
        "Items": "0.0/s",
        "Task p95": "-",
        "Errors": "-",
        "CPU": "150 %",
        "Memory": "38 MB",
    }
    assert found.pool is not None
    assert (len(found.pool.slots), found.pool.utilisation_ratio) == (16, 0.5)
    assert found.spark is not None
    assert found.spark.target_text == "limit 16"


def test_parallel_mind_without_a_sample_or_a_worker_invents_nothing() -> None:
    found = card(PARALLEL, _state(PARALLEL, "online"), History())
    assert (found.headline, found.unit) == ("0", "of 0 workers busy")
    assert found.caption == "Scaling: not measured yet"
    assert found.spark is None
    assert found.pool is not None
    assert (found.pool.slots, found.pool.utilisation_ratio) == ((), None)


def test_slots_are_the_elastic_workers_oldest_first_then_free_places() -> None:
    task = TaskInfo("t1", "parallel.map", TaskState.RUNNING, "A\x1b[2Jtitle")
    workers = [
        _worker("w10", WorkerState.IDLE, started_at=2.0),
        _worker("w9", WorkerState.BUSY, started_at=1.0, task="t1", kind="parallel.map"),
        WorkerInfo("d1", Lane.DRIVER, WorkerState.BUSY),
    ]
    found = slots(workers, {"t1": task}, 4)
    assert [(slot.name, slot.state) for slot in found] == [
        ("w9", "busy"),
        ("w10", "idle"),
        ("", "free"),
        ("", "free"),
    ]
    assert found[0].task == "t1"
    assert "A\\x1b[2Jtitle" in found[0].lines
    assert len(slots(workers, {}, 1)) == 2, "a worker above the limit is still shown"


def test_what_is_spoken_has_every_figure() -> None:
    sample = EngineSample(
        5.0, "parallel", "busy", workers_min=4, workers_max=16, last_error="broke"
    )
    state = _state(PARALLEL, "busy", workers=[_worker("w1", WorkerState.BUSY)], samples=[sample])
    spoken = card(PARALLEL, state, _history(sample)).spoken
    for part in ("Parallel Mind, Busy", "1 of 1 workers busy", "Utilisation 100 %", "Queue 0"):
        assert part in spoken
    assert spoken.endswith("Last error: broke")
