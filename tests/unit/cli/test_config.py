import json

import pytest

from revo_edge.paths import Paths
from revo_edge.settings import setting_names
from tests.unit.cli.runner import revo


@pytest.mark.usefixtures("home")
def test_without_a_daemon_the_settings_it_would_use_are_shown() -> None:
    found = json.loads(revo("config", "get", "--json").stdout)
    assert set(found) == set(setting_names())
    assert found["workers.max"] == {"value": 16, "from": "default"}


def test_one_setting_is_printed_bare(home: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVO_WORKERS_MAX", "9")
    assert revo("config", "get", "workers.max").stdout == "9\n"
    assert "environment" in revo("config", "get", "workers").stdout
    monkeypatch.setenv("REVO_QUEUES_CONCURRENCY", "a=1,b=2")
    assert revo("config", "get", "queues.concurrency").stdout == "a=1, b=2\n"
    assert not home.endpoint.exists()


@pytest.mark.usefixtures("home")
def test_an_unknown_setting_is_answered_with_the_nearest() -> None:
    result = revo("config", "get", "workers.maxx")
    assert result.exit_code == 3
    assert 'Did you mean "workers.max"?' in result.stderr


def test_path_names_every_place(home: Paths) -> None:
    found = json.loads(revo("config", "path", "--json").stdout)
    assert found["home"] == str(home.home)
    assert found["log"] == str(home.daemon_log)
