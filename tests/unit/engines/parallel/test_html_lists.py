"""What is listed in folds: named and escaped."""

from pathlib import Path

from revo_edge.engines.parallel.report_html import render_html
from tests.unit.engines.parallel.outline import Outline
from tests.unit.engines.parallel.sample_report import NASTY, hard_source, nasty_report, survey


def test_duplicates_are_named_and_escaped(tmp_path: Path) -> None:
    for name in (NASTY, "twin.py"):
        (tmp_path / name).write_text(hard_source(30).replace("pass", "a = call(a, 1)"))
    outline = Outline(render_html(survey(tmp_path)))
    assert "62 of 62 lines of code (100.0%)" in outline.text
    assert "31 lines in 2 places" in outline.text
    assert f"{NASTY}:1-31" in outline.text


def test_what_was_skipped_or_does_not_parse_has_its_reason(tmp_path: Path) -> None:
    text = Outline(render_html(nasty_report(tmp_path))).text
    assert f"broken{NASTY}:1 invalid syntax" in text
    assert "binary: 1" in text
    assert "a NUL byte in the first 8 KiB" in text


def test_marked_comments_have_their_age_and_the_oldest_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("# TODO new\n")
    text = Outline(render_html(nasty_report(tmp_path))).text
    assert "TODO: 2the oldest: 3 years" in text
    assert "easy.py:1 3 years <b>later</b>a.py:1 age unknown new" in text
