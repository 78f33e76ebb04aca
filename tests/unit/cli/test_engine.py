import pytest

from tests.unit.cli.runner import revo


@pytest.mark.usefixtures("home")
def test_engines_are_the_daemons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVO_AUTOSTART", "0")
    assert revo("engine", "ls").exit_code == 4
