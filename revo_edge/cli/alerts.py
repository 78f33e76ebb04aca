"""`revo alerts`: what is beyond its threshold now, and what was."""

from collections.abc import Iterable

import click

from revo_edge.cli.connect import connected
from revo_edge.cli.options import json_option
from revo_edge.cli.output import say, show_json, show_table
from revo_edge.client.units import clock, duration
from revo_edge.clock import utc_now
from revo_edge.contract.alerts import Alert, AlertListReply, AlertRule

NONE_ACTIVE = "No alert is active. `revo alerts --rules` shows what is watched."
NO_RULES = "No rule is switched on. `revo config get alerts` shows the settings."


@click.command(
    epilog="""\b
Examples:
  revo alerts
  revo alerts --rules
  revo events -t alert.
"""
)
@click.option("--rules", is_flag=True, help="What is watched, with thresholds and values now.")
@json_option
def alerts(*, rules: bool, as_json: bool) -> None:
    """Show active alerts, then those that cleared.

    Those of the running daemon; the thresholds are settings: `revo config get alerts`.
    """
    with connected(start=False) as client:
        found = client.alerts()
    if as_json:
        show_json({"active": found.active, "cleared": found.cleared, "rules": found.rules})
    elif rules:
        _show_rules(found.rules)
    else:
        _show_alerts(found)


def _show_alerts(found: AlertListReply) -> None:
    if found.active or found.cleared:
        at = utc_now()
        rows = [alert_row(alert, at) for alert in (*found.active, *found.cleared)]
        show_table(("state", "severity", "alert", "raised", ">lasted", "what"), rows)
    if not found.active:
        say(NONE_ACTIVE if found.rules else NO_RULES)


def alert_row(alert: Alert, at: float) -> tuple[str, ...]:
    """Return an alert as it stands at `at` (UTC epoch seconds)."""
    return (
        "active" if alert.cleared_at is None else "cleared",
        alert.severity.value,
        alert.title,
        clock(alert.raised_at),
        duration(max(0.0, (alert.cleared_at or at) - alert.raised_at)),
        alert.text,
    )


def _show_rules(rules: Iterable[AlertRule]) -> None:
    rows = [rule_row(rule) for rule in rules]
    if rows:
        columns = ("rule", "alert", ">now", ">raised", ">cleared", ">after", "severity")
        show_table(columns, rows)
    else:
        say(NO_RULES)


def rule_row(rule: AlertRule) -> tuple[str, ...]:
    """Return a rule with its thresholds in words."""
    below, above = ("<", "from ") if rule.low else (">", "to ")
    return (
        rule.name,
        rule.title,
        "-" if rule.value is None else _number(rule, rule.value),
        f"{below} {_number(rule, rule.raise_at)}",
        f"{above}{_number(rule, rule.clear_at)}",
        f"{rule.raise_after_s:g} / {rule.clear_after_s:g} s",
        rule.severity.value,
    )


def _number(rule: AlertRule, value: float) -> str:
    if rule.unit == "ratio":
        return f"{value * 100:.0f} %"
    return f"{value:,.0f}" if rule.unit == "tasks" else f"{value:,.0f} {rule.unit}"
