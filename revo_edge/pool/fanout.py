"""A driver's children: sent in chunks through a window, their outcomes handed back as they come."""

import bisect
import itertools
import queue
from collections import deque
from collections.abc import Callable, Iterable, Iterator

import msgspec

from revo_edge.contract import codec
from revo_edge.contract.tasks import ItemResult, Ranges
from revo_edge.contract.workers import (
    CallReply,
    Children,
    ChildResults,
    FromWorker,
    Item,
    ReadChildren,
)
from revo_edge.engines.base import Cancelled, MapPlan
from revo_edge.errors import TooLarge
from revo_edge.pool.link import Running

WINDOW_CHUNKS = 32
"""Chunks under way at once: two for each of 16 workers."""
CHUNK_S = 0.020
"""How long a chunk should run: ten times what it costs to dispatch and to commit it."""
CHUNK_ITEMS = 256
CHUNK_BYTES = 64 * 1024
ITEM_LIMIT_BYTES = 8 * 1024 * 1024
"""Half of what one message may hold."""
AHEAD_ITEMS = 8_192
"""In order, outcomes that wait for a slow one before them are held; beyond this many, no more run."""
TICK_S = 0.25
"""How often a driver that asked for it may do something while it waits."""

_LEAST_ITEM_S = 20e-6
_WEIGHT = 0.2  # of the newest item in the running mean


class Fanout:
    """All children of one attempt; one `map` at a time."""

    def __init__(self, running: Running, send: Callable[[FromWorker], None]) -> None:
        self._running = running
        self._send = send
        self._replay = _Replay(running.attempt.done)
        self._next_index = 0
        self._chunk_numbers = itertools.count()
        self._is_mapping = False
        self._tick: Callable[[], None] | None = None
        self._begin()

    def _begin(self) -> None:
        self._size = 1
        self._mean_s: float | None = None
        self._exhausted = False
        self._live: deque[ItemResult] = deque()
        self._held: dict[int, ItemResult] = {}  # in order: those that wait for one before them
        self._outstanding: dict[int, int] = {}  # index -> number of its chunk
        self._chunks: dict[int, int] = {}  # number of a chunk -> its items without outcome

    def map(
        self, kind: str, params: Iterable[msgspec.Struct], plan: MapPlan
    ) -> Iterator[ItemResult]:
        """Yield the outcomes of children of this kind; see Context.map. Raises Cancelled."""
        if self._is_mapping:
            raise RuntimeError("ctx.map is used one at a time: end one before the next begins")
        self._is_mapping = True
        self._tick = plan.tick
        self._begin()  # a map before this one may have been left half-way
        first = self._next_index
        try:
            outcomes = self._outcomes(kind, iter(params), plan)
            yield from self._in_order(outcomes, first, plan) if plan.ordered else outcomes
        finally:
            self._is_mapping = False
            self._tick = None

    def receive(self) -> CallReply | None:
        """Wait for one message and sort it in; return it if it answers a call."""
        message = self._next_message()
        if message is None:
            raise Cancelled
        if isinstance(message, CallReply):
            return message
        if message.replay:
            self._replay.add(message)
        else:
            self._take_in(message)
        return None

    def _next_message(self) -> ChildResults | CallReply | None:
        while self._tick is not None:
            try:
                return self._running.replies.get(timeout=TICK_S)
            except queue.Empty:
                self._tick()
        return self._running.replies.get()

    def _outcomes(
        self, kind: str, params: Iterator[msgspec.Struct], plan: MapPlan
    ) -> Iterator[ItemResult]:
        first = self._next_index
        while True:
            self._fill(kind, params, plan)
            while self._live:
                yield self._live.popleft()
            if plan.replay:
                yield from self._replay.take(first, self._next_index)
            is_replayed = not plan.replay or self._replay.is_past(self._next_index)
            if self._exhausted and is_replayed and not self._outstanding:
                return
            if plan.replay and (cursor := self._replay.page_to_ask()) is not None:
                self._send(ReadChildren(self._running.attempt.id, cursor))
            self.receive()

    def _in_order(
        self, outcomes: Iterator[ItemResult], first: int, plan: MapPlan
    ) -> Iterator[ItemResult]:
        expected = (i for i in itertools.count(first) if plan.replay or not self._replay.has(i))
        index = next(expected)
        for outcome in outcomes:
            self._held[outcome.index] = outcome
            while index in self._held:
                yield self._held.pop(index)
                index = next(expected)

    def _fill(self, kind: str, params: Iterator[msgspec.Struct], plan: MapPlan) -> None:
        window = plan.concurrency or WINDOW_CHUNKS
        while not self._exhausted and len(self._chunks) < window:
            if self._outstanding and len(self._held) >= AHEAD_ITEMS:
                return
            items = tuple(self._next_items(params))
            if items:
                number = next(self._chunk_numbers)
                self._chunks[number] = len(items)
                self._outstanding.update((index, number) for index, _ in items)
                self._send(
                    Children(
                        self._running.attempt.id,
                        kind,
                        items,
                        timeout_s=plan.timeout_s,
                        retries=plan.retries,
                    )
                )

    def _next_items(self, params: Iterator[msgspec.Struct]) -> Iterator[Item]:
        """Yield one chunk's items; leave out what is already committed."""
        count = size_bytes = 0
        while count < self._size and size_bytes < CHUNK_BYTES:
            try:
                encoded = codec.encode(next(params))
            except StopIteration:
                self._exhausted = True
                return
            index = self._next_index
            self._next_index += 1
            if self._replay.has(index):
                continue
            if len(encoded) > ITEM_LIMIT_BYTES:
                raise TooLarge(
                    f"The params of item {index} are {len(encoded)} bytes; one item may have "
                    f"{ITEM_LIMIT_BYTES}. Put them into a file and pass its path."
                )
            count += 1
            size_bytes += len(encoded)
            yield index, msgspec.Raw(encoded)

    def _take_in(self, message: ChildResults) -> None:
        durations_s = []
        for result in message.results:
            number = self._outstanding.pop(result.index, None)
            if number is None:
                continue  # of a map that was left half-way
            self._live.append(result)
            durations_s.append(result.duration_s)
            self._chunks[number] -= 1
            if not self._chunks[number]:
                del self._chunks[number]
        if durations_s:
            self._measure(sum(durations_s) / len(durations_s), len(durations_s))

    def _measure(self, duration_s: float, count: int) -> None:
        """Size the next chunks; they grow by doubling, since the first items may be the easy ones."""
        mean_s = duration_s if self._mean_s is None else self._mean_s
        self._mean_s = duration_s + (1 - _WEIGHT) ** count * (mean_s - duration_s)
        fitting = int(CHUNK_S / max(self._mean_s, _LEAST_ITEM_S))
        self._size = max(1, min(fitting, 2 * self._size, CHUNK_ITEMS))


class _Replay:
    """Outcomes recorded before this attempt began, read page by page in the order of commits."""

    def __init__(self, done: Ranges) -> None:
        self._done = done
        self._page: deque[ItemResult] = deque()
        self._left = sum(last - first + 1 for first, last in done)
        self._cursor = 0
        self._is_asked = False

    def has(self, index: int) -> bool:
        """Tell whether the child was committed before this attempt began."""
        at = bisect.bisect_right(self._done, index, key=lambda span: span[0])
        return at > 0 and index <= self._done[at - 1][1]

    def page_to_ask(self) -> int | None:
        """Return the cursor of the page that is needed now; None when none is."""
        if self._page or self._is_asked or not self._left:
            return None
        self._is_asked = True
        return self._cursor

    def add(self, message: ChildResults) -> None:
        """Take a page; what was committed since the attempt began is no replay."""
        self._is_asked = False
        recorded = [result for result in message.results if self.has(result.index)]
        self._page.extend(recorded)
        self._left -= len(recorded)
        if message.next_cursor is None:
            self._left = 0
        else:
            self._cursor = message.next_cursor

    def take(self, first: int, end: int) -> Iterator[ItemResult]:
        """Yield what is at hand of the map that has the indexes from `first` on, below `end`."""
        while self._page and self._page[0].index < end:
            result = self._page.popleft()
            if result.index >= first:  # else of an earlier map, which did not want it
                yield result

    def is_past(self, end: int) -> bool:
        """Tell whether all below `end` was taken: maps follow one another, so do their commits."""
        return self._page[0].index >= end if self._page else not self._left
