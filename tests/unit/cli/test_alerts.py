import pytest

from revo_edge.cli.alerts import alert_row, rule_row
from revo_edge.contract.alerts import Alert, AlertRule, Severity
from revo_edge.core.alerts import rules_of
from revo_edge.settings import Alerts
from tests.unit.cli.runner import revo
from tests.unit.cli.samples import AT

ALERT = Alert("queue", "Waiting tasks", Severity.ERROR, "60 tasks waiting", 60, 50, 40, AT)


def test_an_active_alert_lasts_until_now_and_a_cleared_one_until_then() -> None:
    row = alert_row(ALERT, AT + 65)
    assert (row[0], row[1], row[2], row[4]) == ("active", "error", "Waiting tasks", "1 m 05 s")
    over = Alert("queue", "Waiting tasks", Severity.ERROR, "Back", 0, 50, 40, AT, AT + 2)
    assert alert_row(over, AT + 65)[::4] == ("cleared", "2.0 s")


@pytest.mark.parametrize("rule", rules_of(Alerts()), ids=lambda rule: rule.name)
def test_a_rule_tells_its_thresholds_in_its_unit(rule: AlertRule) -> None:
    says = {
        "queue": ("-", "> 50", "to 40", "10 / 10 s"),
        "utilisation": ("-", "> 90 %", "to 75 %", "60 / 30 s"),
        "error_ratio": ("-", "> 20 %", "to 10 %", "0 / 30 s"),
        "retrieval": ("-", "> 100 ms", "to 80 ms", "10 / 10 s"),
        "loop_lag": ("-", "> 50 ms", "to 25 ms", "10 / 10 s"),
        "disk": ("-", "< 500 MB", "from 750 MB", "10 / 10 s"),
    }
    assert rule_row(rule)[2:6] == says[rule.name]


@pytest.mark.usefixtures("home")
def test_looking_at_alerts_starts_no_daemon() -> None:
    result = revo("alerts")
    assert result.exit_code == 4
    assert "The daemon is not running" in result.stderr
