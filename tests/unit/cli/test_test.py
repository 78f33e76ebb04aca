import pytest

from revo_edge.cli.test import _show


def test_failures_flaky_ones_and_totals_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    _show(
        {
            "tests": 1,
            "totals": {"failed": 1},
            "failures": [{"id": "t", "outcome": "failed", "text": "one\ntwo"}],
            "flaky": {"t": {"failed": 1, "passed": 2}},
            "duration_s": 1.0,
            "stopped": False,
            "reports": {"junit": "/j.xml"},
        }
    )
    out = capsys.readouterr().out
    assert "FAILED t\n    one\n    two\n" in out
    assert "FLAKY t: 1 failed, 2 passed\n1 failed in 1.0 s\n" in out
