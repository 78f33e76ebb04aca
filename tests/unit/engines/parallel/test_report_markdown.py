"""The Markdown report: every table row has its cells whatever the names hold."""

import re
from pathlib import Path

import msgspec

from revo_edge.engines.parallel.lint import Lint
from revo_edge.engines.parallel.markers import Marker, PlacedMarker
from revo_edge.engines.parallel.report import Band
from revo_edge.engines.parallel.report_markdown import (
    ages_verdict,
    band_label,
    render_markdown,
    utc_text,
)
from tests.unit.engines.parallel.sample_report import AT, hard_source, nasty_report, survey


def test_names_break_no_table(tmp_path: Path) -> None:
    text = render_markdown(nasty_report(tmp_path))
    width = 0
    for line in text.splitlines():
        cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        assert cells in (width, 0) or width == 0, line
        width = cells
    assert "\\n" in text
    assert "`` <b>&\"'\\|`x`" in text


def test_sections_without_content_are_left_out(tmp_path: Path) -> None:
    text = render_markdown(survey(tmp_path))
    assert text.startswith("# Survey of `")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Hotspots"]
    assert "No \\<git\\> here." in text


def test_all_sections(tmp_path: Path) -> None:
    headings = re.findall(r"^## (.*)$", render_markdown(nasty_report(tmp_path)), re.MULTILINE)
    assert headings == [
        "Hotspots",
        "Complexity",
        "Worst functions",
        "Worst files",
        "Import cycles",
        "Lint",
        "Left for later",
        "Languages",
        "Python files that do not parse",
        "Skipped files",
    ]


def test_a_hotspot_says_why(tmp_path: Path) -> None:
    text = render_markdown(nasty_report(tmp_path))
    assert "| 42 | 5 | 15 | changed 42 times in 12 months by 5 people; hard() has" in text


def test_the_totals_tell_what_is_left_and_what_is_documented(tmp_path: Path) -> None:
    text = render_markdown(nasty_report(tmp_path))
    assert "| Comments marked TODO | 1 |" in text
    assert "| Public Python things with a docstring | 0 of 4 (0%) |" in text


def test_duplicates_are_a_table(tmp_path: Path) -> None:
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text(hard_source(30).replace("pass", "a = call(a, 1)"))
    assert "| 31 | 2 | `a.py:1-31`, `b.py:1-31` |" in render_markdown(survey(tmp_path))


def test_labels() -> None:
    assert utc_text(AT) == "2023-11-14 22:13 UTC"
    assert [band_label(Band(1, 5, 0)), band_label(Band(51, 0, 0))] == ["1-5", "51 and more"]


def test_a_cycle_names_the_imports_to_cut(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import b")
    (tmp_path / "b.py").write_text("import a")
    text = render_markdown(survey(tmp_path))
    assert "| 2 | at import time | `a -> b -> a` | `a.py:1`, `b.py:1` |" in text


def test_lint_is_a_table_of_rules(tmp_path: Path) -> None:
    text = render_markdown(nasty_report(tmp_path))
    assert "ruff 1.2.3 with the rules of ruff.toml: 2 findings in 2 Python files." in text
    assert "| `F821` | 1 | 1 |" in text
    assert "Undefined \\<name\\>" in text
    missing = survey(tmp_path, lint=Lint("ruff is not installed."))
    assert "Not measured. ruff is not installed." in render_markdown(missing)


def test_marked_comments_have_their_age(tmp_path: Path) -> None:
    report = nasty_report(tmp_path)
    assert "| 3 years | TODO | `easy.py:1` | `<b>later</b>` |" in render_markdown(report)
    (tmp_path / "new.py").write_text("# FIXME\n")
    assert (
        "The age of 1 is not known: not committed, from before a shallow clone"
        in render_markdown(survey(tmp_path))
    )
    unknown = msgspec.structs.replace(
        report, markers=[PlacedMarker("a", Marker(1, "XXX", ""))], ages_unavailable="no git"
    )
    assert ages_verdict(unknown) == "Marked comments. Their age is not known: no git"
    assert "| age unknown | XXX | `a:1` |  |" in render_markdown(unknown)
