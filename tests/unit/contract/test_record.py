"""What the messages of the stream add up to."""

from revo_edge.contract.events import EngineInfo, QueueInfo, TaskProgress, TaskRemoved
from revo_edge.contract.kinds import Lane
from revo_edge.contract.metrics import EngineSample, HostSample, SelfSample
from revo_edge.contract.record import Record
from revo_edge.contract.tasks import Progress, TaskInfo, TaskState
from revo_edge.contract.workers import WorkerInfo, WorkerState


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
