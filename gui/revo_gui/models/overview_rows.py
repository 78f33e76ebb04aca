"""Which tasks and events the overview lists, and what a row says: plain functions, without Qt."""

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from revo_edge.client.units import duration, percent
from revo_edge.contract import events
from revo_edge.contract.tasks import TaskInfo, TaskState
from revo_gui.link import Line, Missed
from revo_gui.models.task_words import (
    ago,
    progress_ratio,
    state_icon,
    state_word,
    took_words,
    waits,
)
from revo_gui.models.text import one_line

ROWS = 50
_LISTED = frozenset(
    {events.TASK, events.ENGINE, events.SCALING, events.SCALING_EFFECT, events.NOTICE}
)
"""Progress, workers and queues are on the cards already; as lines they would drown the rest."""
_WAITING = frozenset({TaskState.QUEUED, TaskState.HELD, TaskState.PROPOSED})


@dataclass(frozen=True, slots=True)
class TaskRow:
    """What the row of a task says."""

    icon: str
    tone: str
    """The state as the key of its colour."""
    text: str
    """Below the title."""
    side: str
    """At the right of the title: percent, elapsed time or age."""
    ratio: float | None
    """How far a running task is; None hides the bar."""


def first_tasks(tasks: Iterable[TaskInfo], limit: int = ROWS) -> list[TaskInfo]:
    """Return what runs, then the rest; the newest first in both."""
    return heapq.nlargest(limit, tasks, key=_rank)


def following_tasks(
    shown: Sequence[TaskInfo], changed: Iterable[TaskInfo], every: Mapping[str, TaskInfo]
) -> list[TaskInfo]:
    """Return the first of `every` after a change of what was `shown`; looks at all only if it must.

    A task that was not shown and has not changed stands below the last one shown: as long as 50
    others do not, it stays out of sight.
    """
    near = {info.id: every[info.id] for info in (*shown, *changed) if info.id in every}
    found = first_tasks(near.values())
    if len(shown) < ROWS or (len(found) == ROWS and _rank(found[-1]) >= _rank(shown[-1])):
        return found
    return first_tasks(every.values())


def reordered(shown: Sequence[TaskInfo], changed: Iterable[TaskInfo]) -> bool:
    """Tell whether the changes may change which tasks are first, or in which order."""
    states = {info.id: info.state for info in shown}
    return any(states.get(info.id) is not info.state for info in changed)


def counts(tasks: Iterable[TaskInfo]) -> str:
    """Return `3 running, 12 waiting, 1 failed`; what is zero is left out."""
    found = Counter(info.state for info in tasks)
    figures = (
        (found[TaskState.RUNNING], "running"),
        (sum(found[state] for state in _WAITING), "waiting"),
        (found[TaskState.FAILED], "failed"),
    )
    return ", ".join(f"{count:,} {word}" for count, word in figures if count)


def task_row(info: TaskInfo, now: float | None) -> TaskRow:
    """Return what to say of the task; `now` is the daemon's clock, None if it is not known yet."""
    ratio = progress_ratio(info) if info.state is TaskState.RUNNING else None
    if ratio is not None:
        side = percent(ratio)
    elif now is None:
        side = "-"
    elif info.state is TaskState.RUNNING:
        side = took_words(info, now)
    else:
        side = ago(info.ended_at or info.created_at, now)
    return TaskRow(state_icon(info.state), info.state.value, _below(info), side, ratio)


def listed(line: Line) -> bool:
    """Tell whether the overview shows this event."""
    return isinstance(line, Missed) or line.event.k in _LISTED


def _rank(info: TaskInfo) -> tuple[bool, float, str]:
    return info.state is TaskState.RUNNING, info.created_at, info.id


def _below(info: TaskInfo) -> str:
    parts = [waits(info) or state_word(info)]
    if info.error is not None:
        parts.append(one_line(info.error.msg))
    elif info.started_at is not None and info.ended_at is not None:
        parts.append(duration(max(0.0, info.ended_at - info.started_at)))
    elif info.progress is not None and info.progress.note:
        parts.append(one_line(info.progress.note))
    return "  ·  ".join([*parts, one_line(info.kind)])
