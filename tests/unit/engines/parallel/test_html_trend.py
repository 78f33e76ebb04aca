"""The section on what changed: only what did, and whether it is for the better."""

import msgspec

from revo_edge.engines.parallel.html_trend import place, render_trend, tell_moved
from revo_edge.engines.parallel.trend import Moved, Point, Trend
from tests.unit.engines.parallel.outline import Outline

BEFORE = Point(1_700_000_000.0, "0.1.0", 10, 100, 8, 2, 15)
NOW = msgspec.structs.replace(BEFORE, at=1_700_100_000.0, lines=120, complex_functions=1)


def test_one_survey_has_no_section() -> None:
    assert render_trend(Trend([BEFORE])) == ""


def test_only_what_changed_has_a_row_with_its_direction() -> None:
    page = render_trend(Trend([BEFORE, NOW]))
    assert page.count("<tr>") == 1 + 2
    assert '<b class="good">-1</b>' in page
    assert '<b class="">+20</b>' in page
    assert "Of 2023-11-14 22:13 UTC; what is not listed is the same." in Outline(page).text
    assert "polyline" not in page


def test_three_surveys_have_a_curve() -> None:
    assert render_trend(Trend([BEFORE, BEFORE, NOW])).count("<polyline") == 2


def test_nothing_changed_is_a_sentence() -> None:
    page = render_trend(Trend([BEFORE, msgspec.structs.replace(BEFORE, at=NOW.at)]))
    assert "no figure is another" in page
    assert "<table" not in page


def test_what_was_not_measured_before_is_not_compared() -> None:
    now = msgspec.structs.replace(BEFORE, at=NOW.at, lint=3)
    assert "Lint" not in render_trend(Trend([BEFORE, now]))


def test_moved_functions_are_folded_and_a_cut_is_said() -> None:
    moved = Moved("<a>.py", "f", 12, 20, 7)
    outline = Outline(render_trend(Trend([BEFORE, NOW], 3, [moved])))
    assert "Harder functions: 3" in outline.text
    assert "<a>.py:7 f() from 12 to 20" in outline.text
    assert "and 2 more" in outline.text


def test_words_and_places_of_moved_functions() -> None:
    new, gone = Moved("a.py", "f", None, 12, 3), Moved("a.py", "f", 12, None)
    assert (place(new), tell_moved(new)) == ("a.py:3", "f() is new above 10: 12")
    assert (place(gone), tell_moved(gone)) == ("a.py", "f() was 12, is gone or 10 or less")
