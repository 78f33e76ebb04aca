"""The pieces of the page: nothing small is zero, nothing empty is drawn."""

from revo_edge.engines.parallel.html_parts import bar, chart, percent, row, table
from revo_edge.engines.parallel.severity import severity_of
from tests.unit.engines.parallel.outline import Outline


def test_a_small_share_is_not_zero() -> None:
    assert [percent(share) for share in (0, 0.0001, 0.5)] == ["0.0%", "&lt;0.1%", "50.0%"]
    assert 'width="0.7"' in bar(0.0001, "fine")
    assert 'width="0.0"' in bar(0, "fine")


def test_a_colour_is_that_of_the_band() -> None:
    names = [severity_of(complexity) for complexity in (1, 10, 11, 21, 51)]
    assert names == ["fine", "fine", "watch", "high", "worst"]


def test_a_table_without_rows_is_not_there() -> None:
    assert table("Title", "note", ("A", "B"), []) == ""
    one = row(("<x>", ""), ("Score", 5, 10), [("Lines", None)], "fine")
    outline = Outline(table("Title", "note", ("A", "Score", "Lines"), [one]))
    assert outline.text.endswith("<x>5unknown")


def test_a_chart_has_a_bar_for_each_row() -> None:
    outline = Outline(chart("Title", "note", [("<a>", 3, "fine"), ("b", 1, "fine")]))
    assert outline.tags.count("svg") == 2
    assert "<a>375.0%" in outline.text
