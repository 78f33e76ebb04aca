"""Alerts: raised once and cleared once a crossing, whatever the noise between the thresholds."""

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given

from revo_edge.contract.alerts import Alert, AlertRule, Severity
from revo_edge.core.alerts import (
    GAP_S,
    KEPT_CLEARED,
    Alerts,
    Failures,
    crossed,
    rules_of,
    settled,
)
from revo_edge.settings import Alert as RuleSettings
from revo_edge.settings import Alerts as AlertSettings

RULE = AlertRule("queue", "Waiting tasks", "tasks", 50.0, 40.0, 3.0, 2.0, Severity.WARNING)
DISK = AlertRule("disk", "Disk space", "MB", 500.0, 750.0, 0.0, 0.0, Severity.ERROR, low=True)
AT = 1_800_000_000.0

values = st.one_of(
    st.none(), st.floats(0, 100), st.sampled_from([39.9, 40.0, 40.1, 49.9, 50.0, 50.1])
)
steps = st.lists(st.tuples(st.floats(0.1, 4.0), values), max_size=120)


def feed(alerts: Alerts, values: list[float | None], begin: float = 0.0) -> list[Alert]:
    """One value a second; return all that was raised and cleared."""
    return [
        alert
        for second, value in enumerate(values)
        for alert in alerts.step({"queue": value}, begin + second, AT + begin + second)
    ]


def said(alerts: list[Alert]) -> list[tuple[str, float]]:
    """(what, seconds since the beginning)"""
    return [
        ("raised", a.raised_at - AT) if a.cleared_at is None else ("cleared", a.cleared_at - AT)
        for a in alerts
    ]


@given(steps)
def test_raised_and_cleared_take_turns_and_each_was_true_for_all_its_delay(
    steps: list[tuple[float, float | None]],
) -> None:
    alerts, now, seen = Alerts([RULE]), 0.0, []
    active = False
    for passed_s, value in steps:
        now += passed_s
        seen.append((now, value))
        for alert in alerts.step({"queue": value}, now, AT + now):
            raised = alert.cleared_at is None
            assert raised is not active, "two of the same in a row"
            active = raised
            true, delay_s = (crossed, 3.0) if raised else (settled, 2.0)
            held = [(at, v) for at, v in seen if at > now - delay_s]
            assert all(v is not None and true(RULE, v) for _, v in held)
    assert bool(alerts.report().active) is active


@given(
    st.lists(st.floats(40.001, 50.0), max_size=20),
    st.lists(st.floats(40.001, 100.0), min_size=0, max_size=30),
    st.lists(st.floats(0.0, 50.0), max_size=20),
)
def test_one_crossing_is_one_raise_and_one_clear_whatever_the_noise_in_the_band(
    before: list[float], during: list[float], after: list[float]
) -> None:
    crossing = [*before, *([80.0] * 4), *during, *([10.0] * 3), *after, *([10.0] * 3)]
    assert [what for what, _ in said(feed(Alerts([RULE]), [*crossing, *crossing]))] == [
        "raised",
        "cleared",
    ] * 2


def test_the_delays_are_waited_for_and_a_break_begins_them_anew() -> None:
    values = [60.0, 60.0, 50.0, 60.0, 60.0, 60.0, 60.0, 60.0, 40.0, 41.0, 40.0, 40.0, 40.0, 10.0]
    assert said(feed(Alerts([RULE]), list(values))) == [("raised", 6.0), ("cleared", 12.0)]


def test_without_a_delay_the_first_sample_speaks() -> None:
    alerts = Alerts([DISK])
    (raised,) = alerts.step({"disk": 499.0}, 0.0, AT)
    assert (raised.text, raised.severity) == (
        "499 MB of disk free, less than 500 MB",
        Severity.ERROR,
    )
    assert alerts.step({"disk": 700.0}, 1.0, AT) == []
    (cleared,) = alerts.step({"disk": 750.0}, 2.0, AT + 2)
    assert (cleared.text, cleared.cleared_at) == ("Back to 750 MB of disk free", AT + 2)


@pytest.mark.parametrize("before", [0.0, 60.0])
@given(unknown=st.lists(st.none(), min_size=1, max_size=60))
def test_what_is_unknown_neither_raises_nor_clears(before: float, unknown: list[None]) -> None:
    alerts = Alerts([RULE])
    feed(alerts, [before] * 5)
    active = alerts.report().active
    assert feed(alerts, list(unknown), 5.0) == []
    assert alerts.report().active == active


def test_a_sample_that_is_unknown_begins_a_delay_anew() -> None:
    values = [60.0, 60.0, 60.0, None, 60.0, 60.0, 60.0, 60.0]
    assert said(feed(Alerts([RULE]), values)) == [("raised", 7.0)]


@given(st.floats(GAP_S + 0.001, 100_000))
def test_time_that_nobody_watched_counts_for_no_delay(gap_s: float) -> None:
    alerts = Alerts([RULE])
    assert feed(alerts, [60.0, 60.0]) == []
    begin = 1.0 + gap_s
    assert alerts.step({"queue": 60.0}, begin, AT) == []
    (raised,) = feed(alerts, [60.0] * 4, begin + 1)
    assert raised.raised_at - AT == pytest.approx(begin + 3)
    assert feed(alerts, [0.0], begin + 100_000) == [], "nor for the delay to clear"
    assert alerts.report().active


@given(
    st.lists(st.floats(0, 100), max_size=40),
    st.floats(0, 100),
    st.lists(st.floats(0, 100), max_size=40),
)
def test_a_changed_rule_keeps_what_is_active_and_speaks_in_turns(
    before: list[float], limit: float, after: list[float]
) -> None:
    alerts = Alerts([RULE])
    found = feed(alerts, list(before))
    changed = msgspec.structs.replace(RULE, raise_at=limit, clear_at=limit)
    assert alerts.set_rules([changed], AT) == []
    found += feed(alerts, list(after), float(len(before)))
    words = [what for what, _ in said(found)]
    assert words == ["raised", "cleared"] * (len(words) // 2) + ["raised"] * (len(words) % 2)


def test_a_rule_that_is_switched_off_clears_its_alert_once() -> None:
    alerts = Alerts([RULE, DISK])
    feed(alerts, [60.0] * 4)
    (cleared,) = alerts.set_rules([DISK], AT + 9)
    assert (cleared.rule, cleared.cleared_at) == ("queue", AT + 9)
    assert alerts.set_rules([DISK], AT + 10) == []
    assert feed(alerts, [60.0] * 9, 5.0) == []
    assert [alert.rule for alert in alerts.report().cleared] == ["queue"]


def test_what_cleared_is_kept_newest_first_and_not_for_ever() -> None:
    alerts = Alerts([DISK])
    for n in range(2 * KEPT_CLEARED):
        alerts.step({"disk": 1.0}, 2.0 * n, AT + 2 * n)
        alerts.step({"disk": 999.0}, 2.0 * n + 1, AT + 2 * n + 1)
    cleared = alerts.report().cleared
    assert len(cleared) == KEPT_CLEARED
    assert cleared[0].cleared_at == AT + 4 * KEPT_CLEARED - 1


def test_the_report_says_what_each_rule_measured_last() -> None:
    alerts = Alerts([RULE, DISK])
    alerts.step({"disk": 900.0}, 0.0, AT)
    assert {rule.name: rule.value for rule in alerts.report().rules} == {
        "queue": None,
        "disk": 900.0,
    }


def test_the_rules_are_those_of_the_settings_that_are_switched_on() -> None:
    rules = rules_of(AlertSettings(queue=RuleSettings(9.0, 4.0, 1.0, 2.0, "error", enabled=True)))
    assert [rule.name for rule in rules if rule.low] == ["disk"]
    assert len(rules) == 6
    assert (rules[0].raise_at, rules[0].clear_after_s, rules[0].severity) == (9, 2, Severity.ERROR)
    off = AlertSettings(disk=RuleSettings(1.0, 1.0, enabled=False))
    assert "disk" not in {rule.name for rule in rules_of(off)}


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("queue", 1_234.0, "1,234 tasks waiting, more than 50"),
        ("utilisation", 0.96, "96 % of the workers busy, more than 90 %"),
        ("error_ratio", 0.5, "50 % of tasks failing, more than 20 %"),
        ("loop_lag", 80.4, "80 ms of loop lag (p99), more than 50 ms"),
    ],
)
def test_an_alert_says_in_words_what_was_measured(name: str, value: float, says: str) -> None:
    alerts = Alerts(rules_of(AlertSettings()))
    alerts.step({name: value}, 0.0, AT)
    found = [alerts.step({name: value}, float(second), AT) for second in range(1, 61)]
    assert [alert.text for raised in found for alert in raised] in ([says], [])
    assert [alert.text for alert in alerts.report().active] == [says]


def test_one_failure_of_one_task_is_not_known_to_be_a_trend() -> None:
    failures = Failures(60.0, 4)
    assert failures.ratio(0.0) == 0.0
    failures.add(True, 0.0)
    assert failures.ratio(0.0) is None
    for failed in (True, False, False):
        failures.add(failed, 30.0)
    assert failures.ratio(30.0) == 0.5
    assert failures.ratio(61.0) is None, "the first is out of the window, three are too few"
    assert failures.ratio(90.0) == 0.0, "nothing ended, so nothing fails"


@given(st.lists(st.tuples(st.floats(0, 5), st.booleans()), max_size=200))
def test_the_ratio_is_that_of_the_window(ended: list[tuple[float, bool]]) -> None:
    failures, now, told = Failures(20.0, 1), 0.0, []
    for passed_s, failed in ended:
        now += passed_s
        failures.add(failed, now)
        told.append((int(now), failed))
    inside = [failed for second, failed in told if second > now - 20.0]
    assert failures.ratio(now) == (sum(inside) / len(inside) if inside else 0.0)
