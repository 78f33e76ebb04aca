"""The HTML page: well formed, escaped, and alone in the world."""

import re
from html.parser import HTMLParser
from pathlib import Path

from revo_edge.engines.parallel.report_html import render_html
from tests.unit.engines.parallel.sample_report import NASTY, hard_source, nasty_report, survey

_VOID = {"meta", "link", "br", "img", "rect"}


class Outline(HTMLParser):
    """Checks that elements close in order; keeps names, attributes and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"src", "href", "action"}]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_names_are_text_and_never_markup(tmp_path: Path) -> None:
    outline = Outline(render_html(nasty_report(tmp_path)))
    assert "<b>&\"'|`x`\n${y}.py" in outline.text
    assert outline.tags.count("script") == 1


def test_the_page_asks_nobody_for_anything(tmp_path: Path) -> None:
    page = render_html(nasty_report(tmp_path))
    assert Outline(page).links == []
    assert not re.search(r"https?:|@import|url\(", page)
    assert "default-src 'none'" in page


def test_a_row_for_each_of_the_worst_and_for_every_file(tmp_path: Path) -> None:
    report = nasty_report(tmp_path)
    page = render_html(report)
    assert page.count('<td class="what"') == 1 + 2 + 2 + len(report.files)
    assert 'data-label="Complexity"><span class="rate"><b>15</b>' in page


def test_a_hotspot_says_why(tmp_path: Path) -> None:
    text = Outline(render_html(nasty_report(tmp_path))).text
    assert "changed 42 times in 12 months by 5 people; hard() has complexity 15" in text


def test_what_is_left_and_what_is_documented_is_told(tmp_path: Path) -> None:
    text = Outline(render_html(nasty_report(tmp_path))).text
    assert "easy.py:1 <b>later</b>" in text
    assert "1 TODO" in text
    assert "0 of 4 public Python things" in text
    (tmp_path / "none").mkdir()
    empty = Outline(render_html(survey(tmp_path / "none"))).text
    assert "no public Python things to look at" in empty


def test_duplicates_are_named_and_escaped(tmp_path: Path) -> None:
    for name in (NASTY, "twin.py"):
        (tmp_path / name).write_text(hard_source(30).replace("pass", "a = call(a, 1)"))
    outline = Outline(render_html(survey(tmp_path)))
    assert "62 of 62 lines of code (100.0%)" in outline.text
    assert "31 lines in 2 places" in outline.text
    assert f"{NASTY}:1-31" in outline.text


def test_an_empty_tree_has_a_page(tmp_path: Path) -> None:
    outline = Outline(render_html(survey(tmp_path)))
    assert "Nothing in this tree could be measured." in outline.text
    assert "table" not in outline.tags


def test_a_tree_without_hard_functions_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def f(): pass")
    assert "No function of 1 has a complexity above 10." in render_html(survey(tmp_path))


def test_the_map_has_each_file_in_its_folder(tmp_path: Path) -> None:
    for name in ("one/a.py", "one/b.py", "two/c.py", "two/d.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(hard_source(14))
    page = render_html(survey(tmp_path))
    outline = Outline(page)
    assert page.count("<g data-box=") == 2
    assert "one/a.py: 15 lines, highest complexity 15" in outline.text
