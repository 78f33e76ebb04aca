"""The span of time that the charts show: it goes with the newest sample, or stands still."""

from dataclasses import dataclass, replace

CHOICES_S = (60, 300, 900)
Span = tuple[float, float]
"""(oldest, newest) in UTC epoch seconds"""


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """`seconds` up to `end`; None means that it is live."""

    seconds: int = 300
    end: float | None = None

    @property
    def live(self) -> bool:
        """True while it goes with the newest sample."""
        return self.end is None

    def bounds(self, span: Span) -> Span:
        """Return where it begins and ends."""
        end = span[1] if self.end is None else self.end
        return end - self.seconds, end

    def paused(self, span: Span) -> "TimeWindow":
        """Return it standing still where it is."""
        return replace(self, end=self.bounds(span)[1])

    def resumed(self) -> "TimeWindow":
        """Return it live."""
        return replace(self, end=None)

    def moved(self, back_s: float, span: Span) -> "TimeWindow":
        """Return it standing still, that much nearer to the past, within what there is."""
        oldest, newest = span
        end = self.bounds(span)[1] - back_s
        return replace(self, end=min(newest, max(oldest + self.seconds, end)))
