import json

import pytest

from revo_edge.paths import Paths
from tests.unit.cli.runner import revo


@pytest.mark.usefixtures("home")
def test_doctor_says_what_is_wrong_and_what_to_type() -> None:
    result = revo("doctor")
    assert result.exit_code == 1
    assert "daemon: not running\n  revo up\n" in result.stdout


def test_doctor_starts_nothing(home: Paths) -> None:
    result = revo("doctor", "--json")
    report = json.loads(result.stdout)
    assert report["ok"] is False
    assert {"name", "ok", "detail", "mend"} == set(report["checks"][0])
    assert list(home.home.iterdir()) == []
