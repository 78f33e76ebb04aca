"""One look at a busy daemon, for tests of what is drawn."""

from revo_edge.cli.snapshot import Snapshot
from revo_edge.contract.alerts import Alert, Severity
from revo_edge.contract.events import EngineInfo, QueueInfo, Scaling, ScalingEffect
from revo_edge.contract.kinds import Lane
from revo_edge.contract.metrics import EngineSample, Latency, SelfSample
from revo_edge.contract.requests import HealthReply, WorkerListReply
from revo_edge.contract.tasks import ErrorInfo, Progress, TaskInfo, TaskState
from revo_edge.contract.workers import WorkerInfo, WorkerState

AT = 1_800_000_000.0


def busy() -> Snapshot:
    workers = [
        WorkerInfo(f"w{n}", Lane.ELASTIC, WorkerState.BUSY if n < 4 else WorkerState.IDLE, 100 + n)
        for n in range(6)
    ]
    workers.append(WorkerInfo("d1", Lane.DRIVER, WorkerState.BUSY, 200))
    return Snapshot(
        health=HealthReply("ok", 12345, "0.1.0", 7456.0, 38_200_000, "/home/u/revo"),
        engines=(
            EngineInfo("recall", "Perfect Recall", "absent", "Not built yet."),
            EngineInfo("parallel", "Parallel Mind", "busy", "", ("parallel.map",)),
            EngineInfo("creative", "Creative Engine", "absent", "Not built yet."),
            EngineInfo("coordinator", "Coordinator", "absent"),
        ),
        workers=WorkerListReply(
            tuple(workers),
            4,
            16,
            (Scaling(AT, 4, 6, "queue wait 0.8 s"),),
            (ScalingEffect(AT + 5, AT, 4, 6, reason="nothing waited any more 0.8 s later"),),
        ),
        queues=(QueueInfo("default", 1234, 3), QueueInfo("slow", 2, 1, 1, paused=True)),
        running=(
            TaskInfo(
                "01J00000000000000000000001",
                "parallel.analyze",
                TaskState.RUNNING,
                "survey \x1b[31mcpython",
                progress=Progress(3100, 5000, 0, "measuring", 100.0),
            ),
            TaskInfo(
                "01J00000000000000000000002",
                "parallel.map",
                TaskState.RUNNING,
                "map " + "long_name" * 9,
                progress=Progress(31, 0, 2, "", 4.2),
            ),
        ),
        recent=(
            TaskInfo(
                "01J00000000000000000000003",
                "parallel.map",
                TaskState.FAILED,
                "map bad",
                started_at=AT - 4,
                ended_at=AT - 2,
                error=ErrorInfo("worker_lost", "The worker was lost three times."),
            ),
        ),
        samples={
            "parallel": EngineSample(
                AT, "parallel", "busy", running=3, items_per_s=812.0, latency=Latency(1, 31, 80, 9)
            )
        },
        alerts=(
            Alert("utilisation", "Workers", Severity.INFO, "95 % busy", 0.95, 0.9, 0.75, AT),
            Alert("queue", "Waiting tasks", Severity.WARNING, "60 tasks \x1b[1m", 60, 50, 40, AT),
        ),
        self_=SelfSample(AT, 7456.0, 0.003, 38_200_000, loop_lag=Latency(0.2, 0.4, 0.8, 60)),
    )
