"""The series that can be charted: what the samples hold, with names and units for people."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from types import MappingProxyType
from typing import Any, cast

from revo_edge.client.units import milliseconds, percent, rate, size
from revo_edge.contract.events import EngineInfo
from revo_edge.contract.record import Sample
from revo_gui.history import Series
from revo_gui.models.text import one_line

HOST = "host"
SELF = "self"
DEFAULT_PICK = (
    "parallel.utilisation",
    "parallel.queued",
    "parallel.items_per_s",
    "self.request_p95",
)
_PERCENTILES = ("p50", "p95", "p99")


@dataclass(frozen=True, slots=True)
class Group:
    """The series of one source."""

    source: str
    title: str
    series: tuple[Series, ...]


def _one(id: str, title: str, unit: str, field: str) -> Series:
    return Series(id, title, unit, "", _reader(field), field=field)


def _reader(field: str) -> Callable[[Sample], float | None]:
    """Return what reads a dotted field; None where a part on the way is not there."""
    names = field.split(".")

    def read(sample: Sample) -> float | None:
        found: Any = sample
        for name in names:
            found = getattr(found, name, None)
        return cast("float | None", found)

    return read if len(names) > 1 else attrgetter(field)


def _latency(id: str, title: str, field: str, **promised: float) -> tuple[Series, ...]:
    """Return a line for each percentile; `promised` holds the promise of one of them."""
    return tuple(
        Series(
            f"{id}_{name}",
            f"{title} {name}",
            "ms",
            "",
            _reader(f"{field}.{name}_ms"),
            promised.get(name),
            f"{field}.{name}_ms",
        )
        for name in _PERCENTILES
    )


_ENGINE = (
    _one("utilisation", "Utilisation", "ratio", "utilisation_ratio"),
    _one("queued", "Waiting tasks", "count", "queued"),
    _one("running", "Running tasks", "count", "running"),
    _one("items_per_s", "Items", "per_s", "items_per_s"),
    *_latency("latency", "Task latency", "latency"),
    *_latency("queue_wait", "Queue wait", "queue_wait"),
    _one("workers_active", "Workers", "count", "workers_active"),
    _one("workers_busy", "Busy workers", "count", "workers_busy"),
    _one("drivers", "Drivers", "count", "drivers"),
    _one("cpu", "CPU, of one core", "ratio", "cpu_ratio"),
    _one("rss", "Memory", "bytes", "rss_bytes"),
    _one("error_ratio", "Tasks that fail", "ratio", "error_ratio"),
    _one("succeeded", "Tasks succeeded", "count", "succeeded"),
    _one("failed", "Tasks failed", "count", "failed"),
    _one("items_done", "Items done", "count", "items_done"),
)
_MEMORY = (
    *_latency("retrieval", "Retrieval latency", "memory.retrieval", p95=100.0),
    *_latency("storing", "Storing latency", "memory.storing"),
    _one("in_time", "Answers under 100 ms", "ratio", "memory.in_time_ratio"),
    _one("reads_per_s", "Answers from memory", "per_s", "memory.reads_per_s"),
    _one("cache_hits", "Searches answered from the cache", "ratio", "memory.cache_hit_ratio"),
    _one("items", "Items in memory", "count", "memory.items"),
    _one("embedded", "Items with a vector", "ratio", "memory.embedded_ratio"),
    _one("store_bytes", "Memory on disk", "bytes", "memory.store_bytes"),
    _one("stored_per_s", "Items stored", "per_s", "memory.stored_per_s"),
)
"""What only Perfect Recall's samples have."""
_HOST = (
    _one("cpu", "CPU, all cores", "ratio", "cpu_ratio"),
    _one("load_1m", "Load, 1 minute", "count", "load_1m"),
    _one("memory_free", "Memory available", "bytes", "memory_available_bytes"),
    _one("disk_free", "Disk free", "bytes", "disk_free_bytes"),
)
_SELF = (
    _one("cpu", "CPU, of one core", "ratio", "cpu_ratio"),
    _one("rss", "Memory", "bytes", "rss_bytes"),
    _one("requests_per_s", "Requests", "per_s", "requests_per_s"),
    *_latency("request", "Request latency", "request_latency"),
    *_latency("loop_lag", "Loop lag", "loop_lag", p99=5.0),
    *_latency("commit", "Commit", "commit"),
    _one("events_per_s", "Events", "per_s", "events_per_s"),
    _one("subscribers", "Subscribers", "count", "subscribers"),
    _one("request_errors", "Requests refused", "count", "request_errors"),
    _one("drops", "Frames given up", "count", "drops"),
    _one("fds", "Open files", "count", "fds"),
    _one("threads", "Threads", "count", "threads"),
)
_OWN: Mapping[str, tuple[Series, ...]] = MappingProxyType(
    {HOST: _HOST, SELF: _SELF, "recall": (*_MEMORY, *_ENGINE)}
)
"""The series of the sources whose samples are not those of every engine."""
_TITLES: Mapping[str, str] = MappingProxyType({HOST: "This machine", SELF: "The daemon"})


def groups(sources: Iterable[str], engines: Mapping[str, EngineInfo]) -> tuple[Group, ...]:
    """Return what can be charted of these sources: engines first, then machine and daemon."""
    ordered = sorted(
        sources, key=lambda source: ((HOST, SELF).index(source) + 1) if source in _TITLES else 0
    )
    return tuple(
        Group(source, _title(source, engines), tuple(_series(source))) for source in ordered
    )


def _title(source: str, engines: Mapping[str, EngineInfo]) -> str:
    known = engines.get(source)
    return _TITLES.get(source) or one_line(known.title if known and known.title else source)


def _series(source: str) -> Iterable[Series]:
    for found in _OWN.get(source, _ENGINE):
        yield replace(found, id=f"{source}.{found.id}", source=source)


def matching(found: Sequence[Group], text: str) -> tuple[Group, ...]:
    """Return the groups with only those series whose title or group has all words of the text."""
    terms = text.casefold().split()
    kept = (
        replace(
            group,
            series=tuple(
                series
                for series in group.series
                if all(term in f"{group.title} {series.title}".casefold() for term in terms)
            ),
        )
        for group in found
    )
    return tuple(group for group in kept if group.series)


def value_text(unit: str, value: float | None) -> str:
    """Return a value with its unit, as people read it; `-` where nobody measured it."""
    return "-" if value is None else _WORDS.get(unit, _count)(value)


def _count(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def _ratio(value: float) -> str:
    return f"{value * 100:.1f} %" if 0 < value < 0.1 else percent(value)


_WORDS: Mapping[str, Callable[[float], str]] = MappingProxyType(
    {"ms": milliseconds, "ratio": _ratio, "bytes": size, "per_s": rate, "count": _count}
)
