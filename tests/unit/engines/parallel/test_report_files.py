"""Writing the three reports: whole files, nothing left behind."""

from pathlib import Path

import msgspec
import pytest

from revo_edge.engines.parallel.report import Report
from revo_edge.engines.parallel.report_files import write_reports
from tests.unit.engines.parallel.sample_report import nasty_report


def test_four_files_are_written_and_named(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    report = nasty_report(tmp_path / "tree")
    out = tmp_path / "new" / "reports"
    paths = write_reports(report, str(out))
    assert paths == {
        suffix: str(out / f"report.{suffix}") for suffix in ("json", "md", "html", "sarif")
    }
    assert sorted(path.name for path in out.iterdir()) == [
        "report.html",
        "report.json",
        "report.md",
        "report.sarif",
    ]
    assert msgspec.json.decode(Path(paths["json"]).read_bytes(), type=Report) == report


def test_a_second_report_replaces_the_first(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    report = nasty_report(tmp_path / "tree")
    write_reports(report, str(tmp_path / "out"))
    paths = write_reports(msgspec.structs.replace(report, duration_s=99.0), str(tmp_path / "out"))
    assert b'"duration_s":99.0' in Path(paths["json"]).read_bytes()


def test_what_cannot_be_written_raises_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    report = nasty_report(tmp_path / "tree")
    out = tmp_path / "out"
    (out / "report.json").mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        write_reports(report, str(out))
    assert [path.name for path in out.iterdir()] == ["report.json"]
