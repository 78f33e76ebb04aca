"""Minutes: what the samples of a minute come to, and minutes as series over time. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from revo_edge.contract.history import (
    KEPT_MINUTES,
    MINUTE_S,
    MetricHistoryReply,
    MetricSeries,
    Minute,
    Stat,
    fields_of,
)
from revo_edge.contract.record import Sample
from revo_edge.contract.requests import MetricsHistory

CELLS_LIMIT = 20_000
"""Steps times series of one reply; more are answered with longer steps (about half a MB)."""


class _Sums:
    """The values of one source within a minute."""

    def __init__(self, source: str) -> None:
        self._read = [partial(_field, field.split(".")) for field in fields_of(source)]
        self._values: list[list[float]] = [[] for _ in self._read]

    def add(self, sample: Sample) -> None:
        for values, read in zip(self._values, self._read, strict=True):
            value = read(sample)
            if value is not None:
                values.append(value)

    def stats(self) -> tuple[Stat | None, ...]:
        return tuple(_stat(values) for values in self._values)


def _field(names: Sequence[str], sample: Sample) -> float | None:
    """Follow the names; None as soon as there is nothing."""
    found: Any = sample
    for name in names:
        found = getattr(found, name, None)
    return None if found is None else float(found)


def _stat(values: Sequence[float]) -> Stat | None:
    return (sum(values) / len(values), min(values), max(values)) if values else None


class Minutes:
    """Gathers samples; a minute is finished by the first sample of a later one."""

    def __init__(self) -> None:
        self._at = 0
        self._sums: dict[str, _Sums] = {}
        self._finished: list[Minute] = []

    def add(self, source: str, sample: Sample) -> None:
        """Count a sample in the minute that it was taken in."""
        at = int(sample.at // MINUTE_S) * MINUTE_S
        if at != self._at:
            self._finished += self.current()
            self._at, self._sums = at, {}
        if source not in self._sums:
            self._sums[source] = _Sums(source)
        self._sums[source].add(sample)

    def current(self) -> list[Minute]:
        """Return the minute that is not finished yet, if it has samples."""
        stats = {source: sums.stats() for source, sums in self._sums.items()}
        return [Minute(self._at, stats)] if stats else []

    def take_finished(self) -> list[Minute]:
        """Return the minutes that ended since the last call."""
        found, self._finished = self._finished, []
        return found


def bounds(query: MetricsHistory, at: float) -> tuple[int, int]:
    """Return the first and the last minute that are asked for, within what is kept at `at`."""
    newest = int(at // MINUTE_S) * MINUTE_S
    oldest = newest - (KEPT_MINUTES - 1) * MINUTE_S
    until = newest if query.until is None else int(query.until // MINUTE_S) * MINUTE_S
    since = int(query.since // MINUTE_S) * MINUTE_S
    return max(oldest, since), min(newest, until)


def series_of(
    minutes: Iterable[Minute], query: MetricsHistory, first: int, last: int
) -> MetricHistoryReply:
    """Return the wanted values of these minutes as series; a step nobody measured is None.

    The mean of a longer step is that of its minutes, its extremes are theirs.
    """
    by_place = {(minute.at - first) // MINUTE_S: minute for minute in minutes}
    names = _names(by_place.values(), query.names)
    count = max(0, (last - first) // MINUTE_S + 1)
    per_step = _minutes_per_step(query.step_s, count, len(names))
    steps = [range(begin, begin + per_step) for begin in range(0, count, per_step)]
    series = (_series(name, steps, by_place) for name in names)
    return MetricHistoryReply(float(first), per_step * MINUTE_S, tuple(series))


def _minutes_per_step(step_s: int, minutes: int, series: int) -> int:
    wanted = -(-step_s // MINUTE_S)
    return max(wanted, -(-minutes * series // CELLS_LIMIT))


def _names(minutes: Iterable[Minute], wanted: Sequence[str]) -> list[str]:
    """Return the names of the values there are; a wanted name may be the beginning of several."""
    sources = dict.fromkeys(source for minute in minutes for source in minute.sources)
    every = [f"{source}.{field}" for source in sources for field in fields_of(source)]
    if not wanted:
        return every
    return [n for n in every if any(n == w or n.startswith(f"{w}.") for w in wanted)]


def _series(name: str, steps: Sequence[range], minutes: Mapping[int, Minute]) -> MetricSeries:
    source, _, field = name.partition(".")
    place = fields_of(source).index(field)
    means, lows, highs = [], [], []
    for step in steps:
        found = [
            stats[place]
            for number in step
            if (minute := minutes.get(number)) is not None
            and (stats := minute.sources.get(source)) is not None
            and place < len(stats)
        ]
        mean, low, high = _joined([stat for stat in found if stat is not None])
        means.append(mean)
        lows.append(low)
        highs.append(high)
    return MetricSeries(name, tuple(means), tuple(lows), tuple(highs))


def _joined(stats: Sequence[Stat]) -> tuple[float | None, float | None, float | None]:
    if not stats:
        return None, None, None
    mean = sum(stat[0] for stat in stats) / len(stats)
    low, high = min(stat[1] for stat in stats), max(stat[2] for stat in stats)
    return _short(mean), _short(low), _short(high)


def _short(value: float) -> float:
    """Return six figures of it: more were never measured, and the disk keeps seven."""
    return float(f"{value:.6g}")
