"""What the calls of a resident lane come to: durations, shares, and the events that say so."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from revo_edge.contract import events
from revo_edge.contract.calls import CallMethod
from revo_edge.contract.events import MemoryUse
from revo_edge.contract.metrics import MemorySample
from revo_edge.contract.tasks import ErrorInfo
from revo_edge.core.health import Latencies, Rate

TARGET_MS = 100.0
"""What an answer from memory shall stay under; the share that does is tracked."""
USE_S = 0.2
"""Calls within so long are one event: a thousand searches a second shall not flood the stream."""
ASKERS_OWN = frozenset({"BAD_REQUEST", "NOT_FOUND", "CONFLICT", "TOO_LARGE", "FORBIDDEN"})
"""Errors of the question, not of the engine."""


@dataclass(slots=True)
class LaneCounts:
    """One lane. Durations are from a call's arrival to its answer."""

    reads: Latencies = field(default_factory=Latencies)
    writes: Latencies = field(default_factory=Latencies)
    read: int = 0
    written: int = 0
    in_time: int = 0
    last_error: str = ""
    figures: dict[str, dict[str, float]] = field(default_factory=dict)
    """What each process counted last."""
    _uses: dict[str, MemoryUse] = field(default_factory=dict)
    _used_at: dict[str, float] = field(default_factory=dict)
    _reads: Rate = field(default_factory=Rate)
    _stored: Rate = field(default_factory=Rate)

    def answered(
        self, method: CallMethod, ms: float, items: int, error: ErrorInfo | None, now: float
    ) -> None:
        """Count one answer."""
        if error is not None:
            if error.code not in ASKERS_OWN:
                self.last_error = error.msg
        elif method.mutates:
            self.writes.add(ms, now)
            self.written += 1
        else:
            self.reads.add(ms, now)
            self.read += 1
            self.in_time += ms < TARGET_MS
        kind = events.CONTEXT_STORED if method.mutates else events.CONTEXT_RETRIEVED
        use = self._uses.get(kind, MemoryUse(0, 0, 0.0))
        self._uses[kind] = MemoryUse(
            use.calls + 1,
            use.items + items,
            round(max(use.slowest_ms, ms), 3),
            use.failed + (error is not None),
        )

    def next_use(self) -> float | None:
        """Return when `take_uses` is next worth calling."""
        return min((self._used_at.get(kind, 0.0) + USE_S for kind in self._uses), default=None)

    def take_uses(self, now: float) -> Iterable[tuple[str, MemoryUse]]:
        """Return the uses that are due, by kind of event."""
        due = [kind for kind in self._uses if now >= self._used_at.get(kind, 0.0) + USE_S]
        for kind in due:
            self._used_at[kind] = now
        return [(kind, self._uses.pop(kind)) for kind in due]

    def total(self, name: str) -> float | None:
        """Add up a figure over the processes; None: none of them has said it."""
        found = [figures[name] for figures in self.figures.values() if name in figures]
        return sum(found) if found else None

    def sample(self, waiting: int, now: float) -> MemorySample:
        """Return what a second comes to; `waiting` calls have no process yet."""
        hits, misses = self.total("cache_hits") or 0.0, self.total("cache_misses") or 0.0
        items, embedded = self.total("items"), self.total("embedded")
        stored, size = self.total("stored"), self.total("bytes")
        return MemorySample(
            reads=self.read,
            writes=self.written,
            reads_per_s=round(self._reads.update(self.read, now), 2),
            waiting=waiting,
            retrieval=self.reads.summary(now),
            storing=self.writes.summary(now),
            in_time_ratio=self.in_time / self.read if self.read else None,
            cache_hit_ratio=hits / (hits + misses) if hits + misses else None,
            items=None if items is None else int(items),
            embedded_ratio=embedded / items if items and embedded is not None else None,
            store_bytes=None if size is None else int(size),
            stored_per_s=None if stored is None else round(self._stored.update(stored, now), 2),
        )
