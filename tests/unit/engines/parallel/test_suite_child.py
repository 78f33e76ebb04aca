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
        "args": ["-p", "no:cacheprovider", "test_x.py"],
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
