"""The import graph on the page."""

from pathlib import Path

from revo_edge.engines.parallel.report_html import render_html
from tests.unit.engines.parallel.outline import Outline
from tests.unit.engines.parallel.sample_report import survey


def page(root: Path, **files: str) -> Outline:
    for name, text in files.items():
        (root / f"{name}.py").write_text(text)
    return Outline(render_html(survey(root)))


def test_a_cycle_is_shown_with_the_lines_to_cut(tmp_path: Path) -> None:
    text = page(tmp_path, a="import b", b="def f():\n    import a", c="import a").text
    assert "1 cycle holds 2 of 3 modules. None closes at import time." in text
    assert "2 modules, through imports inside functionsa -> b -> a" in text
    assert "b.py:2 b imports a (through imports inside functions)" in text
    assert "Layers" in text
    assert "Most imported modules" in text


def test_a_tree_without_cycles_says_so_and_one_module_is_no_graph(tmp_path: Path) -> None:
    assert "Import cycles" not in page(tmp_path, a="").text
    assert "None of the 2 modules imports itself" in page(tmp_path, b="").text
    assert "Layers" not in page(tmp_path).text


def test_long_lists_say_how_much_is_left_out(tmp_path: Path) -> None:
    ring = {f"m{n:03}": f"import m{(n + 1) % 250:03}" for n in range(250)}
    text = page(tmp_path, **ring).text
    assert "m199 and 50 more" in text


def test_every_name_of_the_tree_is_escaped(tmp_path: Path) -> None:
    odd = "<i>'\""
    (tmp_path / odd).mkdir()
    found = page(tmp_path, a="")
    for one, other in ("xy", "yx"):
        (tmp_path / odd / f"{one}.py").write_text(f"from . import {other}")
    found = page(tmp_path)
    assert f"{odd}.x imports {odd}.y" in found.text
    assert "i" not in found.tags
