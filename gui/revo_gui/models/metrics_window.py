"""The span of time that the charts show: it goes with the newest sample, or stands still."""

from dataclasses import dataclass, replace
from types import MappingProxyType

from revo_gui.history import KEPT_S

CHOICES = MappingProxyType(
    {
        60: ("1 min", "1 minute"),
        300: ("5 min", "5 minutes"),
        900: ("15 min", "15 minutes"),
        3_600: ("1 h", "1 hour"),
        21_600: ("6 h", "6 hours"),
        86_400: ("24 h", "24 hours"),
    }
)
"""Seconds: (short, spoken)."""
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

    @property
    def long(self) -> bool:
        """True when it is longer than samples are kept: means of minutes are shown."""
        return self.seconds > KEPT_S

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
