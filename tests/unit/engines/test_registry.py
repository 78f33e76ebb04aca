import sys
from pathlib import Path

import pytest

from revo_edge.contract.kinds import Lane
from revo_edge.engines.declared import Source
from revo_edge.engines.registry import ENGINES, Registry, worker_registry
from revo_edge.errors import NotFound


def test_every_kind_has_a_function_and_a_schema() -> None:
    registry = Registry(["tests.engines.probe"])
    for name, kind in registry.kinds.items():
        assert kind.name == name
        assert name.startswith(f"{kind.engine}.")
        assert callable(registry.function(name))
        assert registry.schema(name)["$defs"]


def test_the_four_engines_come_first_and_say_what_is_absent() -> None:
    assert [engine.name for engine in ENGINES] == ["recall", "parallel", "creative", "coordinator"]
    statuses = [engine.status for engine in ENGINES]
    assert statuses == ["online", "online", "absent", "absent"]
    names = [engine.name for engine in Registry(["tests.engines.probe"]).engines]
    assert names == ["recall", "parallel", "creative", "coordinator", "probe"]


def test_parents_are_drivers_and_children_cannot_be_submitted() -> None:
    kinds = Registry().kinds
    assert {name for name, kind in kinds.items() if kind.lane is Lane.DRIVER} == {
        "parallel.map",
        "parallel.analyze",
        "parallel.test",
        "recall.ingest",
    }
    elastic = {name for name, kind in kinds.items() if kind.lane is Lane.ELASTIC and not kind.child}
    assert all(name.startswith("recall.") for name in elastic)


def test_what_a_task_is_asked_to_remember_is_sensitive() -> None:
    sensitive = {name for name, kind in Registry().kinds.items() if kind.sensitive}
    assert sensitive == {"recall.remember", "recall.import"}


def test_an_unknown_kind_is_named_with_the_nearest() -> None:
    with pytest.raises(NotFound, match=r'"parallel\.mapp".* Did you mean "parallel\.map"'):
        Registry().function("parallel.mapp")


@pytest.mark.parametrize("name", ["no_such_module_at_all", "json", "broken_engine"])
def test_a_module_that_is_no_engine_is_an_engine_in_error(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_engine.py").write_text("import no_such_module_at_all\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    registry = Registry([name, "tests.engines.probe"])
    sys.modules.pop("broken_engine", None)
    assert "probe.echo" in registry.kinds
    assert registry.modules == ("tests.engines.probe",)
    (wrong,) = [engine for engine in registry.engines if engine.status == "error"]
    assert wrong.name == name
    assert f"module {name} of the setting engines.modules: " in wrong.detail


def test_of_two_engines_of_one_name_the_second_is_in_error() -> None:
    twice = [Source("tests.engines.probe", "probe", name, "1") for name in ("one", "two")]
    registry = Registry((), twice)
    assert [e.name for e in registry.engines if e.status == "error"] == ["two"]
    (wrong,) = registry.broken
    assert "already those of package one 1" in wrong.text
    assert Registry(["tests.engines.probe"], twice).broken == []


def test_a_worker_gets_the_modules_by_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVO_ENGINES_MODULES", "tests.engines.probe,")
    assert "probe.echo" in worker_registry().kinds
    monkeypatch.delenv("REVO_ENGINES_MODULES")
    assert "probe.echo" not in worker_registry().kinds
