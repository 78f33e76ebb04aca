from pathlib import Path

import msgspec

from revo_edge.cli.items import Lines
from revo_edge.contract.tasks import ErrorInfo, ItemResult


def good(index: int) -> ItemResult:
    return ItemResult(index, value=msgspec.Raw(msgspec.msgpack.encode(index * 10)))


def test_a_line_has_the_promised_keys(tmp_path: Path) -> None:
    lines = Lines(["a", "b"], tmp_path)
    failed = ItemResult(1, attempt=2, duration_s=0.5, error=ErrorInfo("timeout", "late"))
    first, second = lines.take([good(0), failed])
    assert first == {
        "index": 0,
        "input": "a",
        "ok": True,
        "value": 0,
        "duration_s": 0.0,
        "attempt": 1,
    }
    assert second["ok"] is False
    assert second["error"]["code"] == "timeout"
    assert "value" not in second
    assert (lines.succeeded, lines.failed, lines.errors["timeout"]) == (1, 1, 1)


def test_ordered_lines_wait_for_their_turn(tmp_path: Path) -> None:
    lines = Lines(None, tmp_path, ordered=True)
    assert list(lines.take([good(2), good(1)])) == []
    assert [line["index"] for line in lines.take([good(0)])] == [0, 1, 2]
    assert list(lines.take([good(5), good(4)])) == []
    assert [line["index"] for line in lines.rest()] == [4, 5]


def test_inputs_nobody_knows_are_null(tmp_path: Path) -> None:
    (line,) = Lines(None, tmp_path).take([good(0)])
    assert line["input"] is None


def test_a_large_value_is_read_from_the_spool(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(msgspec.msgpack.encode("large"))
    (line,) = Lines(["x"], tmp_path).take([ItemResult(0, blob="abc")])
    assert line["value"] == "large"
