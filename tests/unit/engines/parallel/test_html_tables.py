"""What is rated: a row each, with its reason."""

from pathlib import Path

from revo_edge.engines.parallel.report_html import render_html
from tests.unit.engines.parallel.outline import Outline
from tests.unit.engines.parallel.sample_report import nasty_report


def test_a_row_for_each_of_the_worst(tmp_path: Path) -> None:
    report = nasty_report(tmp_path)
    page = render_html(report)
    assert page.count('<td class="what"') == 1 + 2 + 1 + 2 + 1 + len(report.files)
    assert 'data-label="Complexity"><span class="rate"><b>15</b>' in page


def test_a_hotspot_says_why(tmp_path: Path) -> None:
    text = Outline(render_html(nasty_report(tmp_path))).text
    assert "changed 42 times in 12 months by 5 people; hard() has complexity 15" in text
