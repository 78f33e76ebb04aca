import pytest

from revo_edge.cli.connect import connected, is_running
from revo_edge.errors import DaemonUnreachable
from revo_edge.paths import Paths


def test_looking_starts_nothing(home: Paths) -> None:
    assert not is_running(home)
    with pytest.raises(DaemonUnreachable, match="revo up"), connected(start=False):
        pass


def test_starting_on_demand_can_be_forbidden(home: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVO_AUTOSTART", "0")
    with pytest.raises(DaemonUnreachable, match="REVO_AUTOSTART"), connected():
        pass
    assert not is_running(home)
