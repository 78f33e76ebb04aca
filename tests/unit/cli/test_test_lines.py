from pathlib import Path
from typing import Any

import pytest

from revo_edge.cli.test_lines import Live, show, totals, usage
from revo_edge.contract.tasks import TaskInfo, TaskState
from revo_edge.engines.parallel.shards import Outcome
from revo_edge.engines.parallel.suite_files import append

SHARD = {"number": 0, "tests": 5, "busy_s": 6.0, "cpu_s": 4.0, "duration_s": 3.0, "starts": 1}


def result(**other: Any) -> dict[str, Any]:
    found = {
        "tests": 1,
        "totals": {"failed": 1},
        "failures": [
            {"id": "t", "outcome": "failed", "text": "one\ntwo", "where": "t.py:1", "reason": "no"}
        ],
        "slowest": [{"id": "t", "outcome": "failed", "duration_s": 2.0}],
        "flaky": {"t": {"failed": 1, "passed": 2}},
        "duration_s": 4.0,
        "stopped": False,
        "reports": {"junit": "/j.xml"},
        "shards": [SHARD, SHARD],
        "cores": 2,
    }
    return {**found, **other}


def test_the_summary_has_failures_flaky_ones_slowest_and_totals(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show(result(), 3)
    out = capsys.readouterr().out
    assert "FAILED t - t.py:1: no (0 ms)\n    one\n    two\n" in out
    assert "FLAKY t: 1 failed, 2 passed\n" in out
    assert "Slowest\n    2.0 s  t\n" in out
    assert out.endswith("JUnit: /j.xml\n1 failed in 4.0 s\n")


def test_the_summary_of_an_interrupted_run_claims_nothing_unknown(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    append(
        tmp_path / "o", [Outcome("t", "failed", 1.0, "", "t.py:1", "no"), Outcome("u", "passed")]
    )
    live = Live(tmp_path / "o", quiet=False, verbose=False)
    info = TaskInfo(id="T", kind="parallel.test", state=TaskState.CANCELLED)
    live(info, lambda: None)
    assert capsys.readouterr().out == "FAILED t - t.py:1: no (1.0 s)\n"
    show(live.partial(3), 3)
    assert capsys.readouterr().out.endswith("1 failed, 1 passed\n")


def test_long_failures_and_many_are_cut(capsys: pytest.CaptureFixture[str]) -> None:
    many = [{"id": f"t{n}", "outcome": "failed", "text": "x\n" * 100} for n in range(12)]
    show(result(failures=many, totals={"failed": 20}), 0)
    out = capsys.readouterr().out
    assert out.count("    ... 60 lines ...\n") == 10
    assert "... and 8 more, all in the JUnit file" in out


def test_the_use_of_the_cores_is_told() -> None:
    assert usage(result()) == "2 shards ran 3.0 s, 3.0 s; 3.0 tests at once, 2.0 of 2 cores busy"
    crashed = result(shards=[{**SHARD, "starts": 3}] * 9)
    assert usage(crashed).startswith("9 shards ran 3.0 s to 3.0 s, pytest was started 27 times;")
    assert "at least" in usage(crashed)


def test_an_interrupted_run_does_not_say_that_there_are_no_tests(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    nothing = Live(tmp_path / "none", quiet=False, verbose=False).partial(3)
    show({**nothing, "interrupted": True}, 3)
    assert "There are no tests" not in capsys.readouterr().err
    show(nothing, 3)
    assert "There are no tests" in capsys.readouterr().err


def test_totals_without_tests() -> None:
    assert "no tests in 4.0 s" in totals(result(totals={}))
