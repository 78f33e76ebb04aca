"""The paragraph on top: what there is to say, and nothing else."""

from pathlib import Path

import msgspec

from revo_edge.engines.parallel.duplicates import Duplicates
from revo_edge.engines.parallel.report import Report
from revo_edge.engines.parallel.summary import sentences
from revo_edge.engines.parallel.trend import Earlier, find_trend, next_earlier
from tests.unit.engines.parallel.sample_report import hard_source, nasty_report, survey


def said(report: Report) -> str:
    return " ".join(sentences(report))


def test_an_empty_tree_has_one_sentence_about_it(tmp_path: Path) -> None:
    assert said(survey(tmp_path)).startswith("Nothing in this tree could be measured.")


def test_hard_code_is_named_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(hard_source(14))
    (tmp_path / "b.py").write_text(hard_source(2))
    text = said(survey(tmp_path))
    assert text.startswith("18 lines in 2 files: Python 100%.")
    assert "1 of 2 functions (50.0%) have a complexity above 10." in text
    assert "The hardest is hard() in a.py:1, with 15." in text
    assert "not parse" not in text


def test_a_hotspot_and_a_file_that_does_not_parse_are_said(tmp_path: Path) -> None:
    text = said(nasty_report(tmp_path))
    assert "changed 42 times in 12 months by 5 people" in text
    assert "1 Python file does not parse; only the lines count." in text


def test_cycles_at_import_time_are_counted(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import b")
    (tmp_path / "b.py").write_text("import a")
    assert "There is 1 cycle of modules that import each other" in said(survey(tmp_path))


def test_only_much_repeated_code_has_a_sentence(tmp_path: Path) -> None:
    report = survey(tmp_path)
    some = Duplicates(compared_lines=1000, duplicated_lines=20, ratio=0.02)
    much = msgspec.structs.replace(some, ratio=0.2)
    assert "twice" not in said(msgspec.structs.replace(report, duplicates=some))
    assert "20% of the code is there twice" in said(
        msgspec.structs.replace(report, duplicates=much)
    )


def test_a_change_is_told_from_the_second_survey_on(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(hard_source(14))
    first = survey(tmp_path)
    assert "since the last survey" not in said(first).lower()
    past = next_earlier(Earlier(), first)
    again = msgspec.structs.replace(first, trend=find_trend(past, first))
    assert "No function has moved across or above that limit" in said(again)
    (tmp_path / "a.py").write_text(hard_source(15))
    now = survey(tmp_path)
    now = msgspec.structs.replace(now, trend=find_trend(past, now))
    assert "Since the last survey 1 function has become harder, 0 easier." in said(now)
