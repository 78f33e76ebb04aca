import json

import pytest

from tests.unit.cli.runner import revo


@pytest.mark.usefixtures("home")
def test_down_without_a_daemon_is_done_already() -> None:
    result = revo("down")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "not running" in result.stderr
    assert json.loads(revo("down", "--json").stdout) == {"running": False, "stopped": False}
