"""How long tasks of a kind take: what ended before says when the next will end.

Each kind keeps its last succeeded runs. Two readings of them compete: the whole run, and the run
divided by its items (the `total` of its own progress). The one whose values lie closer together,
as a share of their median, explains the kind and is used; runs of one size and runs in proportion
to their size are both met that way.
"""

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field
from statistics import median

from revo_edge.contract.tasks import Progress, TaskInfo, TaskState

KEPT = 200
"""Runs kept of each kind: many enough for a p90, few enough that a change is soon seen."""
LEAST = 5
"""With fewer runs nothing is said."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Seconds. `mean_s` is what sums up over many tasks; `p90_s` None means that it is unknown."""

    p50_s: float
    p90_s: float | None
    mean_s: float


@dataclass(slots=True)
class _Runs:
    """The runs of one kind; what is derived from them is kept until the next one ends."""

    window: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=KEPT))
    whole: list[float] = field(default_factory=list)
    """Durations in seconds, ascending."""
    each: list[float] = field(default_factory=list)
    """Seconds for one item, ascending; empty unless that explains the kind better."""
    expected: Expected | None = None

    def derive(self) -> None:
        self.whole = sorted(duration_s for duration_s, _ in self.window)
        each = sorted(duration_s / total for duration_s, total in self.window if total)
        better = len(each) >= LEAST and _spread(each) < _spread(self.whole)
        self.each = each if better else []
        self.expected = _expected(self.whole) if len(self.whole) >= LEAST else None


class Durations:
    """The windows of all kinds. Every method is cheap enough for each of 10,000 waiting tasks."""

    def __init__(self) -> None:
        self._kinds: dict[str, _Runs] = {}
        self._stale: set[str] = set()

    def ended(self, info: TaskInfo) -> None:
        """Take in a top-level task that has ended; only a whole succeeded run counts.

        A driver's later attempt goes on from recorded children, so its duration says nothing.
        """
        began, end = info.started_at, info.ended_at
        if info.state is not TaskState.SUCCEEDED or began is None or end is None or end < began:
            return
        if info.items and info.attempt > 1:
            return
        total = info.progress.total if info.progress else 0
        self._kinds.setdefault(info.kind, _Runs()).window.append((end - began, total))
        self._stale.add(info.kind)

    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of which a run is known."""
        return tuple(self._kinds)

    def whole(self, kind: str, total: int = 0) -> Expected | None:
        """Return how long a run of `total` items (0: not known) takes; None: too little is known."""
        runs = self._runs(kind)
        if runs is None or not (total and runs.each):
            return runs.expected if runs else None
        return _expected(_scaled(runs, total))

    def left(self, kind: str, ran_s: float, progress: Progress | None) -> Expected | None:
        """Return how long a task that has run for `ran_s` goes on; None: unknown.

        Without a known share done: the runs of its kind that took longer than it has so far, so
        unknown once it has outlasted them all. With a share done, its own pace and the kind's
        history both say how long the whole takes; its own weighs the square root of that share
        (half at a quarter), since the first items are a poor sample of the others.
        """
        total = progress.total if progress else 0
        done = min(progress.done, total) if progress else 0
        runs = self._runs(kind)
        known = _scaled(runs, total) if runs and runs.expected else []
        if not (done and total):
            longer = known[bisect_right(known, ran_s) :]
            return _expected([duration_s - ran_s for duration_s in longer]) if longer else None
        share, own_s = done / total, ran_s * total / done
        if not known:
            left_s = own_s - ran_s
            return Expected(left_s, None, left_s)
        weight = share**0.5
        mixed = [weight * own_s + (1.0 - weight) * duration_s for duration_s in known]
        return _expected([(1.0 - share) * duration_s for duration_s in mixed])

    def _runs(self, kind: str) -> _Runs | None:
        runs = self._kinds.get(kind)
        if runs and kind in self._stale:
            runs.derive()
            self._stale.discard(kind)
        return runs


def _scaled(runs: _Runs, total: int) -> list[float]:
    if total and runs.each:
        return [item_s * total for item_s in runs.each]
    return runs.whole


def _expected(ordered: list[float]) -> Expected:
    p90 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.9))]
    return Expected(median(ordered), p90, sum(ordered) / len(ordered))


def _spread(ordered: list[float]) -> float:
    """Return the median distance from the median, as a share of it."""
    middle = median(ordered)
    return median(abs(value - middle) for value in ordered) / middle if middle else 0.0
