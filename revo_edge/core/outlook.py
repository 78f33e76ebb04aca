"""What is expected of waiting and running tasks: who starts when, and when each ends.

`Outlooks.picture` copies what is needed, which is cheap; `foresee` plays it to its end, which takes
a few microseconds a task and so is not for the loop's thread. It plays the scheduler's own rule
(highest priority, then oldest; a paused queue starts nothing, a bounded one only so many) with the
slots there are now. What it does not know: tasks that are submitted later, workers that will be
added, and what a driver's children need beyond the slots they hold, which stay theirs to its end.

Means add up along a slot, and so do squared distances from p50 to p90; that is exact for neither,
but errors of single tasks do not grow with the length of the line.
"""

import heapq
import itertools
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from revo_edge.contract.kinds import Lane
from revo_edge.contract.tasks import Outlook, TaskState
from revo_edge.core.attempts import Attempts
from revo_edge.core.book import Book
from revo_edge.core.durations import Expected
from revo_edge.core.queues import Queues, Standing
from revo_edge.core.records import Task
from revo_edge.core.workers import Pool


@dataclass(frozen=True, slots=True)
class Held:
    """A slot in use; `queue` and `task_id` are empty where a child of another task runs in it."""

    task_id: str
    queue: str
    lane: Lane
    left: Expected | None


@dataclass(frozen=True, slots=True)
class Picture:
    """The lines and slots at one moment (`at`: UTC epoch seconds); nothing in it changes."""

    at: float
    held: tuple[Held, ...]
    free: Mapping[Lane, int]
    """Slots of each lane that are not in use."""
    room: Mapping[str, float]
    """Of each queue how many more of its tasks may run; inf: any number."""
    lines: tuple[Standing, ...]
    whole: Mapping[str, Expected | None]
    """How long a task of each kind takes; a kind that never ended is not in it."""
    others: tuple[str, ...] = ()
    """Tasks that were asked for and wait for something else than a slot."""


class Outlooks:
    """Takes pictures of the scheduler."""

    def __init__(self, queues: Queues, pool: Pool, book: Book, attempts: Attempts) -> None:
        self._queues = queues
        self._pool = pool
        self._book = book
        self._attempts = attempts

    def picture(self, ids: Collection[str], at: float) -> Picture:
        """Copy what `foresee` needs; `ids` are tasks that shall be answered in any case."""
        durations, held = self._book.durations, tuple(self._held(at))
        lines = tuple(self._queues.standing())
        asked = (self._book.tasks.get(task_id) for task_id in ids)
        return Picture(
            at,
            held,
            {lane: self._slots(lane) - sum(h.lane is lane for h in held) for lane in _LANES},
            {line.queue: self._queues.room(line.queue) for line in lines},
            lines,
            {kind: durations.whole(kind) for kind in durations.kinds()},
            tuple(task.id for task in asked if task and task.state is TaskState.QUEUED),
        )

    def _slots(self, lane: Lane) -> int:
        return self._pool.target if lane is Lane.ELASTIC else self._attempts.drivers_per_depth

    def _held(self, at: float) -> Iterator[Held]:
        for chunk in self._attempts.running.values():
            task, lane = chunk.task, chunk.kind.lane
            if chunk.parent is None:
                yield Held(task.id, task.spec.queue, lane, self._left(task, at))
            elif lane is Lane.ELASTIC:
                yield Held("", "", lane, self._left(task, at))

    def _left(self, task: Task, at: float) -> Expected | None:
        ran_s = max(0.0, at - (task.started_at or at))
        return self._book.durations.left(task.spec.kind, ran_s, task.progress)


_LANES = (Lane.ELASTIC, Lane.DRIVER)

_Moment = tuple[float, float]
"""Seconds from now and their variance; infinite: unknown."""

_NOW: _Moment = (0.0, 0.0)
_NEVER: _Moment = (math.inf, math.inf)
_NO_TIME = Expected(0.0, 0.0, 0.0)

_Coming = tuple[str, int | None, _Moment, Expected | None]
"""(task id, position, start, how long from there): an Outlook, made only for what was asked."""


@dataclass(slots=True)
class _Play:
    """The lines as they are played: who may start now, and which slot ends next."""

    picture: Picture
    free: dict[Lane, int]
    room: dict[str, float]
    lines: list[Iterator[tuple[int, float, str, str]]] = field(default_factory=list)
    next: dict[int, tuple[int, float, str, str]] = field(default_factory=dict)
    """Of each line, by its number, the task that stands first."""
    ends: list[tuple[float, int, float, Lane, str]] = field(default_factory=list)
    """(when, order, variance, lane, queue) of each slot in use."""
    begun: int = 0

    def begin(self) -> None:
        for held in self.picture.held:
            self._occupy(_NOW, held.left, held.lane, held.queue)
        for number, line in enumerate(self.picture.lines):
            self.lines.append(line.tasks())
            self._advance(number)

    def pick(self) -> int | None:
        """Return the number of the line whose first task starts now."""
        best: int | None = None
        for number, task in self.next.items():
            line = self.picture.lines[number]
            if self.free[line.lane] <= 0 or self.room[line.queue] <= 0:
                continue
            if best is None or task < self.next[best]:
                best = number
        return best

    def start(self, number: int, now: _Moment, takes: Expected | None) -> None:
        line = self.picture.lines[number]
        self.free[line.lane] -= 1
        self.room[line.queue] -= 1
        self._occupy(now, takes, line.lane, line.queue)
        self._advance(number)

    def end(self) -> _Moment:
        """Free the slot that is through first, and return when that is."""
        when, _, variance, lane, queue = heapq.heappop(self.ends)
        self.free[lane] += 1
        if queue in self.room:
            self.room[queue] += 1
        return when, variance

    def _advance(self, number: int) -> None:
        following = next(self.lines[number], None)
        if following is None:
            self.next.pop(number, None)
        else:
            self.next[number] = following

    def _occupy(self, since: _Moment, takes: Expected | None, lane: Lane, queue: str) -> None:
        when, variance = _NEVER
        if takes:
            when, variance = since[0] + takes.mean_s, since[1] + _variance(takes)
        self.begun += 1
        heapq.heappush(self.ends, (when, self.begun, variance, lane, queue))


def foresee(picture: Picture) -> Iterator[Outlook]:
    """Yield running tasks, then waiting ones in the order of their start, then all others asked.

    `position` counts the tasks that wait for the same kind of process, from 1. A start is unknown
    when no slot is known to become free, an end also where too few runs of the kind are known.
    """
    return (_outlook(coming, picture.at) for coming in _all(picture))


def chosen(picture: Picture, ids: Iterable[str], limit: int) -> tuple[Outlook, ...]:
    """Return the outlooks of these tasks, or without ids the first `limit`."""
    wanted = frozenset(ids)
    fit = (c for c in _all(picture) if not wanted or c[0] in wanted)
    found = itertools.islice(fit, len(wanted) or limit)
    return tuple(_outlook(coming, picture.at) for coming in found)


def _all(picture: Picture) -> Iterator[_Coming]:
    left = set(picture.others)
    for coming in itertools.chain(_running(picture), _waiting(picture)):
        left.discard(coming[0])
        yield coming
    yield from ((task_id, None, _NEVER, None) for task_id in picture.others if task_id in left)


def _running(picture: Picture) -> Iterator[_Coming]:
    for held in picture.held:
        if held.task_id:
            yield held.task_id, None, _NOW, held.left


def _waiting(picture: Picture) -> Iterator[_Coming]:
    play = _Play(picture, dict(picture.free), dict(picture.room))
    play.begin()
    positions = dict.fromkeys(_LANES, 0)
    now = _NOW
    while play.next:
        number = play.pick()
        if number is not None:
            line, (_, _, task_id, kind) = picture.lines[number], play.next[number]
            takes = picture.whole.get(kind)
            positions[line.lane] += 1
            yield task_id, positions[line.lane], now, takes
            play.start(number, now, takes)
        elif play.ends:
            now = play.end()
        else:
            return


def _outlook(coming: _Coming, at: float) -> Outlook:
    task_id, position, start, takes = coming
    end = _after(start, takes, at)
    if position is None:
        return Outlook(task_id, end_p50_at=end[0], end_p90_at=end[1])
    begins = _after(start, _NO_TIME, at)
    return Outlook(task_id, position, begins[0], begins[1], end[0], end[1])


def _after(start: _Moment, takes: Expected | None, at: float) -> tuple[float | None, float | None]:
    """Return p50 and p90 of the moment at which something that begins at `start` is through."""
    if takes is None or math.isinf(start[0]):
        return None, None
    p50 = at + start[0] + takes.p50_s
    spread = math.sqrt(start[1] + _variance(takes))
    return p50, None if math.isinf(spread) else p50 + spread


def _variance(takes: Expected) -> float:
    return math.inf if takes.p90_s is None else (takes.p90_s - takes.p50_s) ** 2
