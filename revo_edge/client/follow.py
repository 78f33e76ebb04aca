"""Following one task to its end."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from revo_edge.client.fold import Fold, Verdict
from revo_edge.client.stream import HEARTBEAT_TOPIC, LOST_S, STALE_S
from revo_edge.contract.codec import topic
from revo_edge.contract.requests import StateReply
from revo_edge.contract.tasks import TaskInfo
from revo_edge.errors import DaemonUnreachable

if TYPE_CHECKING:
    from revo_edge.client.client import Client

_RETRY_S = 0.1


def follow(client: "Client", task_id: str) -> Iterator[TaskInfo]:
    """Yield the task's record now and at each change; the last one is final, as `task.get` said.

    Raises DaemonUnreachable when no daemon runs or, later, none has answered for 5 s, and NotFound
    for an unknown task.
    """
    shown: TaskInfo | None = None
    lost_at: float | None = None
    while True:
        try:
            for info in _one_connection(client, task_id):
                lost_at = None
                if info != shown:
                    shown = info
                    yield info
                if info.state.final:
                    return
        except DaemonUnreachable:
            lost_at = lost_at or time.monotonic()
            if shown is None or time.monotonic() - lost_at > LOST_S:
                raise
            time.sleep(_RETRY_S)


def _one_connection(client: "Client", task_id: str) -> Iterator[TaskInfo]:
    """Yield records until the stream is lost (DaemonUnreachable) or the task has ended."""
    own_topic = topic("task", task_id)
    fold = Fold((own_topic, HEARTBEAT_TOPIC))
    with client.subscribe((own_topic,)) as stream:
        info = _read(client, fold, task_id)
        yield info
        while not info.state.final:
            found = stream.receive(STALE_S - stream.silent_s)
            if found is None:
                raise DaemonUnreachable("The daemon is silent.")
            verdict = fold.apply(found.topic, found.event)
            known = fold.record.tasks.get(task_id)
            if (
                verdict not in (Verdict.APPLIED, Verdict.KNOWN)
                or known is None
                or known.state.final
            ):
                known = _read(client, fold, task_id)
            info = known
            yield info


def _read(client: "Client", fold: Fold, task_id: str) -> TaskInfo:
    info = client.task(task_id).task
    fold.load(StateReply(client.boot, client.s, (info,)))
    return info
