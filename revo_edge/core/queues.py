"""What waits for a slot: a line for each named queue and lane, and lines of children.

Order everywhere: highest priority first, then by place: oldest, unless somebody moved it. Lengths
are counted, never scanned.
"""

import heapq
import itertools
import math
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from revo_edge.contract.events import QueueInfo
from revo_edge.contract.kinds import Lane
from revo_edge.core.records import DEPTHS, Chunk


class Order:
    """Numbers tasks and chunks by age. Numbers of an earlier daemon are kept and passed over."""

    def __init__(self) -> None:
        self._newest = 0

    def next(self) -> int:
        """Return a number higher than all before."""
        self._newest += 1
        return self._newest

    def keep(self, number: float | None) -> float:
        """Return this number, or the next one if there is none."""
        if number is None:
            return self.next()
        self._newest = max(self._newest, math.ceil(number))
        return number


class Line:
    """Chunks in the order they will start. One that was taken out stays in the heap until met."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, float, int, Chunk]] = []
        self._by_age: deque[tuple[int, Chunk]] = deque()
        self._length = 0
        self._tickets = itertools.count(1)

    def __len__(self) -> int:
        return self._length

    def push(self, chunk: Chunk, now: float) -> None:
        """Add a chunk; one that was in line before gets its old place back."""
        chunk.ticket, chunk.queued_at = next(self._tickets), now
        key = (-chunk.task.spec.priority, chunk.seq, chunk.ticket)
        heapq.heappush(self._heap, (*key, chunk))
        self._by_age.append((chunk.ticket, chunk))
        self._length += 1

    def remove(self, chunk: Chunk) -> None:
        """Take a chunk out."""
        chunk.ticket = 0
        self._length -= 1
        if len(self._by_age) > 2 * self._length + 64:
            self._compact()

    def _compact(self) -> None:
        self._heap = [entry for entry in self._heap if entry[3].ticket == entry[2]]
        heapq.heapify(self._heap)
        self._by_age = deque(entry for entry in self._by_age if entry[1].ticket == entry[0])

    def first(self) -> Chunk | None:
        """Return the chunk that starts next."""
        heap = self._heap
        while heap and heap[0][3].ticket != heap[0][2]:
            heapq.heappop(heap)
        return heap[0][3] if heap else None

    def entries(self) -> list[tuple[int, float, int, Chunk]]:
        """Return (rank, rank, ticket, chunk) of all, as a heap."""
        self.first()
        if len(self._heap) == self._length:  # by far the cheapest, and nearly always so
            return self._heap.copy()
        self._heap = [entry for entry in self._heap if entry[3].ticket == entry[2]]
        heapq.heapify(self._heap)
        return self._heap.copy()

    def oldest_at(self) -> float | None:
        """Return since when the longest waiting chunk has waited (monotonic seconds)."""
        by_age = self._by_age
        while by_age and by_age[0][1].ticket != by_age[0][0]:
            by_age.popleft()
        return by_age[0][1].queued_at if by_age else None


@dataclass(frozen=True, slots=True)
class Standing:
    """A copy of one line of top-level tasks."""

    queue: str
    lane: Lane
    entries: list[tuple[int, float, int, Chunk]]
    """A heap, as in Line."""

    def tasks(self) -> Iterator[tuple[int, float, str, str]]:
        """Yield (rank, rank, task id, kind) in the order of their start; ranks compare lines.

        Any thread may: ids and kinds of chunks never change.
        """
        heap = self.entries.copy()
        while heap:
            first, second, _, chunk = heapq.heappop(heap)
            yield first, second, chunk.task.id, chunk.kind.name


def _own_lines() -> dict[Lane, Line]:
    return {Lane.ELASTIC: Line(), Lane.DRIVER: Line()}


@dataclass(slots=True, eq=False)
class NamedQueue:
    """A queue of top-level tasks. `queued` counts also those that wait for time or for tasks."""

    name: str
    concurrency: int | None = None
    paused: bool = False
    queued: int = 0
    running: int = 0
    lines: dict[Lane, Line] = field(default_factory=_own_lines)

    def room(self, lane: Lane) -> int:
        """Return how many of its waiting tasks of a lane may start."""
        waiting = len(self.lines[lane])
        if self.paused:
            return 0
        if self.concurrency is None:
            return waiting
        return min(waiting, max(0, self.concurrency - self.running))

    def info(self) -> QueueInfo:
        """Return the public record."""
        return QueueInfo(self.name, self.queued, self.running, self.concurrency, self.paused)


class Queues:
    """All lines."""

    def __init__(self, concurrency: Mapping[str, int]) -> None:
        self.named = {name: NamedQueue(name, bound) for name, bound in concurrency.items()}
        self.closed = False
        """True while the daemon drains: no task starts, children go on."""
        self.waiting = {Lane.ELASTIC: 0, Lane.DRIVER: 0}
        self._children = Line()
        self._drivers = [Line() for _ in range(DEPTHS)]

    def named_queue(self, name: str) -> NamedQueue:
        """Return a queue; it comes into being with its first task."""
        queue = self.named.get(name)
        if queue is None:
            queue = self.named[name] = NamedQueue(name)
        return queue

    def forget_empty(self, name: str) -> None:
        """Drop a queue that has neither tasks nor settings."""
        queue = self.named.get(name)
        if queue and not (queue.queued or queue.running or queue.paused or queue.concurrency):
            del self.named[name]

    def push(self, chunk: Chunk, now: float) -> None:
        """Put a chunk in its line."""
        self._line(chunk).push(chunk, now)
        self.waiting[chunk.kind.lane] += 1

    def remove(self, chunk: Chunk) -> None:
        """Take a chunk out of its line, if it is in one."""
        if chunk.ticket:
            self._line(chunk).remove(chunk)
            self.waiting[chunk.kind.lane] -= 1

    def first_elastic(self) -> Chunk | None:
        """Return the chunk that the next free elastic worker gets."""
        return self._first(Lane.ELASTIC, self._children)

    def first_driver(self, depth: int) -> Chunk | None:
        """Return the driver that starts next at a depth; tasks stand at depth 0."""
        return self._drivers[depth].first() if depth else self._first(Lane.DRIVER)

    def startable(self, lane: Lane) -> int:
        """Return how many chunks would start now if slots were free: tasks and elastic children."""
        tasks = 0 if self.closed else sum(q.room(lane) for q in self.named.values())
        return tasks + (len(self._children) if lane is Lane.ELASTIC else 0)

    def startable_drivers(self, depth: int) -> int:
        """Return how many drivers of a depth would start now if slots were free."""
        return len(self._drivers[depth]) if depth else self.startable(Lane.DRIVER)

    def oldest_elastic_at(self) -> float | None:
        """Return since when the longest waiting startable chunk has waited."""
        lines = [line for line in self._open(Lane.ELASTIC) if line]
        if self._children:
            lines.append(self._children)
        return min((at for line in lines if (at := line.oldest_at()) is not None), default=None)

    def standing(self) -> Iterator[Standing]:
        """Yield copies of the lines that tasks may start from, now or later."""
        for queue in () if self.closed else self.named.values():
            for lane, line in () if queue.paused else queue.lines.items():
                if line:
                    yield Standing(queue.name, lane, line.entries())

    def room(self, name: str) -> float:
        """Return how many more tasks of a queue may run; inf: as many as there are slots."""
        queue = self.named_queue(name)
        return math.inf if queue.concurrency is None else queue.concurrency - queue.running

    def _line(self, chunk: Chunk) -> Line:
        if chunk.parent is None:
            return self.named_queue(chunk.task.spec.queue).lines[chunk.kind.lane]
        return self._drivers[chunk.depth] if chunk.kind.lane is Lane.DRIVER else self._children

    def _open(self, lane: Lane) -> Iterator[Line]:
        if not self.closed:
            for queue in self.named.values():
                if queue.room(lane):
                    yield queue.lines[lane]

    def _first(self, lane: Lane, *more: Line) -> Chunk | None:
        best: Chunk | None = None
        for line in (*self._open(lane), *more):
            chunk = line.first()
            if chunk and (best is None or _rank(chunk) < _rank(best)):
                best = chunk
        return best


def _rank(chunk: Chunk) -> tuple[int, float]:
    """Order chunks of different lines: a child counts as old as the task it belongs to."""
    return -chunk.task.spec.priority, chunk.task.seq
