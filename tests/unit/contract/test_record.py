"""What the messages of the stream add up to."""

import msgspec
import pytest

from revo_edge.contract import events
from revo_edge.contract.codec import encode
from revo_edge.contract.events import EngineInfo, Event, QueueInfo, TaskProgress, TaskRemoved
from revo_edge.contract.kinds import Lane
from revo_edge.contract.metrics import EngineSample, HostSample, SelfSample
from revo_edge.contract.record import Record, decode_body
from revo_edge.contract.tasks import Progress, TaskInfo, TaskState
from revo_edge.contract.workers import WorkerInfo, WorkerState
from revo_edge.errors import InternalError


def test_a_task_replaces_and_progress_updates_while_it_runs() -> None:
    record = Record()
    record.fold(TaskProgress("a", Progress(1), 1))
    record.fold(TaskInfo("a", "k", TaskState.RUNNING))
    record.fold(TaskProgress("a", Progress(2), 2))
    assert (record.tasks["a"].progress, record.tasks["a"].items) == (Progress(2), 2)
    record.fold(TaskInfo("a", "k", TaskState.SUCCEEDED))
    record.fold(TaskProgress("a", Progress(3), 3))
    assert record.tasks["a"] == TaskInfo("a", "k", TaskState.SUCCEEDED)
    record.fold(TaskRemoved("a"))
    assert record.tasks == {}


def test_a_worker_that_is_gone_leaves_the_record() -> None:
    record = Record()
    record.fold(WorkerInfo("1", Lane.ELASTIC, WorkerState.IDLE))
    assert list(record.workers) == ["1"]
    record.fold(WorkerInfo("1", Lane.ELASTIC, WorkerState.STOPPING, gone=True))
    assert record.workers == {}


def test_engines_queues_and_the_newest_samples_are_kept() -> None:
    record = Record()
    bodies = (
        EngineInfo("parallel", "Parallel Mind", "online"),
        QueueInfo("default"),
        EngineSample(1.0, "parallel", "online"),
        HostSample(1.0, 0.1, 2, 0.5, 1, 1, 1),
        SelfSample(1.0, 1.0, 0.0, 1),
        None,
    )
    for body in bodies:
        record.fold(body)
    assert list(record.engines) == ["parallel"]
    assert list(record.queues) == ["default"]
    assert sorted(record.samples) == ["host", "parallel", "self"]


def _event(kind: str, body: object) -> Event:
    return Event("b", 1, 0, 0.0, kind, msgspec.Raw(encode(body)))


def test_a_body_is_read_by_its_kind_and_a_sample_by_its_topic() -> None:
    host = HostSample(1.0, 0.1, 2, 0.5, 1, 1, 1)
    assert decode_body("metric.host.", _event(events.METRIC, host)) == host
    assert decode_body("sys.queue.q.", _event(events.QUEUE, QueueInfo("q"))) == QueueInfo("q")
    assert decode_body("task.a.", _event("of tomorrow", 1)) is None


def test_a_broken_body_names_its_topic() -> None:
    with pytest.raises(InternalError, match=r"task\.a\."):
        decode_body("task.a.", _event(events.TASK, 1))
