"""Long polls: requests that are answered when something happens, or when their time is up."""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass

from revo_edge.daemon.asks import Ask

Try = Callable[[bool], bool]
"""Answer if there is something to say; the argument says that time is up. True when answered."""


@dataclass(slots=True)
class _Waiter:
    attempt: Try
    over: bool = False


class Waiters:
    """All long polls; those of one task are asked again only when that task changes."""

    def __init__(self) -> None:
        self._by_topic: dict[str, list[_Waiter]] = {}
        self._timers: list[tuple[float, int, _Waiter]] = []
        self._order = itertools.count()

    def add(self, topic: str, until: float, attempt: Try) -> None:
        """Ask `attempt` now, at each change of `topic` (a task id, or "" for any) and at `until`."""
        if attempt(False):
            return
        waiter = _Waiter(attempt)
        self._by_topic.setdefault(topic, []).append(waiter)
        heapq.heappush(self._timers, (until, next(self._order), waiter))

    def changed(self, topic: str) -> None:
        """Ask the waiters of the topic."""
        waiting = self._by_topic.get(topic)
        if not waiting:
            return
        for waiter in waiting:
            waiter.over = waiter.over or waiter.attempt(False)
        left = [waiter for waiter in waiting if not waiter.over]
        if left:
            self._by_topic[topic] = left
        else:
            del self._by_topic[topic]

    def next_deadline(self) -> float | None:
        """Return when the first wait is over."""
        return self._timers[0][0] if self._timers else None

    def tick(self, now: float) -> None:
        """Answer those whose time is up."""
        expired = False
        while self._timers and self._timers[0][0] <= now:
            waiter = heapq.heappop(self._timers)[2]
            if not waiter.over:
                waiter.over = waiter.attempt(True)
                expired = True
        if expired:
            self._sweep()

    def _sweep(self) -> None:
        for topic, waiting in list(self._by_topic.items()):
            left = [waiter for waiter in waiting if not waiter.over]
            if left:
                self._by_topic[topic] = left
            else:
                del self._by_topic[topic]


def wait_until(ask: Ask, wait_ms: int) -> float:
    """Return when a long poll must be answered: a little before the caller's own deadline."""
    until = ask.began + wait_ms / 1000
    return until if ask.deadline is None else min(until, ask.deadline - 0.05)
