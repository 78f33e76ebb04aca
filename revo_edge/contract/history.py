"""The history of metrics: mean, lowest and highest value of each minute, for 24 hours.

A value is named as `revo metrics` names it: `parallel.latency.p95_ms`, `host.cpu_ratio`.
"""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

MINUTE_S = 60
KEPT_MINUTES = 1_440

_LATENCY = ("p50_ms", "p95_ms", "p99_ms")


def _latency(*names: str) -> tuple[str, ...]:
    return tuple(f"{name}.{part}" for name in names for part in _LATENCY)


ENGINE_FIELDS = (
    "utilisation_ratio",
    "queued",
    "running",
    "items_per_s",
    *_latency("latency", "queue_wait"),
    "workers_active",
    "workers_busy",
    "drivers",
    "cpu_ratio",
    "rss_bytes",
    "error_ratio",
    "succeeded",
    "failed",
    "items_done",
)
MEMORY_FIELDS = (
    "memory.reads_per_s",
    *_latency("memory.retrieval", "memory.storing"),
    "memory.in_time_ratio",
    "memory.cache_hit_ratio",
    "memory.items",
    "memory.embedded_ratio",
    "memory.store_bytes",
    "memory.stored_per_s",
)
OWN_FIELDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "host": ("cpu_ratio", "load_1m", "memory_available_bytes", "disk_free_bytes"),
        "self": (
            "cpu_ratio",
            "rss_bytes",
            "requests_per_s",
            *_latency("request_latency", "loop_lag", "commit"),
            "events_per_s",
            "subscribers",
            "request_errors",
            "drops",
            "fds",
            "threads",
        ),
        "recall": (*ENGINE_FIELDS, *MEMORY_FIELDS),
    }
)
"""What is kept of the samples. On disk a value is known by its place here: only ever append."""


def fields_of(source: str) -> tuple[str, ...]:
    """Return which fields of a source's samples are kept."""
    return OWN_FIELDS.get(source, ENGINE_FIELDS)


Stat = tuple[float, float, float]
"""(mean, lowest, highest)"""


class Minute(msgspec.Struct, frozen=True):
    """One minute: by source a Stat for each of its fields, None where nobody measured.

    `at` is where it begins, UTC epoch seconds, a multiple of 60.
    """

    at: int
    sources: dict[str, tuple[Stat | None, ...]]


class MetricSeries(msgspec.Struct, frozen=True):
    """One value over time; all three lists have an entry for each step, None in a gap."""

    name: str
    mean: tuple[float | None, ...]
    min: tuple[float | None, ...]
    max: tuple[float | None, ...]


class MetricHistoryReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """Series over the same steps: the first begins at `begin` (UTC epoch seconds).

    `step_s` may be more than was asked for: so many values that the reply stays small.
    """

    begin: float
    step_s: int
    series: tuple[MetricSeries, ...] = ()
