import json

import msgspec
import pytest

from revo_edge.cli.output import clean, plain, show_json, show_line, show_table
from revo_edge.contract.metrics import MetricHistory
from revo_edge.contract.tasks import ErrorInfo, TaskInfo, TaskState


def test_structs_become_objects_with_every_field() -> None:
    info = TaskInfo("1", "parallel.map", TaskState.FAILED, error=ErrorInfo("timeout", "late"))
    found = plain(info)
    assert found["state"] == "failed"
    assert found["progress"] is None
    assert found["error"]["code"] == "timeout"


def test_fields_have_their_wire_names() -> None:
    assert "self" in plain(MetricHistory())


def test_raw_values_are_decoded() -> None:
    assert plain(msgspec.Raw(msgspec.msgpack.encode({"a": [1, 2]}))) == {"a": [1, 2]}


def test_json_is_valid_for_any_text(capsys: pytest.CaptureFixture[str]) -> None:
    show_json({"path": "bad\udcff\x1b[31m", "b": b"\x00\xff"})
    show_line(["ä"])
    document, line = capsys.readouterr().out.rsplit("}\n", 1)
    assert json.loads(document + "}") == {"path": "bad\udcff\x1b[31m", "b": "00ff"}
    assert json.loads(line) == ["ä"]


def test_a_table_in_a_pipe_is_not_cut_and_has_no_colour(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_table(("task", ">n"), [("x" * 300, 1), ("running", 20)])
    out = capsys.readouterr().out
    assert "x" * 300 in out
    assert "\x1b" not in out


def test_names_cannot_carry_control_characters() -> None:
    assert clean("a\x1b[31m\nb") == "a [31m b"
