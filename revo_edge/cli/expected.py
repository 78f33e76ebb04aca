"""When a waiting or running task is expected to start and end, in words."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from revo_edge.client.units import clock, duration
from revo_edge.contract.tasks import Outlook, TaskInfo, TaskState
from revo_edge.errors import UnknownMethod

if TYPE_CHECKING:
    from revo_edge.client.client import Client

UNKNOWN = "unknown"
_PAGE = 1000
_AHEAD = frozenset({TaskState.QUEUED, TaskState.RUNNING})


def outlooks(client: "Client", infos: Sequence[TaskInfo]) -> dict[str, Outlook]:
    """Ask for the outlooks of those that wait or run; an older daemon knows none."""
    ids = [info.id for info in infos if info.state in _AHEAD]
    found: dict[str, Outlook] = {}
    try:
        for first in range(0, len(ids), _PAGE):
            page = client.outlook(ids[first : first + _PAGE])
            found.update((outlook.id, outlook) for outlook in page)
    except UnknownMethod:
        return {}
    return found


def expected(info: TaskInfo, ahead: Outlook | None, at: float) -> str:
    """Return one cell: `ends in 2 m 05 s`, `#3, starts in 12.0 s`; empty for other states.

    `at` is the present time (UTC epoch seconds).
    """
    if info.state not in _AHEAD:
        return ""
    if ahead is None:
        return UNKNOWN
    if info.state is TaskState.RUNNING:
        return _in("ends", ahead.end_p50_at, at)
    start = _in("starts", ahead.start_p50_at, at)
    return start if ahead.position is None else f"#{ahead.position}, {start}"


def expected_facts(info: TaskInfo, ahead: Outlook | None) -> list[tuple[str, str]]:
    """Return rows for the details of one task; none for one that neither waits nor runs."""
    if info.state not in _AHEAD:
        return []
    ahead = ahead or Outlook(info.id)
    ends = ("should end", _around(ahead.end_p50_at, ahead.end_p90_at))
    if info.state is TaskState.RUNNING:
        return [ends]
    place = UNKNOWN if ahead.position is None else str(ahead.position)
    starts = ("should start", _around(ahead.start_p50_at, ahead.start_p90_at))
    return [("place in line", place), starts, ends]


def _in(verb: str, when: float | None, at: float) -> str:
    if when is None:
        return UNKNOWN
    return f"{verb} in {duration(when - at)}" if when > at else f"{verb} now"


def _around(p50_at: float | None, p90_at: float | None) -> str:
    if p50_at is None:
        return UNKNOWN
    late = "" if p90_at is None else f", 9 times in 10 before {clock(p90_at)}"
    return f"about {clock(p50_at)}{late}"
