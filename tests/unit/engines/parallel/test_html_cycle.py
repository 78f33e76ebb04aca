"""A cycle is drawn when somebody can read it."""

from pathlib import Path

from revo_edge.engines.parallel.html_cycle import draw_cycle
from revo_edge.engines.parallel.import_graph import MOST_DRAWN, Cycle, find_import_graph
from revo_edge.engines.parallel.measure import measure_files
from tests.unit.engines.parallel.outline import Outline


def ring(root: Path, count: int) -> Cycle:
    """Return a cycle in which each module imports the next one."""
    package = root / f"pkg{count}"
    package.mkdir()
    (package / "__init__.py").touch()
    for n in range(count):
        (package / f"m{n:03}.py").write_text(f"import pkg{count}.m{(n + 1) % count:03}\n")
    paths = [f"pkg{count}/{file.name}" for file in sorted(package.iterdir())]
    (cycle,) = find_import_graph(measure_files(str(root), paths).files).cycles
    return cycle


def test_a_dot_for_each_module_and_an_arrow_for_each_import(tmp_path: Path) -> None:
    outline = Outline(draw_cycle(ring(tmp_path, 5)))
    assert outline.tags.count("circle") == 5
    assert outline.tags.count("line") == 5
    assert "m003" in outline.text
    assert "pkg" not in outline.text


def test_a_pair_and_a_crowd_are_not_drawn(tmp_path: Path) -> None:
    assert draw_cycle(ring(tmp_path, 2)) == ""
    assert draw_cycle(ring(tmp_path, MOST_DRAWN)) != ""
    crowd = ring(tmp_path, MOST_DRAWN + 1)
    assert crowd.links == []
    assert draw_cycle(crowd) == ""
