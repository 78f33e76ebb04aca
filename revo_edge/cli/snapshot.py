"""What the status screen shows, read from the daemon in a few short requests."""

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from revo_edge.clock import utc_now
from revo_edge.contract.alerts import Alert
from revo_edge.contract.events import EngineInfo, QueueInfo
from revo_edge.contract.metrics import EngineSample, HostSample, SelfSample
from revo_edge.contract.requests import HealthReply, WorkerListReply
from revo_edge.contract.task_requests import TaskList
from revo_edge.contract.tasks import TaskInfo, TaskState

if TYPE_CHECKING:
    from revo_edge.client.client import Client

RUNNING_SHOWN = 50
RECENT_SHOWN = 8
SAMPLES_BACK_S = 3.0
"""Samples come every second; three seconds always hold one."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One look at the daemon."""

    health: HealthReply
    engines: tuple[EngineInfo, ...]
    workers: WorkerListReply
    queues: tuple[QueueInfo, ...]
    running: tuple[TaskInfo, ...]
    recent: tuple[TaskInfo, ...]
    """Tasks that ended or are held, newest first."""
    samples: dict[str, EngineSample]
    host: HostSample | None = None
    self_: SelfSample | None = None
    alerts: tuple[Alert, ...] = ()
    """The active ones."""


def take(client: "Client") -> Snapshot:
    """Ask the daemon for everything on the screen; raise RevoError."""
    ended = (TaskState.SUCCEEDED, TaskState.FAILED, TaskState.CANCELLED, TaskState.HELD)
    history = client.metrics(since=utc_now() - SAMPLES_BACK_S)
    state = client.state(streams=("alert",))
    return Snapshot(
        health=client.health(),
        engines=client.engines().engines,
        workers=client.workers(),
        queues=state.queues,
        running=_first(client, (TaskState.RUNNING,), RUNNING_SHOWN),
        recent=_first(client, ended, RECENT_SHOWN),
        samples={name: found[-1] for name, found in history.engines.items() if found},
        host=history.host[-1] if history.host else None,
        self_=history.self_[-1] if history.self_ else None,
        alerts=state.alerts,
    )


def _first(client: "Client", states: tuple[TaskState, ...], count: int) -> tuple[TaskInfo, ...]:
    query = TaskList(states=states, limit=count)
    return tuple(islice(client.tasks(query), count))


def as_json(snapshot: Snapshot) -> dict[str, object]:
    """Return what `revo status --json` prints."""
    health = snapshot.health
    return {
        "running": True,
        "status": health.status,
        "pid": health.pid,
        "version": health.version,
        "uptime_s": health.uptime_s,
        "rss_bytes": health.rss_bytes,
        "home": health.home,
        "problems": health.problems,
        "alerts": snapshot.alerts,
        "engines": snapshot.engines,
        "workers": snapshot.workers,
        "queues": snapshot.queues,
        "tasks": snapshot.running,
        "recent": snapshot.recent,
        "metrics": {
            "engines": snapshot.samples,
            "host": snapshot.host,
            "self": snapshot.self_,
        },
    }
