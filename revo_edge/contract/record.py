"""The published record: what the messages of the stream add up to.

The daemon folds each message as it publishes it, a mirror as it receives it; both hold the same
record at the same `s` because both fold here.
"""

import msgspec

from revo_edge.contract import events
from revo_edge.contract.alerts import Alert
from revo_edge.contract.digest import tasks_digest
from revo_edge.contract.events import (
    EngineInfo,
    Event,
    Heartbeat,
    Hello,
    LogGrown,
    Notice,
    QueueInfo,
    Scaling,
    ScalingEffect,
    TaskProgress,
    TaskRemoved,
)
from revo_edge.contract.metrics import EngineSample, HostSample, SelfSample
from revo_edge.contract.tasks import TaskInfo, TaskState
from revo_edge.contract.workers import WorkerInfo
from revo_edge.errors import InternalError

Sample = EngineSample | HostSample | SelfSample

_BODIES: dict[str, type[msgspec.Struct]] = {
    events.TASK: TaskInfo,
    events.PROGRESS: TaskProgress,
    events.REMOVED: TaskRemoved,
    events.WORKER: WorkerInfo,
    events.ENGINE: EngineInfo,
    events.QUEUE: QueueInfo,
    events.SCALING: Scaling,
    events.SCALING_EFFECT: ScalingEffect,
    events.CONTEXT_STORED: events.MemoryUse,
    events.CONTEXT_RETRIEVED: events.MemoryUse,
    events.MEMORY_OPTIMIZED: events.MemoryKept,
    events.LOG: LogGrown,
    events.HELLO: Hello,
    events.HEARTBEAT: Heartbeat,
    events.NOTICE: Notice,
    events.ALERT_RAISED: Alert,
    events.ALERT_CLEARED: Alert,
}
_SAMPLES: dict[str, type[Sample]] = {"metric.host.": HostSample, "metric.self.": SelfSample}


def decode_body(topic: str, event: Event) -> msgspec.Struct | None:
    """Decode what an event says; None for a kind of a newer daemon. Raises InternalError."""
    if event.k == events.METRIC:
        kind: type[msgspec.Struct] | None = _SAMPLES.get(topic, EngineSample)
    else:
        kind = _BODIES.get(event.k)
    if kind is None:
        return None
    try:
        return msgspec.msgpack.decode(event.d, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InternalError(f"An event on {topic} cannot be read: {error}.") from None


class Record:
    """Tasks, workers, engines, queues and active alerts by id or name; the values are immutable.

    `samples` has the newest of each metric source; a cut does not carry them.
    """

    def __init__(self) -> None:
        self.tasks: dict[str, TaskInfo] = {}
        self.workers: dict[str, WorkerInfo] = {}
        self.engines: dict[str, EngineInfo] = {}
        self.queues: dict[str, QueueInfo] = {}
        self.alerts: dict[str, Alert] = {}
        self.samples: dict[str, Sample] = {}

    def fold(self, body: msgspec.Struct | None) -> None:
        """Take in the body of one message; bodies that change no record are ignored."""
        match body:
            case TaskInfo():
                self.tasks[body.id] = body
            case TaskProgress():
                self._progress(body)
            case WorkerInfo():
                self._worker(body)
            case TaskRemoved():
                self.tasks.pop(body.id, None)
            case EngineInfo():
                self.engines[body.name] = body
            case QueueInfo():
                self.queues[body.name] = body
            case Alert():
                self._alert(body)
            case EngineSample() | HostSample() | SelfSample():
                self.samples[_source(body)] = body

    def _progress(self, note: TaskProgress) -> None:
        task = self.tasks.get(note.id)
        if task is not None and task.state is TaskState.RUNNING:
            self.tasks[note.id] = msgspec.structs.replace(
                task, progress=note.progress, items=note.items
            )

    def _worker(self, worker: WorkerInfo) -> None:
        if worker.gone:
            self.workers.pop(worker.id, None)
        else:
            self.workers[worker.id] = worker

    def _alert(self, alert: Alert) -> None:
        if alert.cleared_at is None:
            self.alerts[alert.rule] = alert
        else:
            self.alerts.pop(alert.rule, None)

    def digest(self) -> str:
        """Return the hash of all tasks."""
        return tasks_digest(self.tasks.values())


def _source(sample: Sample) -> str:
    if isinstance(sample, EngineSample):
        return sample.engine
    return "host" if isinstance(sample, HostSample) else "self"
