"""Every file has a row, with its commits where there is a history."""

from pathlib import Path

import msgspec

from revo_edge.engines.parallel import html_files
from revo_edge.engines.parallel.html_files import every_file
from revo_edge.engines.parallel.measure import FileReport
from tests.unit.engines.parallel.outline import Outline
from tests.unit.engines.parallel.sample_report import nasty_report, survey


def test_the_most_complex_file_comes_first(tmp_path: Path) -> None:
    report = nasty_report(tmp_path)
    outline = Outline(every_file(report))
    assert outline.tags.count("tr") == 1 + len(report.files)
    assert "Commits" in outline.text
    assert outline.text.index("${y}.py") < outline.text.index("easy.py")


def test_without_a_history_there_are_no_commits(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1")
    assert "Commits" not in every_file(survey(tmp_path))


def test_no_file_has_no_section_and_a_crowd_is_cut_with_a_word(tmp_path: Path) -> None:
    report = survey(tmp_path)
    assert every_file(report) == ""
    crowd = [FileReport(f"{n}.py", "Python", 1, 1) for n in range(html_files.MOST_FILES + 1)]
    page = every_file(msgspec.structs.replace(report, files=crowd))
    assert page.count("<tr>") == 1 + html_files.MOST_FILES
    assert "3,001 files, the first 3,000 of them" in page
