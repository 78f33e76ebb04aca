"""The charted series as the daemon kept them: means of minutes of the last 24 hours."""

from bisect import bisect_left, bisect_right

from revo_edge.contract.history import MetricHistoryReply, MetricSeries
from revo_gui.history import Point, Series

DAY_S = 86_400


def kept_name(series: Series) -> str:
    """Return the name that the daemon has for the series."""
    return f"{series.source}.{series.field}"


class Past:
    """What the daemon answered last; the next answer takes its place, so it never grows."""

    def __init__(self) -> None:
        self._series: dict[str, MetricSeries] = {}
        self._at: list[float] = []
        self.gap_s = 0.0
        """So far apart two values are no longer one line."""

    def load(self, reply: MetricHistoryReply) -> None:
        """Keep this answer. A value stands in the middle of its step."""
        self._series = {series.name: series for series in reply.series}
        count = max((len(series.mean) for series in reply.series), default=0)
        self._at = [reply.begin + (place + 0.5) * reply.step_s for place in range(count)]
        self.gap_s = 3.0 * reply.step_s

    def points(self, series: Series, seconds: float, until: float | None = None) -> list[Point]:
        """Return the series over the `seconds` before `until` (default: all up to the end)."""
        kept = self._series.get(kept_name(series))
        if kept is None:
            return []
        last = self._at[-1] if until is None else until
        first, end = bisect_left(self._at, last - seconds), bisect_right(self._at, last)
        return list(zip(self._at[first:end], kept.mean[first:end], strict=True))
