"""What a change of the number of workers brought: counted before it and after it, or why not.

Nothing is estimated. Ends and waits are the scheduler's own counts, looked at every quarter of a
second. A pace is taken between the first and the last end seen in its window, so that equal tasks,
which end in waves, do not blur it. The window after a change opens once the new workers are ready.
It is over after `WINDOW_S`, or earlier when the number changes again or nothing waits any more:
from then on the counts would say something about that.
"""

import itertools
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from revo_edge.contract.events import Pace, Scaling, ScalingEffect
from revo_edge.core.scaling import LEAST_UNITS, ROUNDS

WINDOW_S = 5.0
"""How long both sides are looked at, at most."""
LEAST_S = 0.5
"""A pace over a shorter time says too little: it is but two looks."""
READY_S = 10.0
"""New workers that are not ready by then are not waited for."""
GAP_S = 1.0
"""Nobody looked for longer than this: what was before it is another time."""


@dataclass(slots=True)
class Tally:
    """What elastic workers did since the daemon started: items ended by kind, starts, their waits.

    A start is one dispatch; it waited in its line for a slot.
    """

    ended: Counter[str] = field(default_factory=Counter)
    started: int = 0
    waited_s: float = 0.0

    def start(self, waited_s: float) -> None:
        """Count a dispatch."""
        self.started += 1
        self.waited_s += waited_s


@dataclass(frozen=True, slots=True)
class Look:
    """The counts at one time (monotonic seconds); `queued` could start if there were a worker."""

    now: float
    ended: Mapping[str, int]
    started: int
    waited_s: float
    queued: int

    @property
    def total(self) -> int:
        """Items of all kinds that ended."""
        return sum(self.ended.values())


@dataclass(slots=True)
class _Open:
    """A change whose effect is not yet known; `waiting`: there was work for more workers."""

    scaling: Scaling
    began_at: float
    waiting: bool
    before: list[Look]
    ready_at: float | None = None


@dataclass(slots=True)
class Effects:
    """Looks on and says what each change brought, one after the other."""

    _looks: deque[Look] = field(default_factory=deque)
    """Since the number of workers last settled, `WINDOW_S` of them at most."""
    _open: _Open | None = None

    @property
    def pending(self) -> bool:
        """Whether an effect is still to be told, so that somebody must go on looking."""
        return self._open is not None

    def scaled(self, scaling: Scaling, now: float, queued: int) -> ScalingEffect | None:
        """Take in a change of the number; return the effect of the one before if it was open."""
        told = self._close(scaling.at, f"the number changed again{self._after_s(now)}")
        if scaling.before and scaling.before != scaling.after:
            self._open = _Open(scaling, now, queued > 0, list(self._looks))
        self._looks.clear()
        return told

    def look(
        self, now: float, at: float, tally: Tally, queued: int, *, ready: bool
    ) -> ScalingEffect | None:
        """Look at the counts; `ready`: no worker is starting. Return an effect that is known now.

        `at` is the same moment as UTC epoch seconds.
        """
        found = Look(now, dict(tally.ended), tally.started, tally.waited_s, queued)
        if self._looks and now - self._looks[-1].now > GAP_S:
            self._looks.clear()
        change = self._open
        if change and change.ready_at is None:
            if not ready:
                late = now >= change.began_at + READY_S
                words = f"the new workers were not ready within {READY_S:.0f} s"
                return self._close(at, words) if late else None
            change.ready_at = now
        if change and change.waiting and not queued:
            told = self._close(at, f"nothing waited any more{self._after_s(now)}")
            self._looks.clear()
            self._keep(found)
            return told
        self._keep(found)
        if change and change.ready_at is not None and now >= change.ready_at + WINDOW_S:
            return self._close(at, "")
        return None

    def _keep(self, found: Look) -> None:
        self._looks.append(found)
        while found.now - self._looks[0].now > WINDOW_S:
            self._looks.popleft()

    def _after_s(self, now: float) -> str:
        if self._open is None or self._open.ready_at is None:
            return " before new workers were ready"
        return f" {now - self._open.ready_at:.1f} s later"

    def _close(self, at: float, cut: str) -> ScalingEffect | None:
        """End the open change; `cut` says what ended its window early."""
        change, self._open = self._open, None
        if change is None:
            return None
        after = list(self._looks) if change.ready_at is not None else []
        return effect(change.scaling, at, change.before, after, waiting=change.waiting, cut=cut)


def effect(
    scaling: Scaling,
    at: float,
    before: Sequence[Look],
    after: Sequence[Look],
    *,
    waiting: bool,
    cut: str,
) -> ScalingEffect:
    """Return what a change brought by the looks on both sides, or why that cannot be said."""
    told = partial(ScalingEffect, at, scaling.at, scaling.before, scaling.after)
    old = _Side(_waited(before) if waiting else before, scaling.before)
    new = _Side(after, scaling.after)
    if old.pace is None:
        return told(reason=old.too_little("before"))
    if new.pace is None:
        return told(reason=cut or new.too_little("after"))
    if old.kinds != new.kinds:
        words = f"the load changed from {_names(old.kinds)} to {_names(new.kinds)}"
        return told(reason=words)
    return told(pace_before=old.pace, pace_after=new.pace)


class _Side:
    """The looks on one side of a change, from the first end seen to the last."""

    def __init__(self, looks: Sequence[Look], workers: int) -> None:
        self.needed = max(LEAST_UNITS, ROUNDS * workers)
        ends = [b for a, b in itertools.pairwise(looks) if b.total > a.total]
        self.span_s = looks[-1].now - looks[0].now if looks else 0.0
        self.seen = looks[-1].total - looks[0].total if looks else 0
        self.pace: Pace | None = None
        self.kinds: frozenset[str] = frozenset()
        if len(ends) < 2:
            return
        first, last = ends[0], ends[-1]
        window_s, ended = last.now - first.now, last.total - first.total
        if ended < self.needed or window_s < LEAST_S:
            return
        started = last.started - first.started
        waited_s = last.waited_s - first.waited_s
        wait_s = round(waited_s / started, 4) if started else None
        self.pace = Pace(round(window_s, 3), ended, round(ended / window_s, 3), started, wait_s)
        self.kinds = frozenset(k for k, n in last.ended.items() if n > first.ended.get(k, 0))

    def too_little(self, when: str) -> str:
        """Say how far the counts are from telling a pace."""
        return (
            f"too little ended {when} it: {self.seen:,} in {self.span_s:.1f} s,"
            f" {self.needed} over {LEAST_S} s or more are needed"
        )


def _waited(looks: Sequence[Look]) -> list[Look]:
    """Return the last looks in a row in which something waited: only then workers were the limit."""
    last = max((number for number, look in enumerate(looks) if not look.queued), default=-1)
    return list(looks[last + 1 :])


def _names(kinds: frozenset[str]) -> str:
    return ", ".join(sorted(kinds))
