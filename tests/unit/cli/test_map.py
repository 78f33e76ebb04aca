import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from revo_edge.cli.map import Asked, build
from revo_edge.contract.kinds import OnLost
from revo_edge.contract.tasks import TaskSpec
from revo_edge.engines.parallel.params import MapParams
from tests.unit.cli.runner import revo

NOTHING: dict[str, Any] = {
    "words": (),
    "command": None,
    "as_globs": False,
    "lines_from": None,
    "json_list": None,
    "ordered": False,
    "concurrency": 0,
    "timeout_s": None,
    "retries": 0,
    "memory_mb": None,
    "python": None,
    "env": (),
    "queue": "default",
    "priority": 0,
    "on_lost": None,
    "after": (),
    "at": None,
    "group": None,
    "detach": False,
    "resume": None,
    "quiet": False,
    "as_json": False,
}


def built(**asked: Any) -> tuple[TaskSpec, MapParams]:
    spec, _ = build(Asked(**NOTHING | asked))
    return spec, msgspec.convert(spec.params, MapParams)


def test_a_function_and_its_inputs_become_params_that_the_kind_accepts() -> None:
    spec, params = built(
        words=("pkg.mod:func", "a", "b"), timeout_s=2.5, retries=3, memory_mb=64, concurrency=2
    )
    assert (params.function, params.inputs) == ("pkg.mod:func", ["a", "b"])
    assert (params.item_timeout_s, params.item_retries, params.memory_mb) == (2.5, 3, 64)
    assert params.concurrency == 2
    assert spec.cwd == str(Path.cwd())
    assert spec.title == "map pkg.mod:func"


def test_with_a_command_every_word_is_an_input() -> None:
    spec, params = built(command="gzip -k {}", words=("a", "b"), on_lost="hold", queue="slow")
    assert (params.command, params.function) == ("gzip -k {}", "")
    assert params.inputs == ["a", "b"]
    assert (spec.on_lost, spec.queue) == (OnLost.HOLD, "slow")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ([], "Name a function"),
        (["f"], "neither"),
        (["a.b:f"], "There are no inputs"),
        (["--cmd", "echo 'x", "a"], "cannot be split"),
        (["--cmd", " ", "a"], "is empty"),
        (["a.b:f", "x", "-j", "65"], "-j"),
        (["a.b:f", "--resume", "01J"], "--resume takes"),
    ],
)
def test_a_wrong_command_line_starts_nothing(args: list[str], words: str) -> None:
    result = revo("map", *args)
    assert result.exit_code == 2
    assert words in result.stderr


def test_no_inputs_in_a_file_is_fine_and_starts_nothing(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    result = revo("map", "a.b:f", "--from", str(empty))
    assert (result.exit_code, result.stdout) == (0, "")
    assert "There are no inputs" in result.stderr


def test_inputs_can_come_from_stdin() -> None:
    result = revo("map", "a.b:f", "--json-list", "-", stdin=json.dumps([]))
    assert result.exit_code == 0
