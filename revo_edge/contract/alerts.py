"""Alerts: something measured has crossed its threshold for long enough.

An alert belongs to the daemon that runs: with its end all of its alerts end, and the next daemon
begins with none. `rule` and `raised_at` together name one alert of one boot.
"""

from enum import Enum

import msgspec


class Severity(Enum):
    """How much an alert should alarm; in this order."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    UNKNOWN = "unknown"

    @classmethod
    def _missing_(cls, value: object) -> "Severity":
        return cls.UNKNOWN


class Alert(msgspec.Struct, frozen=True, omit_defaults=True):
    """One alert: active until `cleared_at` is set. Times are UTC epoch seconds.

    `value` is what was measured when it was raised or cleared; its unit and that of the
    thresholds is the rule's. `text` says it in words.
    """

    rule: str
    title: str
    severity: Severity
    text: str
    value: float
    raise_at: float
    clear_at: float
    raised_at: float
    cleared_at: float | None = None


class AlertRule(msgspec.Struct, frozen=True, omit_defaults=True):
    """A rule in force, and what it measured last (None: not known)."""

    name: str
    title: str
    unit: str
    """`tasks`, `ratio`, `ms` or `MB`."""
    raise_at: float
    clear_at: float
    raise_after_s: float
    clear_after_s: float
    severity: Severity
    low: bool = False
    """True when low values are the trouble: raised below `raise_at`, cleared from `clear_at` on."""
    value: float | None = None


class AlertListReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """The active alerts, oldest first; the last ones that cleared, newest first; the rules."""

    active: tuple[Alert, ...] = ()
    cleared: tuple[Alert, ...] = ()
    rules: tuple[AlertRule, ...] = ()
