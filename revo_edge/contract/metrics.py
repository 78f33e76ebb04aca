"""Metrics: one sample a second of each engine, the host and the daemon itself.

Latencies are in milliseconds over the last 60 s; a value nobody has measured yet is None.
"""

import msgspec


class Latency(msgspec.Struct, frozen=True, omit_defaults=True):
    """Percentiles of a duration, and how many measurements they rest on."""

    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    count: int = 0


class MemorySample(msgspec.Struct, frozen=True, omit_defaults=True):
    """One second of Perfect Recall's resident lane.

    `retrieval` is from a read's arrival to its answer over the last 60 s, `in_time_ratio` the share
    of all reads of this boot under 100 ms, `cache_hit_ratio` that of searches answered from the
    cache. `stored_per_s` counts items.
    """

    reads: int = 0
    writes: int = 0
    reads_per_s: float = 0.0
    waiting: int = 0
    retrieval: Latency = Latency()
    storing: Latency = Latency()
    in_time_ratio: float | None = None
    cache_hit_ratio: float | None = None
    items: int | None = None
    embedded_ratio: float | None = None
    store_bytes: int | None = None
    stored_per_s: float | None = None


class EngineSample(msgspec.Struct, frozen=True, omit_defaults=True):
    """One second of an engine. `latency` is from dispatch to end of its top-level tasks."""

    at: float
    engine: str
    status: str
    running: int = 0
    queued: int = 0
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0
    items_done: int = 0
    items_per_s: float = 0.0
    error_ratio: float | None = None
    latency: Latency = Latency()
    queue_wait: Latency = Latency()
    workers_active: int = 0
    workers_busy: int = 0
    workers_min: int = 0
    workers_max: int = 0
    drivers: int = 0
    utilisation_ratio: float | None = None
    cpu_ratio: float = 0.0
    rss_bytes: int = 0
    last_error: str = ""
    memory: MemorySample | None = None
    """Of Perfect Recall only."""


class HostSample(msgspec.Struct, frozen=True, omit_defaults=True):
    """One second of the machine. `cpu_ratio` is of all cores together."""

    at: float
    cpu_ratio: float
    cores: int
    load_1m: float
    memory_total_bytes: int
    memory_available_bytes: int
    disk_free_bytes: int


class SelfSample(msgspec.Struct, frozen=True, omit_defaults=True):
    """One second of the daemon's own process."""

    at: float
    uptime_s: float
    cpu_ratio: float
    rss_bytes: int
    requests: int = 0
    requests_per_s: float = 0.0
    request_errors: int = 0
    request_latency: Latency = Latency()
    loop_lag: Latency = Latency()
    commit: Latency = Latency()
    commits: int = 0
    events: int = 0
    events_per_s: float = 0.0
    subscribers: int = 0
    drops: int = 0
    """Frames the operating system or a full queue made the daemon give up; 0 is normal."""
    fds: int = 0
    threads: int = 0


class MetricHistory(msgspec.Struct, frozen=True, omit_defaults=True):
    """Samples of up to 15 minutes, oldest first."""

    engines: dict[str, tuple[EngineSample, ...]] = {}
    host: tuple[HostSample, ...] = ()
    self_: tuple[SelfSample, ...] = msgspec.field(default=(), name="self")
