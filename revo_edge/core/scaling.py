"""How many elastic workers there shall be: grown by waiting, bounded by cores, memory and gain."""

from dataclasses import dataclass, field

GAIN_RATIO = 1.10
"""A growth beyond the base must raise throughput by a tenth."""
SETTLE_S = 2.0
"""Throughput is compared so long after a growth."""
STEP_BACK_S = 30.0
"""So long no further try after a growth that brought nothing."""
CPU_AGE_S = 2.0
CPU_SPAN_S = 1.0
"""A CPU sample covers about the second before it: one taken earlier in a burst says too little."""
BUSY_CPU_RATIO = 0.3
HOST_CPU_RATIO = 0.85
LEAST_UNITS = 5
"""Fewer ended units than this say nothing about throughput."""
ROUNDS = 3
"""Nor do fewer than so many per worker: equal tasks end in waves."""


@dataclass(frozen=True, slots=True)
class View:
    """What the policy looks at. `queued` counts what could start now if there were a worker.

    `workers_cpu_ratio` is the sum over elastic workers in cores, `host_cpu_ratio` of all cores
    together; `cpu_age_s` is how old these two are. `worker_rss_bytes` is the mean of a worker.
    `memory_available_bytes` None: not known, no bound.
    """

    active: int
    busy: int
    queued: int
    oldest_wait_s: float
    done_total: int
    workers_cpu_ratio: float
    host_cpu_ratio: float
    cpu_age_s: float
    cores: int
    memory_available_bytes: int | None
    worker_rss_bytes: int
    min: int
    max: int


@dataclass(frozen=True, slots=True)
class Scale:
    """Change the number of workers to `target`, for this reason."""

    target: int
    reason: str


@dataclass(slots=True)
class _Meter:
    """Units a second between the first and the last end seen, so that waves do not blur it."""

    first: tuple[float, int] | None = None
    last: tuple[float, int] | None = None
    seen: int = -1

    def note(self, now: float, done: int) -> None:
        if done == self.seen:
            return
        if self.seen >= 0:
            self.first = self.first or (now, done)
            self.last = (now, done)
        self.seen = done

    def rate(self, workers: int) -> float | None:
        if self.first is None or self.last is None:
            return None
        units, span_s = self.last[1] - self.first[1], self.last[0] - self.first[0]
        enough = units >= max(LEAST_UNITS, ROUNDS * workers)
        return units / span_s if enough and span_s > 0 else None


@dataclass(frozen=True, slots=True)
class _Trial:
    """A growth beyond the base whose gain is not yet known."""

    began_at: float
    size: int
    rate: float


@dataclass(slots=True)
class Autoscaler:
    """Decides from one view to the next; keeps only what the rules need.

    `last_reason` says why it last changed, or did not change, the number.
    """

    idle_s: float = 15.0
    grow_wait_s: float = 0.5
    memory_reserve_bytes: int = 512 * 1024 * 1024
    last_reason: str = ""
    _meter: _Meter = field(default_factory=_Meter)
    _burst_at: float | None = None
    _trial: _Trial | None = None
    _no_trial_before: float = 0.0
    _spare_at: float | None = None
    _spare_peak: int = 0

    def observe(self, now: float, view: View) -> Scale | None:
        """Return the change to make now, if any."""
        self._meter.note(now, view.done_total)
        if not view.queued:
            self._burst_at = self._trial = None
        elif self._burst_at is None:
            self._burst_at = now
            self._meter = _Meter(seen=view.done_total)
        scale = self._judge_trial(now, view) or self._grow(now, view) or self._shrink(now, view)
        if scale:
            self.last_reason = scale.reason
        return scale

    def _grow(self, now: float, view: View) -> Scale | None:
        full = view.busy >= view.active and view.queued > 0
        if not full or view.oldest_wait_s < self.grow_wait_s or view.active >= view.max:
            return None
        base = min(max(4, view.cores), view.max)
        target = min(view.active + max(1, view.active // 2), view.max)
        if view.active < base:
            target = min(target, base)
        elif reason := self._no_more_than_base(now, view):
            self.last_reason = reason
            return None
        target = self._fit_memory(view, target)
        if target <= view.active:
            return None
        if target > base:
            rate = self._meter.rate(view.active)
            self._trial = _Trial(now, view.active, rate) if rate else None
            self._meter = _Meter()
        return Scale(
            target,
            f"oldest task waited {view.oldest_wait_s:.1f} s,"
            f" {view.busy} of {view.active} workers busy",
        )

    def _no_more_than_base(self, now: float, view: View) -> str:
        """Say why there shall not be more workers than cores, or ""."""
        if self._trial:
            return f"measuring what {view.active} workers bring"
        if now < self._no_trial_before:
            return self.last_reason
        since_s = now - self._burst_at if self._burst_at is not None else 0.0
        if view.cpu_age_s > min(CPU_AGE_S, since_s - CPU_SPAN_S):
            return "waiting for a CPU sample of this burst"
        # many busy workers share few cores, so it is their sum that tells computing from waiting
        computing = view.workers_cpu_ratio >= BUSY_CPU_RATIO * min(view.busy, view.cores)
        if computing and view.host_cpu_ratio >= HOST_CPU_RATIO:
            return (
                f"no more than {view.active} workers: they use {view.workers_cpu_ratio:.1f} of"
                f" {view.cores} cores, which are {view.host_cpu_ratio:.0%} busy"
            )
        return ""

    def _fit_memory(self, view: View, target: int) -> int:
        if view.memory_available_bytes is None:
            return target
        spare = view.memory_available_bytes - self.memory_reserve_bytes
        fits = view.active + max(0, spare // max(1, view.worker_rss_bytes))
        if fits <= view.active:
            self.last_reason = (
                f"no more than {view.active} workers:"
                f" {view.memory_available_bytes >> 20} MB of memory available"
            )
        return min(target, fits)

    def _judge_trial(self, now: float, view: View) -> Scale | None:
        """Step back from a growth that did not raise throughput; unknown counts as raised."""
        trial = self._trial
        if trial is None or now < trial.began_at + SETTLE_S:
            return None
        self._trial = None
        rate = self._meter.rate(view.active)
        if rate is None or rate >= trial.rate * GAIN_RATIO or view.active <= trial.size:
            return None
        self._no_trial_before = now + STEP_BACK_S
        return Scale(
            trial.size,
            f"{view.active} workers ended {rate:.1f} units/s, {trial.size} had ended"
            f" {trial.rate:.1f}: no gain",
        )

    def _shrink(self, now: float, view: View) -> Scale | None:
        if view.active <= view.min or view.busy >= view.active or view.queued:
            self._spare_at = None
            return None
        if self._spare_at is None:
            self._spare_at, self._spare_peak = now, view.busy
        self._spare_peak = max(self._spare_peak, view.busy)
        if now - self._spare_at < self.idle_s:
            return None
        self._spare_at = None
        target = max(view.min, self._spare_peak)
        return Scale(
            target,
            f"at most {self._spare_peak} of {view.active} workers busy for {self.idle_s:.0f} s",
        )
