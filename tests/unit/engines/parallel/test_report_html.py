"""The HTML page: well formed, escaped, and alone in the world."""

import re
from pathlib import Path

from revo_edge.engines.parallel.report_html import render_html
from tests.unit.engines.parallel.outline import Outline
from tests.unit.engines.parallel.sample_report import nasty_report, survey


def test_names_are_text_and_never_markup(tmp_path: Path) -> None:
    outline = Outline(render_html(nasty_report(tmp_path)))
    assert "<b>&\"'|`x`\n${y}.py" in outline.text
    assert outline.tags.count("script") == 1


def test_the_page_asks_nobody_for_anything(tmp_path: Path) -> None:
    page = render_html(nasty_report(tmp_path))
    assert Outline(page).links == []
    assert not re.search(r"https?:|@import|url\(", page)
    assert "default-src 'none'" in page


def test_what_is_left_and_what_is_documented_is_told(tmp_path: Path) -> None:
    text = Outline(render_html(nasty_report(tmp_path))).text
    assert "easy.py:1 3 years <b>later</b>" in text
    assert "1 TODO" in text
    assert "0 of 4 public Python things" in text
    (tmp_path / "none").mkdir()
    empty = Outline(render_html(survey(tmp_path / "none"))).text
    assert "no public Python things to look at" in empty


def test_an_empty_tree_has_a_page(tmp_path: Path) -> None:
    outline = Outline(render_html(survey(tmp_path)))
    assert "Nothing in this tree could be measured." in outline.text
    assert "table" not in outline.tags


def test_a_tree_without_hard_functions_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def f(): pass")
    assert "No function of 1 has a complexity above 10." in render_html(survey(tmp_path))
