import pytest

from revo_edge.cli.local import local_registry, local_templates
from revo_edge.paths import Paths


def test_kinds_and_templates_are_those_of_the_settings_and_the_folder(
    home: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "probe.echo" not in local_registry().kinds
    monkeypatch.setenv("REVO_ENGINES_MODULES", "tests.engines.probe")
    home.templates.mkdir(parents=True)
    (home.templates / "hi.toml").write_text('name = "hi"\nkind = "probe.echo"\ntitle = "Hi"\n')
    assert local_templates().get("hi").kind == "probe.echo"
