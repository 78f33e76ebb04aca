import json

import pytest

from revo_edge.paths import Paths
from tests.unit.cli.runner import revo


@pytest.mark.parametrize("args", [[], ["status"], ["status", "--watch"]])
def test_status_starts_nothing_and_says_how_to(args: list[str], home: Paths) -> None:
    result = revo(*args)
    assert (result.exit_code, result.stdout) == (4, "not running\n")
    assert "`revo up`" in result.stderr
    assert list(home.home.iterdir()) == []


@pytest.mark.usefixtures("home")
def test_status_json_without_a_daemon() -> None:
    result = revo("status", "--json")
    assert result.exit_code == 4
    assert json.loads(result.stdout) == {"running": False, "status": "stopped", "pid": None}


@pytest.mark.usefixtures("home")
def test_health_without_a_daemon_is_unreachable() -> None:
    result = revo("health", "--json")
    assert result.exit_code == 4
    assert json.loads(result.stdout)["error"]["code"] == "UNAVAILABLE"
