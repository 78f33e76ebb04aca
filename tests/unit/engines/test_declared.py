import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from revo_edge.engines.declared import (
    BrokenEngine,
    Declared,
    Source,
    changed_at,
    installed,
    read,
)

GOOD = """\
import msgspec
from revo_edge.contract.kinds import Engine, Kind


class Params(msgspec.Struct, forbid_unknown_fields=True):
    path: str = ""


ENGINE = Engine("mine", "My own", colour="teal", icon="search")
KINDS = ((Kind("mine.run", "mine", "Run", Params), "my_engine.work:run"),)
"""
SOURCE = Source("my_engine.kinds", "mine", "my-engine", "0.1")
Reading = Callable[[str], Declared | BrokenEngine]


@pytest.fixture
def reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reading]:
    """Read a module with this text, in a package that has `work.py` beside it."""
    package = tmp_path / "my_engine"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "work.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))

    def reading(text: str) -> Declared | BrokenEngine:
        (package / "kinds.py").write_text(text)
        return read(SOURCE, {"taken": "package other 2.0"})

    yield reading
    for name in [name for name in sys.modules if name.partition(".")[0] == "my_engine"]:
        del sys.modules[name]


def test_a_good_module_is_taken_as_it_declares_itself(reading: Reading) -> None:
    found = reading(GOOD)
    assert isinstance(found, Declared)
    assert (found.engine.title, found.engine.colour, found.engine.icon) == (
        "My own",
        "teal",
        "search",
    )
    assert [kind.name for kind, _ in found.kinds] == ["mine.run"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("import msgspec\n", "import msgspec\nimport no_such_thing\n", r"kinds\.py:2: ModuleNotFoundError: No module named 'no_such_thing'"),
        ('path: str = ""', "path: str = [", r"kinds\.py:6: SyntaxError"),
        ("ENGINE =", "raise SystemExit(3)\nENGINE =", r"kinds\.py:9: SystemExit"),
        ("KINDS =", "TABLE =", r"kinds\.py:1: there is no KINDS"),
        ("KINDS = (", "KINDS = (1, ", r"kinds\.py:10: KINDS must be pairs"),
        ("ENGINE = Engine(", "ENGINE = dict(mine=", r"Error|ENGINE must be an Engine"),
        ('"My own", colour="teal"', '"My own", colour="teel"', r'kinds\.py:9: there is no colour "teel"\. Did you mean "teal"\?'),
        ('icon="search"', 'icon="zzz"', r'kinds\.py:9: there is no icon "zzz"\. There are: copy'),
        ('Engine("mine"', 'Engine("Mine!"', r'"Mine!" is no name for an engine'),
        ('Engine("mine"', 'Engine("other"', r'the engine is "other" and its entry point "mine"'),
        ('Kind("mine.run"', 'Kind("other.run"', r'kinds\.py:10: other\.run is not of the engine "mine"'),
        ('Kind("mine.run"', 'Kind("mine.Run it"', r"is no name for a kind"),
        ("work:run", "wurk:run", r'kinds\.py:10: the function of mine\.run is "my_engine\.wurk:run"'),
        ("my_engine.work:run", "run", r'must be "package\.module:function"'),
        (", forbid_unknown_fields=True", "", r"kinds\.py:5: the params Params of mine\.run .*forbid_unknown_fields=True"),
        ('path: str = ""', "path: Engine | Kind | None = None", r"kinds\.py:5: the params Params of mine\.run cannot be described"),
        ("class Params(msgspec.Struct, forbid_unknown_fields=True)", "class Params", r"must be a class made from msgspec\.Struct"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_package_file_and_line(
    reading: Reading, old: str, new: str, said: str
) -> None:
    assert old in GOOD
    found = reading(GOOD.replace(old, new, 1))
    assert isinstance(found, BrokenEngine)
    assert found.text.startswith("package my-engine 0.1: ")
    assert found.text.endswith("Mend it, then `revo restart`.")
    assert re.search(said, found.text), found.text


def test_a_kind_given_twice_is_said(reading: Reading) -> None:
    row = '(Kind("mine.run", "mine", "Run", Params), "my_engine.work:run"),'
    found = reading(GOOD.replace(row, row + row))
    assert isinstance(found, BrokenEngine)
    assert "KINDS has mine.run twice" in found.text


def test_an_engine_that_somebody_else_has_is_said_with_both_names(reading: Reading) -> None:
    reading(GOOD)  # the module is imported once
    found = read(SOURCE, {"mine": "package other 2.0"})
    assert isinstance(found, BrokenEngine)
    assert "package my-engine 0.1" in found.text
    assert "already those of package other 2.0" in found.text


def test_a_module_that_is_not_there_is_said_with_the_python(reading: Reading) -> None:
    found = read(Source("no_such_package_at_all.kinds"), {})
    assert isinstance(found, BrokenEngine)
    assert f"there is no module no_such_package_at_all.kinds in {sys.executable}" in found.text
    assert found.text.startswith("module no_such_package_at_all.kinds of the setting")


def test_entry_points_of_installed_packages_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "my_engine-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-engine\nVersion: 0.1\n")
    (info / "entry_points.txt").write_text("[revo_edge.engines]\nmine = my_engine.kinds\n")
    assert SOURCE not in installed()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert SOURCE in installed()


def test_the_newest_file_of_a_package_tells_when_it_was_changed(
    reading: Reading, tmp_path: Path
) -> None:
    reading(GOOD)
    for number, file in enumerate(sorted((tmp_path / "my_engine").glob("*.py"))):
        os.utime(file, (1000 + number, 1000 + number))
    assert changed_at(SOURCE) == 1002
    assert changed_at(Source("no_such_package_at_all.kinds")) == 0
    assert changed_at(Source("sys")) == 0
