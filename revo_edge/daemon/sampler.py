"""Once a second: measure the engines, the host and the daemon itself, and keep 15 minutes."""

import os
import threading
import time
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import msgspec
import psutil

from revo_edge import procfs
from revo_edge.clock import utc_now
from revo_edge.contract.alerts import AlertListReply
from revo_edge.contract.codec import encode
from revo_edge.contract.events import EngineInfo, Scaling, ScalingEffect
from revo_edge.contract.kinds import Lane
from revo_edge.contract.metrics import (
    EngineSample,
    HostSample,
    MetricHistory,
    SelfSample,
)
from revo_edge.contract.record import Sample
from revo_edge.contract.tasks import TaskInfo, TaskState
from revo_edge.core import health
from revo_edge.core.alerts import Alerts, Failures, Measures, rules_of
from revo_edge.core.health import Latencies, Rate
from revo_edge.core.minutes import Minutes
from revo_edge.core.routing import Frame, Publisher
from revo_edge.core.scheduler import Scheduler
from revo_edge.core.sizing import HostLoad
from revo_edge.daemon.asks import Desk
from revo_edge.daemon.background import StoreThread
from revo_edge.daemon.lanes import Lanes
from revo_edge.daemon.processes import Process, Processes
from revo_edge.engines.registry import Registry
from revo_edge.procfs import ProcStat
from revo_edge.settings import Alerts as AlertSettings

KEPT_SAMPLES = 900
KEPT_SCALINGS = 50
NOT_THERE = ("absent", "error")
"""Engines of these states run nothing: there is nothing to measure."""
_OUTCOMES = frozenset({TaskState.SUCCEEDED, TaskState.FAILED})
"""What counts in the error ratio: a cancelled task says nothing of the work."""


@dataclass(frozen=True, slots=True)
class Readings:
    """What was read from the system: `trees` has each worker's processes, by pid."""

    trees: dict[int, list[ProcStat]]
    host: HostSample
    own: ProcStat | None
    fds: int


def read_system(home: Path, pids: Collection[int]) -> Readings:
    """Read everything that a sample needs; takes milliseconds, so a thread of its own does it."""
    memory = psutil.virtual_memory()
    disk = os.statvfs(home)
    host = HostSample(
        at=utc_now(),
        cpu_ratio=round(psutil.cpu_percent() / 100, 3),
        cores=os.cpu_count() or 1,
        load_1m=os.getloadavg()[0],
        memory_total_bytes=memory.total,
        memory_available_bytes=memory.available,
        disk_free_bytes=disk.f_bavail * disk.f_frsize,
    )
    fds = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - ten times cheaper than Path
    return Readings(procfs.trees(pids), host, procfs.read_stat(os.getpid()), fds)


@dataclass(slots=True)
class _Own:
    """The daemon's own process between two samples."""

    cpu: Rate = field(default_factory=Rate)
    requests: Rate = field(default_factory=Rate)
    events: Rate = field(default_factory=Rate)
    loop_lag: Latencies = field(default_factory=Latencies)
    commit: Latencies = field(default_factory=Latencies)


@dataclass(slots=True)
class _Durations:
    """Of one engine's top-level tasks."""

    wait: Latencies = field(default_factory=Latencies)
    run: Latencies = field(default_factory=Latencies)
    last_error: str = ""


class Sampler:
    """Keeps and publishes what was measured; all but `read_system` runs on the loop's thread."""

    def __init__(
        self,
        registry: Registry,
        scheduler: Scheduler,
        publisher: Publisher,
        processes: Processes,
        alerts: AlertSettings,
    ) -> None:
        self._registry = registry
        self._alerts = Alerts(rules_of(alerts))
        self.minutes = Minutes()
        self._failures = Failures(alerts.error_window_s, alerts.error_tasks)
        self._scheduler = scheduler
        self._publisher = publisher
        self._processes = processes
        self._began = time.monotonic()
        self._own = _Own()
        self._engine_infos = registry.engines
        self._items = {engine.name: Rate() for engine in self._engine_infos}
        self._durations = {engine.name: _Durations() for engine in self._engine_infos}
        self._kept: dict[str, deque[tuple[float, msgspec.Raw]]] = {}
        """(at, encoded sample) by source: a third of what the Structs would take."""
        self._host: HostSample | None = None
        self._scalings: deque[Scaling] = deque(maxlen=KEPT_SCALINGS)
        self._effects: deque[ScalingEffect] = deque(maxlen=KEPT_SCALINGS)
        self._statuses: dict[str, EngineInfo] = {}
        self.journal_reset = ""
        self.desk: Desk
        self.store: StoreThread
        self.lanes: Lanes
        self.subscribers = 0
        self.drops = 0
        self.published = 0
        self._workers_cpu_ratio = 0.0
        self._worker_rss_bytes = 0
        self.rss_bytes = 0
        psutil.cpu_percent()  # the first call only sets the start of the interval

    def uptime_s(self, now: float) -> float:
        """Return how long the daemon has run."""
        return now - self._began

    def turn(self, lasted_s: float, now: float) -> None:
        """Count one turn of the loop: what came meanwhile had to wait so long."""
        self._own.loop_lag.add(lasted_s * 1000, now)

    def ended(self, info: TaskInfo) -> None:
        """Measure a task's published record: how long it waited, how long it ran, how it ended."""
        kind = self._registry.kinds.get(info.kind)
        before = self._publisher.record.tasks.get(info.id)
        if kind is None or before is None:
            return
        now = time.monotonic()
        durations = self._durations[kind.engine]
        if info.state is TaskState.RUNNING and before.state is TaskState.QUEUED:
            waited_s = (info.started_at or 0) - info.created_at
            durations.wait.add(max(0.0, waited_s) * 1000, now)
        if info.state in _OUTCOMES and not before.state.final:
            self._failures.add(info.state is TaskState.FAILED, now)
        if info.state.final and not before.state.final and info.started_at and info.ended_at:
            durations.run.add((info.ended_at - info.started_at) * 1000, now)
            if info.error is not None:
                durations.last_error = info.error.msg

    def scaled(self, change: Scaling | ScalingEffect) -> None:
        """Remember a change of the number of workers, or what it brought."""
        if isinstance(change, Scaling):
            self._scalings.append(change)
        else:
            self._effects.append(change)

    def scalings(self) -> tuple[Scaling, ...]:
        """Return the last changes, oldest first."""
        return tuple(self._scalings)

    def effects(self) -> tuple[ScalingEffect, ...]:
        """Return what the last changes brought, oldest first."""
        return tuple(self._effects)

    def engines(self) -> tuple[EngineInfo, ...]:
        """Return the four engines with their state now."""
        return tuple(self._engine_info(engine) for engine in self._engine_infos)

    def history(self, since: float = 0.0, sources: Sequence[str] = ()) -> MetricHistory:
        """Return samples newer than `since` (UTC epoch seconds), of all or of some sources."""
        found = {
            name: tuple(sample for at, sample in kept if at > since)
            for name, kept in self._kept.items()
            if not sources or name in sources
        }
        host, own = found.pop("host", ()), found.pop("self", ())
        return MetricHistory(*cast("Any", (found, host, own)))  # encoded as they will be sent

    def _keep(self, source: str, sample: Sample) -> None:
        kept = self._kept.setdefault(source, deque(maxlen=KEPT_SAMPLES))
        kept.append((sample.at, msgspec.Raw(encode(sample))))
        self.minutes.add(source, sample)

    def problems(self) -> tuple[str, ...]:
        """Return what is wrong with the daemon, in words."""
        now = time.monotonic()
        return health.problems(
            health.Vitals(
                loop_lag_p99_ms=self._own.loop_lag.summary(now).p99_ms,
                disk_free_bytes=self._host.disk_free_bytes if self._host else None,
                store_trouble=self.store.degraded,
                workers_ready=self._ready_workers(),
                workers_min=self._scheduler.bounds()[0],
                uptime_s=self.uptime_s(now),
                journal_reset=self.journal_reset,
            )
        )

    def _ready_workers(self) -> int:
        elastic = self._scheduler.lane(Lane.ELASTIC)
        return elastic.active - elastic.starting

    def sample(self, readings: Readings, now: float) -> list[Frame]:
        """Take in what was read; return the messages to publish."""
        at = readings.host.at
        self._measure_workers(readings, now)
        frames = self._publish_engines(now, at)
        own = self._sample_self(readings, now)
        self._host = readings.host
        self._keep("host", readings.host)
        self._keep("self", own)
        frames += self._publisher.metric("host", readings.host, now, at)
        frames += self._publisher.metric("self", own, now, at)
        for alert in self._alerts.step(self._measures(readings, own, now), now, at):
            frames += self._publisher.alert(alert, now, at)
        return frames

    def _measures(self, readings: Readings, own: SelfSample, now: float) -> Measures:
        elastic = self._scheduler.lane(Lane.ELASTIC)
        return {
            "queue": self._scheduler.count(TaskState.QUEUED),
            "utilisation": elastic.busy / elastic.active if elastic.active else None,
            "error_ratio": self._failures.ratio(now),
            "loop_lag": own.loop_lag.p99_ms,
            "retrieval": self._retrieval_p95(now),
            "disk": readings.host.disk_free_bytes / 2**20,
        }

    def _retrieval_p95(self, now: float) -> float | None:
        lane = self.lanes.lane("recall")
        return None if lane is None else lane.counts.reads.summary(now).p95_ms

    def alerts(self) -> AlertListReply:
        """Return the active alerts, those that cleared last, and the rules."""
        return self._alerts.report()

    def host_load(self, host: HostSample) -> HostLoad:
        """Return the newest measurement as scaling wants it."""
        return HostLoad(
            workers_cpu_ratio=self._workers_cpu_ratio,
            host_cpu_ratio=host.cpu_ratio,
            cores=host.cores,
            memory_available_bytes=host.memory_available_bytes,
            worker_rss_bytes=self._worker_rss_bytes,
        )

    def _measure_workers(self, readings: Readings, now: float) -> None:
        elastic = [process for process in self._processes if process.lane is Lane.ELASTIC]
        for process in self._processes:
            tree = readings.trees.get(process.started.pid)
            if tree is not None:  # else it was started meanwhile
                process.measured(tree, now)
        self._workers_cpu_ratio = sum(process.cpu_ratio for process in elastic)
        self._worker_rss_bytes = sum(p.rss_bytes for p in elastic) // max(1, len(elastic))

    def _publish_engines(self, now: float, at: float) -> list[Frame]:
        frames: list[Frame] = []
        for engine in self._engine_infos:
            info = self._engine_info(engine)
            if self._statuses.get(engine.name) != info:
                self._statuses[engine.name] = info
                frames += self._publisher.engine(info, now, at)
            if info.status not in NOT_THERE:
                sample = self._sample_engine(info, now, at)
                self._keep(engine.name, sample)
                frames += self._publisher.metric(engine.name, sample, now, at)
        return frames

    def _engine_info(self, engine: EngineInfo) -> EngineInfo:
        if engine.status in NOT_THERE:
            return engine
        kinds = tuple(
            kind.name
            for kind in self._registry.kinds.values()
            if kind.engine == engine.name and not kind.child
        )
        lane = self.lanes.lane(engine.name)
        if lane is not None and lane.calls.trouble:
            trouble = lane.calls.trouble
            return msgspec.structs.replace(engine, status="error", detail=trouble, kinds=kinds)
        counts = self._scheduler.engine(engine.name)
        status = "busy" if counts.running else "online"
        return msgspec.structs.replace(engine, status=status, kinds=kinds)

    def _sample_engine(self, info: EngineInfo, now: float, at: float) -> EngineSample:
        counts = self._scheduler.engine(info.name)
        durations = self._durations[info.name]
        lane = self.lanes.lane(info.name)
        elastic = self._scheduler.lane(Lane.ELASTIC)
        low, high = self._scheduler.bounds()
        ended = counts.succeeded + counts.failed
        processes = self._processes_of(info.name)
        return EngineSample(
            at=at,
            engine=info.name,
            status=info.status,
            running=counts.running,
            queued=counts.queued,
            succeeded=counts.succeeded,
            failed=counts.failed,
            cancelled=counts.cancelled,
            items_done=counts.items_done,
            items_per_s=round(self._items[info.name].update(counts.items_done, now), 2),
            error_ratio=counts.failed / ended if ended else None,
            latency=durations.run.summary(now),
            queue_wait=durations.wait.summary(now),
            workers_active=elastic.active,
            workers_busy=elastic.busy,
            workers_min=low,
            workers_max=high,
            drivers=self._scheduler.lane(Lane.DRIVER).busy,
            utilisation_ratio=elastic.busy / elastic.active if elastic.active else None,
            cpu_ratio=round(sum(p.cpu_ratio for p in processes), 3),
            rss_bytes=sum(p.rss_bytes for p in processes),
            last_error=(lane and lane.counts.last_error) or durations.last_error,
            memory=None if lane is None else lane.counts.sample(lane.calls.waiting, now),
        )

    def _processes_of(self, engine: str) -> list[Process]:
        """Return the processes of the engine's own lane, else the shared ones."""
        lane = self.lanes.lane(engine)
        if lane is None:
            return [p for p in self._processes if p.lane is not Lane.RESIDENT]
        return [p for p in self._processes if lane.has(p.worker_id)]

    def _sample_self(self, readings: Readings, now: float) -> SelfSample:
        own = self._own
        for commit in self.store.take_samples():
            own.commit.add(commit.duration_s * 1000, now)
        self.rss_bytes = readings.own.rss_bytes if readings.own else 0
        return SelfSample(
            at=readings.host.at,
            uptime_s=round(self.uptime_s(now), 3),
            cpu_ratio=round(own.cpu.update(time.process_time(), now), 4),
            rss_bytes=self.rss_bytes,
            requests=self.desk.requests,
            requests_per_s=round(own.requests.update(self.desk.requests, now), 2),
            request_errors=self.desk.errors,
            request_latency=self.desk.latencies.summary(now),
            loop_lag=own.loop_lag.summary(now),
            commit=own.commit.summary(now),
            commits=self.store.commits,
            events=self.published,
            events_per_s=round(own.events.update(self.published, now), 2),
            subscribers=self.subscribers,
            drops=self.drops,
            fds=readings.fds,
            threads=threading.active_count(),
        )
