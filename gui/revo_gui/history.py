"""The last 15 minutes of every metric source, and the series that can be read from them."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from revo_edge.contract.metrics import EngineSample, HostSample, MetricHistory, SelfSample
from revo_edge.contract.record import Sample

KEPT_S = 900
HELD_S = 3600
"""How much is kept while somebody looks at the past."""
GAP_S = 3.0
"""Samples come each second; where none came for so long the line is broken."""
Point = tuple[float, float | None]
"""(UTC epoch seconds, value or None when nobody measured it)"""


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a chart. `source` is an engine's name, `host` or `self` (the daemon)."""

    id: str
    title: str
    unit: str
    """`ms`, `ratio` (0 to 1, shown in percent), `bytes`, `per_s` or `count`."""
    source: str
    read: Callable[[Sample], float | None]
    target: float | None = None
    """The promise the value is held against, in the same unit."""
    field: str = ""
    """Where `read` finds it in a sample, dotted."""


class History:
    """Samples by source, oldest first."""

    gap_s = GAP_S

    def __init__(self) -> None:
        self._samples: dict[str, deque[Sample]] = {}
        self._kept_s = KEPT_S

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the sources that have samples."""
        return tuple(self._samples)

    @property
    def span(self) -> tuple[float, float] | None:
        """UTC epoch seconds of the oldest and the newest sample of all sources."""
        kept = [samples for samples in self._samples.values() if samples]
        if not kept:
            return None
        return min(samples[0].at for samples in kept), max(samples[-1].at for samples in kept)

    def hold(self, held: bool) -> None:  # noqa: FBT001 - one switch
        """Let nothing that is on a screen go while it is looked at, up to an hour."""
        self._kept_s = HELD_S if held else KEPT_S
        for name, samples in self._samples.items():
            self._samples[name] = deque(samples, maxlen=self._kept_s)

    def add(self, sample: msgspec.Struct | None) -> None:
        """Add a sample; one that is not newer than the last of its source is known already."""
        if not isinstance(sample, EngineSample | HostSample | SelfSample):
            return
        kept = self._samples.setdefault(source_of(sample), deque(maxlen=self._kept_s))
        if not kept or sample.at > kept[-1].at:
            kept.append(sample)

    def load(self, history: MetricHistory) -> None:
        """Merge in what the daemon kept of the time before us, or of a time we missed."""
        sources: list[Sequence[Sample]] = [*history.engines.values(), history.host, history.self_]
        for samples in sources:
            if samples:
                self._merge(samples)

    def newest(self, source: str) -> Sample | None:
        """Return the last sample of a source."""
        kept = self._samples.get(source)
        return kept[-1] if kept else None

    def points(self, series: Series, seconds: float, until: float | None = None) -> list[Point]:
        """Return the series over the `seconds` before `until` (default: its newest sample)."""
        kept = self._samples.get(series.source)
        if not kept:
            return []
        last = kept[-1].at if until is None else until
        return [(s.at, series.read(s)) for s in kept if last - seconds <= s.at <= last]

    def _merge(self, samples: Sequence[Sample]) -> None:
        name = source_of(samples[0])
        by_time = {s.at: s for s in (*samples, *self._samples.get(name, ()))}
        ordered = sorted(by_time.values(), key=lambda sample: sample.at)
        self._samples[name] = deque(ordered, maxlen=self._kept_s)


def source_of(sample: Sample) -> str:
    """Return the name of the source a sample is of."""
    if isinstance(sample, EngineSample):
        return sample.engine
    return "host" if isinstance(sample, HostSample) else "self"
