"""What ruff found, on the page."""

from pathlib import Path

from revo_edge.engines.parallel.html_lint import lint
from revo_edge.engines.parallel.lint import Lint, LintFinding, sum_up
from revo_edge.engines.parallel.report_html import render_html
from tests.unit.engines.parallel.outline import Outline
from tests.unit.engines.parallel.sample_report import found_by_ruff, nasty_report, survey


def test_rules_and_files_have_a_row_each() -> None:
    outline = Outline(lint(found_by_ruff("a&b.py")))
    assert "ruff 1.2.3 with the rules of ruff.toml: 2 findings in 2 Python files." in outline.text
    assert "F821Undefined <name>a&b.py:1" in outline.text
    assert outline.tags.count("tr") == 2 + 2 + 1
    assert 'class="worst"' in lint(found_by_ruff("a.py"))


def test_many_rules_are_cut() -> None:
    found = [LintFinding("a.py", n, 1, f"X{n:03}", "m") for n in range(25)]
    text = Outline(lint(sum_up(found, Lint(version="1")))).text
    assert "The first 20 of 25 rules" in text
    assert "X020" not in text


def test_no_finding_and_no_ruff_are_told_apart(tmp_path: Path) -> None:
    clean = Outline(lint(Lint(version="1.2.3", files=1)))
    assert "ruff 1.2.3 with its own default rules: nothing in 1 Python file." in clean.text
    missing = Outline(render_html(survey(tmp_path, lint=Lint("ruff is not installed. Type: x"))))
    assert "Not measured. ruff is not installed. Type: x" in missing.text
    assert "Lint findingsunknown" in missing.text
    assert lint(Lint()) == ""


def test_the_tile_has_the_count(tmp_path: Path) -> None:
    assert "Lint findings2by ruff in 2 files" in Outline(render_html(nasty_report(tmp_path))).text
