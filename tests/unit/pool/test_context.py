"""What an engine may do, seen from the daemon's side of a real worker."""

from typing import Any

import msgspec
import pytest

from revo_edge.contract.kinds import Lane
from revo_edge.contract.tasks import ErrorInfo
from revo_edge.contract.workers import (
    Call,
    CallReply,
    CancelAttempt,
    Children,
    ChildResults,
    LogNote,
    Outcomes,
    ProgressNote,
)
from tests.engines.probe import Probe
from tests.pool_floor import Floor


@pytest.fixture(scope="module")
def driver(floor: Floor) -> str:
    (name,) = floor.start(lane=Lane.DRIVER)
    return name


@pytest.fixture(scope="module")
def workers(floor: Floor) -> list[str]:
    return floor.start(2)


def _value(raw: msgspec.Raw) -> Any:
    return msgspec.msgpack.decode(raw)


def test_progress_is_paced_and_the_last_one_is_told(floor: Floor, worker: str) -> None:
    floor.inbox.clear()
    floor.run(worker, "probe.sleep", Probe(seconds=0.5))
    notes = [message for _, message in floor.inbox if isinstance(message, ProgressNote)]
    assert 3 <= len(notes) <= 12
    assert notes[-1].done > 50
    assert 100 < notes[-1].rate < 210
    assert {note.note for note in notes} == {"asleep"}


def test_the_log_is_a_file_and_its_growth_is_told(floor: Floor, worker: str) -> None:
    floor.inbox.clear()
    floor.run(worker, "probe.raise", Probe(value=7), owner="L")
    text = floor.paths.task_log("L").read_text()
    assert "ValueError: no luck with 7" in text
    assert floor.expect(LogNote, worker) == LogNote("L", len(text))


def test_items_of_a_chunk_are_named_in_the_log(floor: Floor, worker: str) -> None:
    attempt = floor.attempt("probe.raise", Probe(), Probe(), owner="M/3", child=True)
    floor.send(worker, attempt)
    assert len(floor.results(worker)) == 2
    text = floor.paths.task_log("M").read_text()
    assert text.startswith("--- item 0 ---\nTraceback")
    assert "\n--- item 1 ---\nTraceback" in text


@pytest.mark.parametrize("ordered", [True, False])
def test_a_driver_runs_children(
    floor: Floor, driver: str, workers: list[str], *, ordered: bool
) -> None:
    attempt = floor.attempt("probe.fan", Probe(count=300, ordered=ordered))
    result = floor.drive(driver, attempt, workers)
    found = _value(result.value)
    assert (found if ordered else sorted(found)) == [[i, i] for i in range(300)]


def test_a_failing_child_does_not_fail_the_driver(
    floor: Floor, driver: str, workers: list[str]
) -> None:
    attempt = floor.attempt("probe.fan", Probe(count=3, kind="probe.raise", ordered=True))
    result = floor.drive(driver, attempt, workers)
    assert _value(result.value) == [[i, "engine_error"] for i in range(3)]


def test_drivers_of_drivers(floor: Floor, driver: str, workers: list[str]) -> None:
    below = tuple(floor.start(2, Lane.DRIVER))
    result = floor.drive(driver, floor.attempt("probe.nest", Probe(count=4)), workers, below)
    assert sorted(_value(result.value)) == [[i, None] for i in range(4)]


def test_a_large_value_of_a_child_is_read_from_the_spool(
    floor: Floor, driver: str, worker: str
) -> None:
    stored = floor.run(worker, "probe.echo", Probe(size_bytes=400_000))
    assert stored.blob is not None
    floor.send(driver, floor.attempt("probe.fan", Probe(count=1)))
    chunk = floor.expect(Children, driver)
    floor.send(driver, ChildResults(chunk.attempt, (stored,)))
    (result,) = floor.expect(Outcomes, driver).results
    assert result.error is None
    assert result.size_bytes > 400_000


def test_a_driver_that_waits_can_be_cancelled(floor: Floor, driver: str) -> None:
    attempt = floor.attempt("probe.fan", Probe(count=5))
    floor.send(driver, attempt)
    floor.expect(Children, driver)
    floor.send(driver, CancelAttempt(attempt.id))
    (result,) = floor.expect(Outcomes, driver).results
    assert result.error is not None
    assert result.error.code == "cancelled"
    floor.inbox.clear()


def test_a_call_is_answered_or_raises(floor: Floor, worker: str) -> None:
    floor.send(worker, floor.attempt("probe.call", Probe(kind="recall.search", value=1)))
    asked = floor.expect(Call, worker)
    assert (asked.method, _value(asked.params)) == ("recall.search", {"value": 1})
    floor.send(worker, CallReply(asked.call, msgspec.Raw(b"\x07")))
    assert _value(floor.expect(Outcomes, worker).results[0].value) == 7

    floor.send(worker, floor.attempt("probe.call", Probe(kind="recall.search")))
    asked = floor.expect(Call, worker)
    error = ErrorInfo("UNAVAILABLE", "Perfect Recall is not there.", retry=True, after_ms=5)
    floor.send(worker, CallReply(asked.call, error=error))
    assert floor.expect(Outcomes, worker).results[0].error == error
