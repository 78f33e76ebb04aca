"""The map: a tile for each file of code in the frame of its folder, hotspots numbered."""

from pathlib import Path

from revo_edge.engines.parallel.hotspots import Hotspots
from revo_edge.engines.parallel.html_map import render_map
from revo_edge.engines.parallel.report import Report
from tests.unit.engines.parallel.outline import Outline
from tests.unit.engines.parallel.sample_report import hard_source, nasty_report, survey


def drawn(report: Report) -> str:
    return render_map("tree", report.files, report.hotspots)


def test_each_file_is_in_its_folder_and_coloured_by_its_hardest_function(tmp_path: Path) -> None:
    for name, decisions in (("one/a.py", 14), ("one/b.py", 0), ("two/c.py", 60), ("two/d.py", 1)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(hard_source(decisions) + " pass\n")
    page = drawn(survey(tmp_path))
    assert page.count("<g data-box=") == 2
    assert "two/c.py: 62 lines, highest complexity 61" in Outline(page).text
    colours = [page.count(f'<rect class="{kind}" x=') for kind in ("fine", "watch", "worst")]
    assert colours == [2, 1, 1]


def test_hotspots_are_numbered_and_names_are_text(tmp_path: Path) -> None:
    page = drawn(nasty_report(tmp_path))
    assert page.count('class="spot"') == 1
    assert "<b>" not in page
    assert "the numbers are the hotspots" in page


def test_data_is_drawn_only_where_there_is_no_code(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}\n")
    assert "a.json" in drawn(survey(tmp_path))
    (tmp_path / "a.py").write_text("x = 1\n")
    assert "a.json" not in drawn(survey(tmp_path))


def test_a_tree_without_lines_has_no_map() -> None:
    assert render_map("tree", [], Hotspots("none")) == ""
