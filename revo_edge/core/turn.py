"""One decision: when it is made, what it decided so far, and what is to be looked at later."""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass

from revo_edge.core.actions import Action


class Turn:
    """What all parts of the scheduler share while one event is taken in.

    `now` is monotonic seconds; `epoch` is wall time minus `now`, set by the shell.
    """

    __slots__ = ("actions", "epoch", "now")

    def __init__(self) -> None:
        self.now = 0.0
        self.epoch = 0.0
        self.actions: list[Action] = []

    @property
    def at(self) -> float:
        """The decision's time as UTC epoch seconds."""
        return self.now + self.epoch

    def begin(self, now: float) -> None:
        """Forget the last decision."""
        self.now = now
        self.actions = []

    def emit(self, action: Action) -> None:
        """Add an action."""
        self.actions.append(action)


@dataclass(slots=True, eq=False)
class Timer:
    """Something to do at `when` (monotonic seconds) unless it is cancelled before."""

    when: float
    fire: Callable[[], None]
    live: bool = True


class Timers:
    """The one heap of deadlines; a cancelled timer stays in it until it is due or too many are."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()
        self._dead = 0

    def arm(self, when: float, fire: Callable[[], None]) -> Timer:
        """Call `fire` at the first tick that is not before `when`."""
        timer = Timer(when, fire)
        heapq.heappush(self._heap, (when, next(self._order), timer))
        return timer

    def cancel(self, timer: Timer | None) -> None:
        """Forget a timer; None and timers that have fired are fine."""
        if timer is None or not timer.live:
            return
        timer.live = False
        self._dead += 1
        if self._dead > 64 and self._dead * 2 > len(self._heap):
            self._heap = [entry for entry in self._heap if entry[2].live]
            heapq.heapify(self._heap)
            self._dead = 0

    def clear(self) -> None:
        """Forget all timers."""
        for _, _, timer in self._heap:
            timer.live = False
        self._heap.clear()
        self._dead = 0

    def fire_due(self, now: float) -> None:
        """Call everything that is due, earliest first."""
        while (when := self.next()) is not None and when <= now:
            timer = heapq.heappop(self._heap)[2]
            timer.live = False
            timer.fire()

    def next(self) -> float | None:
        """Return when the next timer is due, or None."""
        while self._heap and not self._heap[0][2].live:
            heapq.heappop(self._heap)
            self._dead -= 1
        return self._heap[0][0] if self._heap else None
