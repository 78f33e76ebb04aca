"""Alerts in words, and which of them are news: plain functions and one memory, without Qt."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from revo_edge.client.mirror import MirrorState
from revo_edge.client.units import clock
from revo_edge.contract.alerts import Alert, Severity
from revo_gui.models.text import one_line

CARRIED_S = 120.0
"""What was active when the daemon ended and is raised anew by the next one so soon is no news."""

_LEVELS: Mapping[Severity, str] = MappingProxyType(
    {
        Severity.UNKNOWN: "warning",
        Severity.INFO: "info",
        Severity.WARNING: "warning",
        Severity.ERROR: "error",
    }
)
"""Level of a toast by severity."""
_ORDER = ("info", "warning", "error")


def level_of(alert: Alert) -> str:
    """Return `info`, `warning` or `error`."""
    return _LEVELS[alert.severity]


def worst_first(alerts: Iterable[Alert]) -> list[Alert]:
    """Return the alerts in the order in which they should be read."""
    return sorted(alerts, key=lambda alert: (-_ORDER.index(level_of(alert)), alert.raised_at))


def count_words(count: int) -> str:
    """Return how many there are."""
    return "1 alert" if count == 1 else f"{count} alerts"


def alert_words(alert: Alert) -> str:
    """Return what is the matter."""
    return one_line(alert.text)


def alert_since(alert: Alert) -> str:
    """Return since when."""
    return f"since {clock(alert.raised_at)}"


class News(NamedTuple):
    """A word about an alert; `level` is that of a toast."""

    text: str
    level: str


class AlertNews:
    """Tells what has been raised and cleared since the last look, each once.

    What is active at the first look is no news, and neither is what a daemon that has restarted
    raises anew: it stands in the header either way.
    """

    def __init__(self) -> None:
        self._boot = ""
        self._active: Mapping[str, Alert] = {}
        self._carried: set[str] = set()
        self._carried_until = 0.0

    def take(self, state: MirrorState, now: float) -> list[News]:
        """Return what is new; `now` is monotonic seconds."""
        if not state.boot:
            return []
        before = self._active
        if state.boot != self._boot:
            first, self._boot = not self._boot, state.boot
            self._carried, self._carried_until = set(before), now + CARRIED_S
            before = state.alerts if first else {}
        self._active = state.alerts
        if now > self._carried_until:
            self._carried.clear()
        return [*self._raised(before), *_cleared(before, state.alerts)]

    def _raised(self, before: Mapping[str, Alert]) -> list[News]:
        found = []
        for rule, alert in self._active.items():
            known = before.get(rule)
            if known is not None and known.raised_at == alert.raised_at:
                continue
            if rule in self._carried:
                self._carried.remove(rule)
            else:
                found.append(News(alert_words(alert), level_of(alert)))
        return found


def _cleared_level(alert: Alert) -> str:
    """What was only a note is over as a note."""
    return "info" if level_of(alert) == "info" else "ok"


def _cleared(before: Mapping[str, Alert], active: Mapping[str, Alert]) -> list[News]:
    return [
        News(one_line(f"{alert.title}: back to normal"), _cleared_level(alert))
        for rule, alert in before.items()
        if rule not in active
    ]
