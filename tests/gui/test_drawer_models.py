from pathlib import Path

import msgspec
import pytest
from PySide6.QtTest import QAbstractItemModelTester

from revo_edge.contract.requests import LogReply
from revo_edge.contract.tasks import ErrorInfo, ItemResult
from revo_edge.errors import BadRequest, InternalError
from revo_gui.models.task_items import row_of
from revo_gui.models.task_json import JsonModel, parts_of, plain, pretty, preview
from revo_gui.models.task_log import LINES_KEPT, LogWindow
from revo_gui.models.task_result import decode, report_file, survey_line, write_json


def test_a_long_list_is_shown_in_spans() -> None:
    spans = parts_of(list(range(2_500)))
    assert [name for name, _ in spans] == ["0 to 999", "1,000 to 1,999", "2,000 to 2,499"]
    assert parts_of(spans[2][1])[0] == ("2000", 2000)
    assert parts_of({"a": 1}) == [("a", 1)]
    assert parts_of("text") == parts_of(None) == []


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "null"),
        (True, "true"),
        (3.5, "3.5"),
        ("", '""'),
        ("a\nb\x1b", "a b\\x1b"),
        (b"xyz", "3 B of binary"),
        ({"a": 1}, "1 field"),
        ([1, 2], "2 values"),
    ],
)
def test_a_value_on_one_line(value: object, words: str) -> None:
    assert preview(value) == words


def test_what_json_does_not_know_becomes_text() -> None:
    assert plain({1: (b"x", {"n": None})}) == {"1": ["b'x'", {"n": None}]}
    assert pretty({"é": 1}) == '{\n  "é": 1\n}'


def test_the_tree_of_a_value(qapp: object) -> None:
    model = JsonModel({"a": [1, {"b": None}], "long": list(range(1_001)), "e": {}})
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    first = model.index(0, 0)
    inner = model.index(1, 0, first)
    assert (model.rowCount(), model.rowCount(first)) == (3, 2)
    assert model.index(0, 1, inner).data() == "null"
    assert model.parent(inner) == first
    assert not model.hasChildren(model.index(2, 0))
    assert model.hasChildren(model.index(1, 0, model.index(1, 0)))


def page(offset: int, text: str) -> LogReply:
    return LogReply(text, offset, offset + len(text), 10_000_000)


def test_a_log_window_drops_whole_chunks_at_the_far_end() -> None:
    window = LogWindow()
    lines = "x\n" * (LINES_KEPT // 2)
    window.add_after([page(100_000, lines), page(100_000 + len(lines), lines)])
    assert (window.start, window.at_end) == (100_000, True)
    window.add_after([page(window.end, lines)])
    assert window.start == 100_000 + len(lines)
    window.add_before([page(window.start - len(lines), lines)])
    assert (window.start, window.at_end) == (100_000, False)
    assert window.end == 100_000 + 2 * len(lines)


def test_items_in_words() -> None:
    good = row_of(
        ItemResult(3, value=msgspec.Raw(msgspec.msgpack.encode({"n": 1})), duration_s=0.5)
    )
    assert (good.index, good.ok, good.line) == (3, True, '{"n": 1}')
    error = ErrorInfo("user_error", "no luck", detail={"traceback": "one\ntwo", "n": 1})
    bad = row_of(ItemResult(4, error=error))
    assert (bad.ok, bad.line) == (False, "user_error: no luck")
    assert bad.text == "user_error: no luck\ntraceback:\none\ntwo\nn: 1"
    assert "12 MB" in row_of(ItemResult(5, blob="ab", size_bytes=12_000_000)).line
    assert "cannot be read" in row_of(ItemResult(6, value=msgspec.Raw(b"\xc1"))).line


def test_a_result_becomes_a_file_or_a_sentence(tmp_path: Path) -> None:
    data = msgspec.msgpack.encode({"a": [1, b"x"]})
    file = tmp_path / "result.json"
    write_json(data, str(file))
    assert msgspec.json.decode(file.read_bytes()) == {"a": [1, "b'x'"]}
    with pytest.raises(BadRequest, match="Choose another file"):
        write_json(data, str(tmp_path / "no" / "folder"))
    with pytest.raises(InternalError):
        decode(b"\xc1")


def test_a_survey_has_a_headline(tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    report.touch()
    found = {
        "files": 1790,
        "skipped": 3,
        "lines": 12,
        "functions": 4,
        "duration_s": 2.0,
        "reports": {"html": str(report)},
    }
    line = "1,790 files, 3 skipped, 12 lines, 4 functions in 2.0 s"
    assert survey_line("parallel.analyze", found) == line
    assert survey_line("parallel.analyze", {"files": "?"}) == ""
    assert survey_line("parallel.map", found) == ""
    assert report_file("parallel.analyze", found) == str(report)
    assert report_file("parallel.analyze", {"reports": {"html": "/nowhere"}}) == ""
