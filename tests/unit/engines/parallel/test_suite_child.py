import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from revo_edge.engines.parallel import suite_child


def stream(folder: Path, ids: list[str] | None) -> list[dict[str, Any]]:
    (folder / "test_x.py").write_text("def test_a(): pass\ndef test_b(): assert 0\n")
    asked = folder / "asked.json"
    args = ["-p", "no:cacheprovider", *([] if ids else ["--collect-only"]), "test_x.py"]
    asked.write_text(json.dumps({"args": args, "ids": ids, "stream": str(folder / "stream")}))
    command = [sys.executable, suite_child.__file__, str(asked)]
    subprocess.run(command, cwd=folder, check=False, capture_output=True)
    return [json.loads(line) for line in (folder / "stream").read_text().splitlines()]


def test_it_lists_the_tests(tmp_path: Path) -> None:
    found = [event["id"] for event in stream(tmp_path, None) if event["event"] == "test"]
    assert found == ["test_x.py::test_a", "test_x.py::test_b"]


def test_it_runs_only_what_was_asked(tmp_path: Path) -> None:
    events = stream(tmp_path, ["test_x.py::test_b"])
    assert [event["id"] for event in events if event["event"] == "end"] == ["test_x.py::test_b"]
    assert "assert 0" in next(event["text"] for event in events if "text" in event)
