import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from revo_edge.engines.parallel import suite_child


def stream(folder: Path, batches: list[list[str]], first: list[str]) -> list[dict[str, Any]]:
    """Run one shard of a plan that is there already."""
    (folder / "test_x.py").write_text("def test_a(): pass\ndef test_b(): assert 0\n")
    (folder / "plan.json").write_text(json.dumps({"batches": batches}))
    asked = {
        "args": ["-p", "no:cacheprovider", "."],
        "stream": str(folder / "stream"),
        "folder": str(folder),
        "first": first,
        "number": 0,
        "hold_s": 60.0,
    }
    (folder / "asked.json").write_text(json.dumps(asked))
    command = [sys.executable, suite_child.__file__, str(folder / "asked.json")]
    subprocess.run(command, cwd=folder, check=False, capture_output=True)
    return [json.loads(line) for line in (folder / "stream").read_text().splitlines()]


def test_it_runs_what_it_is_given_and_what_it_claims(tmp_path: Path) -> None:
    a, b = "test_x.py::test_a", "test_x.py::test_b"
    (tmp_path / "claims").write_text("1")  # another shard has the first batch
    events = stream(tmp_path, [[b], [a], ["test_x.py::test_gone"]], [b])
    ended = [event for event in events if event["event"] == "end"]
    assert [event["id"] for event in ended] == [b, a]
    assert (ended[0]["where"], ended[0]["reason"]) == ("test_x.py:2", "assert 0")
    assert [event["id"] for event in events if event["event"] == "missing"] == [
        "test_x.py::test_gone"
    ]
    assert (tmp_path / "claims").read_text() == "3"
    assert events[-1]["event"] == "finish"


def test_a_stopped_suite_runs_nothing(tmp_path: Path) -> None:
    (tmp_path / "stop").touch()
    events = stream(tmp_path, [["test_x.py::test_a"]], [])
    assert not [event for event in events if event["event"] == "start"]
    assert events[-1]["event"] == "finish"


FIXTURES = """
import os
import pytest
def log(text):
    with open("log", "a") as file: file.write(f"{text} ")
@pytest.fixture(scope="module")
def kept():
    log("up")
    yield
    log("down")
    assert __name__ != FAILS
def test_a(kept): log("a")
def test_b(kept): log("b")
def test_other_shard_is_faster():
    with open("claims", "w") as file: file.write("2")
"""


def run_two_files(folder: Path, names: list[str], fails: str = "") -> list[tuple[str, str]]:
    """Run these tests, a batch each; return how they ended."""
    for name in ("test_y", "test_z"):
        (folder / f"{name}.py").write_text(FIXTURES.replace("FAILS", repr(fails)))
    events = stream(folder, [[name] for name in names], [])
    return [(event["id"], event["outcome"]) for event in events if event["event"] == "end"]


def test_fixtures_live_as_long_as_tests_of_their_module_follow(tmp_path: Path) -> None:
    names = ["test_y.py::test_a", "test_y.py::test_b", "test_z.py::test_a", "test_z.py::test_a"]
    assert run_two_files(tmp_path, names) == [(name, "passed") for name in names]
    assert (tmp_path / "log").read_text() == "up a b down up a down up a down "


def test_fixtures_kept_for_a_test_that_another_shard_took_are_ended(tmp_path: Path) -> None:
    names = ["test_y.py::test_other_shard_is_faster", "test_y.py::test_b", "test_z.py::test_a"]
    (tmp_path / "conftest.py").write_text(
        "import pytest\n@pytest.fixture(autouse=True)\ndef all(request):\n"
        "    if 'faster' in request.node.name: request.getfixturevalue('kept')\n"
    )
    ended = run_two_files(tmp_path, names, fails="test_y")
    assert ended == [(names[0], "passed"), (names[0], "error"), (names[2], "passed")]
    assert (tmp_path / "log").read_text() == "up down up a down "
