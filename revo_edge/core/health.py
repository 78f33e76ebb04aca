"""Durations and rates over the last minute, and what they say about the daemon's health."""

import math
from collections import deque
from dataclasses import dataclass

from revo_edge.contract.metrics import Latency

WINDOW_S = 60
_GROWTH = math.log(1.05)
"""Buckets grow by 5 %, so a percentile is right to within 5 %, at a constant cost per measure."""
_SMALLEST_MS = 0.001


class Latencies:
    """Percentiles of the durations of the last 60 s, from one small histogram a second."""

    def __init__(self) -> None:
        self._seconds: deque[tuple[int, dict[int, int]]] = deque()

    def add(self, ms: float, now: float) -> None:
        """Count one duration (milliseconds), measured at `now` (monotonic seconds)."""
        second = int(now)
        if not self._seconds or self._seconds[-1][0] != second:
            self._seconds.append((second, {}))
            self._expire(now)
        counts = self._seconds[-1][1]
        bucket = int(math.log(max(ms, _SMALLEST_MS) / _SMALLEST_MS) / _GROWTH)
        counts[bucket] = counts.get(bucket, 0) + 1

    def summary(self, now: float) -> Latency:
        """Return the percentiles of the window that ends at `now`."""
        self._expire(now)
        total: dict[int, int] = {}
        for _, counts in self._seconds:
            for bucket, count in counts.items():
                total[bucket] = total.get(bucket, 0) + count
        count = sum(total.values())
        if not count:
            return Latency()
        ordered = sorted(total.items())
        p50, p95, p99 = (_quantile(ordered, q * count) for q in (0.50, 0.95, 0.99))
        return Latency(p50, p95, p99, count)

    def _expire(self, now: float) -> None:
        while self._seconds and self._seconds[0][0] <= now - WINDOW_S:
            self._seconds.popleft()


def _quantile(ordered: list[tuple[int, int]], rank: float) -> float:
    seen = 0
    bucket = 0
    for bucket, count in ordered:  # noqa: B007 - the last bucket is the answer for the last rank
        seen += count
        if seen >= rank:
            break
    return round(_SMALLEST_MS * math.exp((bucket + 0.5) * _GROWTH), 4)


class Rate:
    """Turns a counter that only grows into a number per second."""

    def __init__(self) -> None:
        self._last: tuple[float, float] | None = None

    def update(self, count: float, now: float) -> float:
        """Return the mean growth per second since the update before (0.0 at first)."""
        before, self._last = self._last, (now, count)
        if before is None or now <= before[0]:
            return 0.0
        return max(0.0, (count - before[1]) / (now - before[0]))


@dataclass(frozen=True, slots=True)
class Vitals:
    """What health is judged by."""

    loop_lag_p99_ms: float | None
    disk_free_bytes: int | None
    store_trouble: str
    workers_ready: int
    workers_min: int
    uptime_s: float
    journal_reset: str


LAG_LIMIT_MS = 50.0
DISK_LIMIT_BYTES = 200 * 1024 * 1024
START_UP_S = 10.0


def problems(vitals: Vitals) -> tuple[str, ...]:
    """Return what is wrong in words, each with what to do; empty when all is well."""
    found = []
    if vitals.store_trouble:
        found.append(f"The journal cannot be written: {vitals.store_trouble}")
    if vitals.journal_reset:
        found.append(vitals.journal_reset)
    if vitals.disk_free_bytes is not None and vitals.disk_free_bytes < DISK_LIMIT_BYTES:
        free_mb = vitals.disk_free_bytes // 2**20
        found.append(f"Only {free_mb} MB of disk are free; make room under REVO_HOME.")
    if vitals.workers_ready < vitals.workers_min and vitals.uptime_s > START_UP_S:
        found.append(
            f"{vitals.workers_ready} of {vitals.workers_min} workers are up; "
            "`revo daemon logs` says why the others are not."
        )
    if vitals.loop_lag_p99_ms is not None and vitals.loop_lag_p99_ms > LAG_LIMIT_MS:
        found.append(
            f"The loop is late by {vitals.loop_lag_p99_ms:.0f} ms (p99); the machine is overloaded."
        )
    return tuple(found)
