"""The report document: totals add up, the worst come first, no file is lost."""

from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from revo_edge.engines.files.tree import Skipped, SkipReason, Tree
from revo_edge.engines.parallel.measure import FileReport, Measured
from revo_edge.engines.parallel.python_metrics import Coverage, FunctionReport
from revo_edge.engines.parallel.report import WORST, Report, build_report
from tests.unit.engines.parallel.sample_report import AT, hard_source, nasty_report, survey


def test_the_document_is_one_json_object(tmp_path: Path) -> None:
    report = nasty_report(tmp_path)
    document = msgspec.json.decode(msgspec.json.encode(report))
    assert document["schema"] == 1
    assert document["root"] == str(tmp_path)
    assert (document["generated_at"], document["duration_s"]) == (AT, 1.25)
    assert {entry["path"] for entry in document["files"]} >= {"easy.py", "text.md"}
    assert set(document["skipped"][0]) == {"path", "reason"}
    assert {"totals", "worst_functions", "worst_files", "languages"} <= set(document)
    assert msgspec.convert(document, Report) == report


def test_totals_add_up(tmp_path: Path) -> None:
    totals = nasty_report(tmp_path).totals
    assert (totals.files, totals.python_files, totals.unparsed_files) == (4, 3, 1)
    assert (totals.lines, totals.python_lines) == (2 + 17, 17)
    assert (totals.functions, totals.complex_functions, totals.complexity) == (2, 1, 16)
    assert [band.functions for band in totals.complexity_bands] == [1, 0, 1, 0, 0]
    assert totals.skipped_by_reason == {"binary": 1}


def test_an_empty_tree_has_a_report(tmp_path: Path) -> None:
    report = survey(tmp_path)
    assert (report.files, report.worst_functions, report.totals.functions) == ([], [], 0)


def test_the_worst_come_first_and_stop_at_twenty(tmp_path: Path) -> None:
    for decisions in range(WORST + 5):
        (tmp_path / f"f{decisions}.py").write_text(hard_source(decisions))
    report = survey(tmp_path)
    assert [w.function.complexity for w in report.worst_functions] == list(range(25, 5, -1))
    assert [w.excess for w in report.worst_files] == [*range(15, -1, -1), 0, 0, 0, 0]
    assert report.worst_files[0].path == "f24.py"


def test_languages_are_summed_by_lines(tmp_path: Path) -> None:
    for name, text in {"a.md": "1\n2\n", "b.md": "3\n", "a.c": "1\n", "a.h": "\n"}.items():
        (tmp_path / name).write_text(text)
    assert [(item.name, item.files, item.lines) for item in survey(tmp_path).languages] == [
        ("Markdown", 2, 3),
        ("C", 2, 2),
    ]


def test_a_file_in_no_part_is_skipped_as_not_measured() -> None:
    tree = Tree([("a", 1), ("b", 1)], [Skipped("z", SkipReason.SYMLINK)], 0)
    part = Measured([FileReport("a", "Other", 1, 1)], [])
    report = build_report("/r", tree, [part], generated_at=AT, duration_s=0)
    assert report.skipped == [
        Skipped("b", SkipReason.NOT_MEASURED),
        Skipped("z", SkipReason.SYMLINK),
    ]


@given(st.lists(st.integers(1, 200)))
def test_every_function_is_in_one_band(complexities: list[int]) -> None:
    functions = [
        FunctionReport(
            name="f",
            line=1,
            end_line=1,
            length=1,
            complexity=complexity,
            nesting=0,
            parameters=0,
            counted_in_outer=False,
        )
        for complexity in complexities
    ]
    file = FileReport("a.py", "Python", 1, 1, complexity=sum(complexities), functions=functions)
    report = build_report(
        "/r", Tree([("a.py", 1)], [], 0), [Measured([file], [])], generated_at=AT, duration_s=0
    )
    for band in report.totals.complexity_bands:
        inside = [c for c in complexities if band.low <= c and (not band.high or c <= band.high)]
        assert band.functions == len(inside)


def test_coverage_is_summed_over_the_python_files_that_parse(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("'Doc.'\ndef f(a: int): pass\n")
    (tmp_path / "b.py").write_text("def g() -> None: pass\n")
    (tmp_path / "broken.py").write_text("def (\n")
    totals = survey(tmp_path).totals
    assert (totals.docstrings, totals.annotations) == (Coverage(1, 4), Coverage(2, 3))


def test_coverage_of_a_tree_without_python_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    assert survey(tmp_path).totals.docstrings is None


def test_marked_comments_are_listed_and_counted_by_tag(tmp_path: Path) -> None:
    (tmp_path / "b.py").write_text("# TODO one\n# FIXME two\n")
    (tmp_path / "a.js").write_text("\n// TODO three\n")
    report = survey(tmp_path)
    assert [(m.path, m.marker.line, m.marker.text) for m in report.markers] == [
        ("a.js", 2, "three"),
        ("b.py", 1, "one"),
        ("b.py", 2, "two"),
    ]
    assert report.totals.markers == {"TODO": 2, "FIXME": 1}


def test_functions_of_other_languages_stand_beside_those_of_python(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(hard_source(3))
    (tmp_path / "a.c").write_text("int f(int a) {\n" + " if (a) return 1;\n" * 20 + "}\n")
    (tmp_path / "a.txt").write_text("int f(int a) { }")
    report = survey(tmp_path)
    assert [worst.path for worst in report.worst_functions] == ["a.py"]
    assert [worst.path for worst in report.worst_files] == ["a.py"]
    assert [(w.path, w.function.complexity) for w in report.worst_other_functions] == [("a.c", 21)]
    totals = report.totals
    assert (totals.functions, totals.other_functions, totals.other_complex_functions) == (1, 1, 1)
    assert {t.name: (t.functions, t.complex_functions) for t in report.languages} == {
        "C": (1, 1),
        "Python": (1, 0),
        "Text": (None, None),
    }


def test_duplicates_are_part_of_the_report(tmp_path: Path) -> None:
    lines = [
        "def f(a, b):",
        " if a > 1: return b[0]",
        " for c in a: b += c",
        " while a and not b: pass",
    ]
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text(
            "\n".join([*lines, " x = {a: b + 2}", " raise A(b)", " del a.b, b[c]"])
        )
    found = survey(tmp_path).duplicates
    assert found is not None
    assert [place.path for place in found.groups[0].places] == ["a.py", "b.py"]
    assert found.ratio == 1.0
