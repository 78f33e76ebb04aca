"""Cuts: the published record at one `s`, read page by page while the record moves on."""

from collections import OrderedDict
from dataclasses import dataclass

from revo_edge.contract.record import Record
from revo_edge.contract.requests import StateGet, StateReply
from revo_edge.contract.tasks import TaskInfo
from revo_edge.errors import BadRequest, NotFound

KEEP_S = 10.0
"""A cut is kept so long after its last page was read, so that a lost reply can be asked again."""
LIMIT = 128
"""Cuts held at once; the one unused for longest goes first."""


@dataclass(slots=True)
class _Cut:
    s: int
    tasks: tuple[TaskInfo, ...]
    used_at: float


class Cuts:
    """Pins the records of a cut while pages of it are read; records are immutable."""

    def __init__(self, boot: str) -> None:
        self._boot = boot
        self._cuts: OrderedDict[int, _Cut] = OrderedDict()
        self._made = 0

    def first(self, record: Record, s: int, query: StateGet, now: float) -> StateReply:
        """Return page 1 of a new cut; it also holds workers, engines, queues and alerts."""
        self._expire(now)
        tasks = _select(record, query)
        cursor = None
        if len(tasks) > query.limit:
            self._made += 1
            self._cuts[self._made] = _Cut(s, tasks, now)
            cursor = f"{self._made}:{query.limit}"
            if len(self._cuts) > LIMIT:
                self._cuts.popitem(last=False)
        return StateReply(
            boot=self._boot,
            s=s,
            tasks=tasks[: query.limit],
            workers=tuple(record.workers.values()) if "worker" in query.streams else (),
            engines=tuple(record.engines.values()) if "engine" in query.streams else (),
            queues=tuple(record.queues.values()),
            cursor=cursor,
            alerts=tuple(record.alerts.values()) if "alert" in query.streams else (),
        )

    def next(self, cursor: str, limit: int, now: float) -> StateReply:
        """Return a further page; raise NotFound when the cut is gone, BadRequest if none ever."""
        self._expire(now)
        number, _, offset = cursor.partition(":")
        if not (number.isdecimal() and offset.isdecimal()):
            raise BadRequest(f'"{cursor}" is not a cursor of state.get. Ask without one.')
        cut = self._cuts.get(int(number))
        if cut is None:
            raise NotFound("The cut is no longer kept. Start over: ask state.get without a cursor.")
        cut.used_at = now
        self._cuts.move_to_end(int(number))
        start = int(offset)
        end = start + limit
        return StateReply(
            boot=self._boot,
            s=cut.s,
            tasks=cut.tasks[start:end],
            cursor=f"{number}:{end}" if end < len(cut.tasks) else None,
        )

    def _expire(self, now: float) -> None:
        while self._cuts and now - next(iter(self._cuts.values())).used_at > KEEP_S:
            self._cuts.popitem(last=False)


def _select(record: Record, query: StateGet) -> tuple[TaskInfo, ...]:
    if "task" not in query.streams:
        return ()
    if query.tasks:
        return tuple(record.tasks[id_] for id_ in query.tasks if id_ in record.tasks)
    return tuple(record.tasks.values())
