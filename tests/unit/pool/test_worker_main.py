"""A real worker: what it answers to good and bad attempts."""

import msgspec
import pytest

from revo_edge.contract import codec
from revo_edge.contract.tasks import ErrorInfo
from revo_edge.contract.workers import CancelAttempt, Exit, Outcomes, ProgressNote
from tests.engines.probe import Probe
from tests.pool_floor import Floor


def _error(floor: Floor, worker: str, kind: str, params: Probe) -> ErrorInfo:
    error = floor.run(worker, kind, params).error
    assert error is not None
    return error


def test_a_value_comes_back_with_its_size_and_duration(floor: Floor, worker: str) -> None:
    result = floor.run(worker, "probe.sleep", Probe(value={"a": [1]}, seconds=0.05), number=3)
    assert msgspec.msgpack.decode(result.value) == {"a": [1]}
    assert result.size_bytes == len(codec.encode({"a": [1]}))
    assert 0.05 <= result.duration_s < 1
    assert (result.index, result.attempt, result.error, result.blob) == (0, 3, None, None)


def test_a_large_value_goes_to_the_spool(floor: Floor, worker: str) -> None:
    result = floor.run(worker, "probe.echo", Probe(size_bytes=300_000))
    assert result.blob is not None
    data = (floor.paths.spool / result.blob).read_bytes()
    assert msgspec.msgpack.decode(data) == "x" * 300_000
    assert msgspec.msgpack.decode(result.value) is None


def test_params_may_come_from_a_file(floor: Floor, worker: str) -> None:
    path = floor.paths.home / "params"
    path.write_bytes(codec.encode(Probe(value="from file")))
    floor.send(worker, floor.attempt("probe.echo", params_path=str(path)))
    (result,) = floor.expect(Outcomes, worker).results
    assert msgspec.msgpack.decode(result.value) == "from file"


@pytest.mark.parametrize(
    ("kind", "code", "words"),
    [
        ("probe.raise", "engine_error", "ValueError: no luck"),
        ("probe.system_exit", "engine_error", "SystemExit"),
        ("probe.unsendable", "not_sendable", "object"),
        ("probe.nosuch", "NOT_FOUND", "no kind"),
    ],
)
def test_a_bad_engine_has_its_error_and_the_worker_lives_on(
    floor: Floor, worker: str, kind: str, code: str, words: str
) -> None:
    error = _error(floor, worker, kind, Probe())
    assert error.code == code
    assert words in error.msg
    assert floor.run(worker, "probe.echo", Probe(value=1)).error is None


def test_wrong_params_are_named(floor: Floor, worker: str) -> None:
    attempt = floor.attempt("probe.echo")
    raw = msgspec.Raw(codec.encode({"valu": 1}))
    floor.send(worker, msgspec.structs.replace(attempt, items=((0, raw),)))
    (result,) = floor.expect(Outcomes, worker).results
    assert result.error is not None
    assert result.error.code == "bad_params"
    assert 'Did you mean "value"?' in result.error.msg


def test_what_an_engine_prints_goes_nowhere(floor: Floor, worker: str) -> None:
    assert floor.run(worker, "probe.print", Probe()).error is None


def test_the_items_of_a_chunk_run_in_order_and_each_has_its_outcome(
    floor: Floor, worker: str
) -> None:
    floor.send(
        worker, floor.attempt("probe.sleep", *(Probe(value=i, seconds=0.01) for i in range(5)))
    )
    results = [(r.index, msgspec.msgpack.decode(r.value)) for r in floor.results(worker)]
    assert results == [(i, i) for i in range(5)]


def test_outcomes_of_slow_items_do_not_wait_for_the_chunk(floor: Floor, worker: str) -> None:
    floor.send(worker, floor.attempt("probe.sleep", *(Probe(seconds=0.05) for _ in range(3))))
    sizes = [len(floor.expect(Outcomes, worker).results) for _ in range(3)]
    assert sizes == [1, 1, 1]


def test_an_outcome_does_not_wait_for_the_long_item_behind_it(floor: Floor, worker: str) -> None:
    chunk = floor.attempt("probe.sleep", Probe(value="short"), Probe(seconds=60))
    floor.send(worker, chunk)
    outcomes = floor.expect(Outcomes, worker, limit_s=2)
    assert [result.index for result in outcomes.results] == [0]
    assert not outcomes.done
    floor.send(worker, CancelAttempt(chunk.id))
    assert floor.expect(Outcomes, worker, limit_s=2).done


def test_a_cancel_stops_the_running_item_and_drops_the_rest(floor: Floor, worker: str) -> None:
    floor.inbox.clear()
    attempt = floor.attempt("probe.sleep", *(Probe(seconds=60) for _ in range(3)))
    floor.send(worker, attempt)
    floor.expect(ProgressNote, worker)
    floor.send(worker, CancelAttempt(attempt.id))
    outcomes = floor.expect(Outcomes, worker, limit_s=1)
    assert [r.error and r.error.code for r in outcomes.results] == ["cancelled"]
    assert outcomes.done


def test_an_attempt_cancelled_before_it_began_has_no_outcome(floor: Floor, worker: str) -> None:
    first = floor.attempt("probe.sleep_deaf", Probe(seconds=0.2))
    second = floor.attempt("probe.echo", Probe())
    floor.send(worker, first)
    floor.send(worker, second)
    floor.send(worker, CancelAttempt(second.id))
    assert floor.expect(Outcomes, worker).attempt == first.id
    assert floor.expect(Outcomes, worker) == Outcomes(second.id, (), done=True)


def test_exit_ends_what_runs_first(floor: Floor) -> None:
    (name,) = floor.start()
    attempt = floor.attempt("probe.sleep_deaf", Probe(seconds=0.1, value="kept"))
    floor.send(name, attempt)
    floor.send(name, Exit())
    (result,) = floor.expect(Outcomes, name).results
    assert msgspec.msgpack.decode(result.value) == "kept"
    assert floor.dies(name) == "exited with 0"
