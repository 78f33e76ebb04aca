"""Alerts: thresholds with hysteresis and delay, as one small state machine for each rule. Pure.

A rule raises once its measure has been beyond `raise_at` for `raise_after_s` without a break, and
clears once it has been back at `clear_at` for `clear_after_s`. Between the two thresholds nothing
changes, so noise in that band never speaks twice.

A measure that is unknown (None) neither raises nor clears: the alert stays as it is, and a delay
that runs begins anew, because nobody saw that the threshold was crossed all the time. The same
holds when nothing was measured for longer than GAP_S. Times: `now` is monotonic seconds, `at` UTC
epoch seconds.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from revo_edge.contract.alerts import Alert, AlertListReply, AlertRule, Severity
from revo_edge.settings import LOW_IS_TROUBLE
from revo_edge.settings import Alerts as Settings

GAP_S = 10.0
"""Samples come each second; after so long without one a delay begins anew."""
KEPT_CLEARED = 50

Measures = Mapping[str, float | None]
"""Value by rule name; a name that is missing is unknown."""


def crossed(rule: AlertRule, value: float) -> bool:
    """Tell whether the value is beyond `raise_at`: above, or below where low is the trouble."""
    return value < rule.raise_at if rule.low else value > rule.raise_at


def settled(rule: AlertRule, value: float) -> bool:
    """Tell whether the value is back at `clear_at` or better."""
    return value >= rule.clear_at if rule.low else value <= rule.clear_at


@dataclass(slots=True)
class _Watch:
    """One rule, what it measured last, and since when its state wants to change."""

    rule: AlertRule
    active: Alert | None = None
    since: float | None = None

    def judge(self, value: float | None, now: float, at: float) -> Alert | None:
        """Take in one measurement; return what was raised or cleared by it."""
        self.rule = msgspec.structs.replace(self.rule, value=value)
        rule = self.rule
        turns = crossed if self.active is None else settled
        if value is None or not turns(rule, value):
            self.since = None
            return None
        if self.since is None:
            self.since = now
        delay_s = rule.raise_after_s if self.active is None else rule.clear_after_s
        if now - self.since < delay_s:
            return None
        self.since = None
        if self.active is None:
            return self._raise(value, at)
        return self._clear(self.active, value, at)

    def _clear(self, active: Alert, value: float, at: float) -> Alert:
        self.active = None
        return _ended(active, value, at, f"Back to {_said(self.rule, value)}")

    def _raise(self, value: float, at: float) -> Alert:
        rule = self.rule
        beyond = "less" if rule.low else "more"
        self.active = Alert(
            rule=rule.name,
            title=rule.title,
            severity=rule.severity,
            text=f"{_said(rule, value)}, {beyond} than {_limit(rule)}",
            value=value,
            raise_at=rule.raise_at,
            clear_at=rule.clear_at,
            raised_at=at,
        )
        return self.active


def _ended(alert: Alert, value: float, at: float, text: str) -> Alert:
    return msgspec.structs.replace(alert, value=value, cleared_at=at, text=text)


class Alerts:
    """All rules; fed with measures, it says what is raised and what is cleared."""

    def __init__(self, rules: Iterable[AlertRule] = (), *, gap_s: float = GAP_S) -> None:
        self._gap_s = gap_s
        self._measured_at = float("-inf")
        self._cleared: deque[Alert] = deque(maxlen=KEPT_CLEARED)
        self._watches = {rule.name: _Watch(rule) for rule in rules}

    def step(self, measures: Measures, now: float, at: float) -> list[Alert]:
        """Take in what was measured; return the alerts that it raised or cleared."""
        if now - self._measured_at > self._gap_s:
            self._begin_delays_anew()
        self._measured_at = now
        found = [watch.judge(measures.get(name), now, at) for name, watch in self._watches.items()]
        return self._remember(found)

    def set_rules(self, rules: Iterable[AlertRule], at: float) -> list[Alert]:
        """Put other rules in force; return the alerts whose rule is gone, which this clears.

        An alert whose rule was changed stays active and is judged by the new one from now on.
        """
        before, self._watches = self._watches, {}
        for rule in rules:
            known = before.pop(rule.name, None)
            active = known.active if known else None
            self._watches[rule.name] = _Watch(rule, active)
        gone = [
            _ended(watch.active, watch.active.value, at, "The rule was switched off")
            for watch in before.values()
            if watch.active is not None
        ]
        return self._remember(gone)

    def report(self) -> AlertListReply:
        """Return what is active, what was cleared last, and the rules with their last values."""
        active = [watch.active for watch in self._watches.values() if watch.active is not None]
        return AlertListReply(
            active=tuple(sorted(active, key=lambda alert: alert.raised_at)),
            cleared=tuple(reversed(self._cleared)),
            rules=tuple(watch.rule for watch in self._watches.values()),
        )

    def _begin_delays_anew(self) -> None:
        for watch in self._watches.values():
            watch.since = None

    def _remember(self, changes: Iterable[Alert | None]) -> list[Alert]:
        found = [alert for alert in changes if alert is not None]
        self._cleared += [alert for alert in found if alert.cleared_at is not None]
        return found


_RULES = {
    "queue": ("Waiting tasks", "tasks", "{} waiting"),
    "utilisation": ("Worker utilisation", "ratio", "{} of the workers busy"),
    "error_ratio": ("Failing tasks", "ratio", "{} of tasks failing"),
    "retrieval": ("Retrieval", "ms", "{} to answer from memory (p95)"),
    "loop_lag": ("Loop lag", "ms", "{} of loop lag (p99)"),
    "disk": ("Disk space", "MB", "{} of disk free"),
}
"""Title, unit and words of each rule of the settings."""


def rules_of(settings: Settings) -> tuple[AlertRule, ...]:
    """Return the rules that the settings leave switched on."""
    chosen = ((name, getattr(settings, name)) for name in _RULES)
    return tuple(
        AlertRule(
            name=name,
            title=_RULES[name][0],
            unit=_RULES[name][1],
            raise_at=rule.raise_at,
            clear_at=rule.clear_at,
            raise_after_s=rule.raise_after_s,
            clear_after_s=rule.clear_after_s,
            severity=Severity(rule.severity),
            low=name in LOW_IS_TROUBLE,
        )
        for name, rule in chosen
        if rule.enabled
    )


def _said(rule: AlertRule, value: float) -> str:
    words = _RULES[rule.name][2] if rule.name in _RULES else "{}"
    return words.format(_number(rule.unit, value))


def _limit(rule: AlertRule) -> str:
    return f"{rule.raise_at:,.0f}" if rule.unit == "tasks" else _number(rule.unit, rule.raise_at)


def _number(unit: str, value: float) -> str:
    if unit == "ratio":
        return f"{value * 100:.0f} %"
    return f"{value:,.0f} {'task' if unit == 'tasks' and value == 1 else unit}"


class Failures:
    """How many of the tasks that ended within the last `window_s` failed."""

    def __init__(self, window_s: float, least: int) -> None:
        self._window_s = window_s
        self._least = least
        self._seconds: deque[tuple[int, list[int]]] = deque()

    def add(self, failed: bool, now: float) -> None:  # noqa: FBT001 - one fact
        """Count one task that ended."""
        second = int(now)
        if not self._seconds or self._seconds[-1][0] != second:
            self._expire(now)
            self._seconds.append((second, [0, 0]))
        counts = self._seconds[-1][1]
        counts[0] += 1
        counts[1] += failed

    def ratio(self, now: float) -> float | None:
        """Return the share that failed; None while fewer than `least` ended, 0 if none did."""
        self._expire(now)
        ended = sum(counts[0] for _, counts in self._seconds)
        if not ended:
            return 0.0
        if ended < self._least:
            return None
        return sum(counts[1] for _, counts in self._seconds) / ended

    def _expire(self, now: float) -> None:
        while self._seconds and self._seconds[0][0] <= now - self._window_s:
            self._seconds.popleft()
