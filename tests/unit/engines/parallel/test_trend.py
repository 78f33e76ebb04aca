"""What became of a tree: functions that got harder or easier, and what the next survey finds."""

from pathlib import Path

import msgspec
import pytest

from revo_edge.engines.parallel.gates import check_gates, is_broken, tell
from revo_edge.engines.parallel.report import Facts, Report
from revo_edge.engines.parallel.report_html import render_html
from revo_edge.engines.parallel.report_markdown import render_markdown
from revo_edge.engines.parallel.trend import (
    MOST_POINTS,
    Earlier,
    Moved,
    find_trend,
    next_earlier,
    read_earlier,
    trend_file,
)
from tests.unit.engines.parallel.sample_report import hard_source, survey


def report_of(root: Path, **decisions: int) -> Report:
    for file in root.glob("*.py"):
        file.unlink()
    for name, count in decisions.items():
        (root / f"{name}.py").write_text(hard_source(count))
    return survey(root)


def test_the_first_survey_has_nothing_to_compare_with(tmp_path: Path) -> None:
    report = report_of(tmp_path, a=14)
    assert len(report.trend.points) == 1
    assert "Since the last survey" not in render_html(report)
    assert "Since the last survey" not in render_markdown(report)


def test_functions_that_moved_are_named(tmp_path: Path) -> None:
    before = report_of(tmp_path, same=14, harder=14, easier=19, gone=14, soft=3)
    now = report_of(tmp_path, same=14, harder=24, easier=11, new=12, soft=5)
    trend = find_trend(next_earlier(Earlier(), before), now)
    assert trend.worse == [
        Moved("new.py", "hard", None, 13, 1),
        Moved("harder.py", "hard", 15, 25, 1),
    ]
    assert trend.better == [
        Moved("gone.py", "hard", 15, None),
        Moved("easier.py", "hard", 20, 12, 1),
    ]
    assert (trend.worse_count, trend.better_count) == (2, 2)


def test_a_tree_that_is_the_same_has_not_moved(tmp_path: Path) -> None:
    report = report_of(tmp_path, a=14)
    trend = find_trend(next_earlier(Earlier(), report), report)
    assert (trend.worse, trend.better, len(trend.points)) == ([], [], 2)


def test_the_pages_say_what_moved(tmp_path: Path) -> None:
    before = report_of(tmp_path, harder=14)
    now = report_of(tmp_path, harder=24)
    trend = find_trend(next_earlier(next_earlier(Earlier(), before), before), now)
    report = msgspec.structs.replace(now, trend=trend)
    for page in (render_html(report), render_markdown(report)):
        assert "Since the last survey" in page
        assert "from 15 to 25" in page
        assert "1 function has become harder, 0 easier" in page
    assert "<polyline" in render_html(report)
    older = msgspec.structs.replace(trend.points[-2], made_by="0.0.1")
    other = msgspec.structs.replace(trend, points=[older, trend.points[-1]])
    page = render_html(msgspec.structs.replace(now, trend=other))
    assert "made by version 0.0.1: figures may differ" in page


def test_the_past_is_bounded(tmp_path: Path) -> None:
    report = report_of(tmp_path, a=14)
    earlier = Earlier()
    for _ in range(MOST_POINTS + 5):
        earlier = next_earlier(earlier, report)
    assert len(earlier.points) == MOST_POINTS


def test_the_past_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = trend_file(tmp_path, "/some/tree")
    assert read_earlier(file) == Earlier()
    kept = next_earlier(Earlier(), survey(tmp_path))
    file.parent.mkdir()
    file.write_bytes(msgspec.json.encode(kept))
    assert read_earlier(file) == kept
    file.write_bytes(b'{"points": 3')
    with pytest.raises(ValueError, match="Expected `array`"):
        read_earlier(file)


def test_facts_carry_the_past_into_a_report(tmp_path: Path) -> None:
    report = report_of(tmp_path, a=14)
    assert Facts().earlier == Earlier()
    assert report.trend.points[0].complex_functions == 1


def test_a_gate_on_harder_functions_passes_the_first_time(tmp_path: Path) -> None:
    before = report_of(tmp_path, a=14)
    assert [is_broken(gate) for gate in check_gates(["harder>0"], before)] == [False]
    now = report_of(tmp_path, a=24)
    trend = find_trend(next_earlier(Earlier(), before), now)
    (gate,) = check_gates(["harder>0"], msgspec.structs.replace(now, trend=trend))
    assert tell(gate) == "harder>0: 1 function became harder, first hard() in a.py:1"
