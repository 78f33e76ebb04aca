from typing import Any, cast

from revo_edge.engines.base import Context
from revo_edge.engines.parallel.shards import Outcome
from revo_edge.engines.parallel.suite_told import LINES_AT_ONCE, Told, line


class Heard:
    """Takes what an engine says, in place of a worker."""

    def __init__(self) -> None:
        self.logged: list[str] = []
        self.notes: list[tuple[int, int, int, str]] = []

    def log(self, text: str) -> None:
        self.logged.append(text)

    def progress(self, done: int, total: int, *, failed: int = 0, note: str = "") -> None:
        self.notes.append((done, total, failed, note))


def told(count: int) -> tuple[Told, Heard]:
    heard = Heard()
    found = Told(cast("Context", heard))
    found.total = count
    return found, heard


def test_a_failure_is_told_whatever_passes_beside_it() -> None:
    suite, heard = told(1001)
    bad: dict[str, Any] = {"where": "a.py:3", "reason": "boom"}
    suite.take(
        [Outcome("a.py::bad", "failed", 1.0, "text", **bad)] + [Outcome("x", "passed")] * 1000
    )
    assert heard.notes == [(1001, 1001, 1, "FAILED a.py::bad 1.00 s")]
    lines = heard.logged[0].splitlines()
    assert lines[:2] == ["FAILED a.py::bad 1.00 s - a.py:3: boom", "text"]
    assert lines[-1] == f"... and {1000 - LINES_AT_ONCE} passed (1,001/1,001)"
    assert len(lines) == LINES_AT_ONCE + 3


def test_fifty_thousand_tests_fit_the_log() -> None:
    suite, heard = told(50_000)
    for _ in range(500):
        suite.take([Outcome("a.py::t" * 9, "failed", 0.1, "x" * 9000)] * 20)
        suite.take([Outcome("a.py::t" * 9, "passed")] * 80)
    assert sum(map(len, heard.logged)) < 1024 * 1024
    assert heard.notes[-1][:3] == (50_000, 50_000, 10_000)


def test_a_line_has_no_empty_reason() -> None:
    assert line(Outcome("t", "error")) == "ERROR t 0.00 s"
