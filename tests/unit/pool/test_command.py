"""Commands on a real worker."""

import time
from pathlib import Path
from typing import Any

import msgspec

from revo_edge import procfs
from revo_edge.contract.tasks import ErrorInfo, ItemResult
from revo_edge.contract.workers import CancelAttempt, Outcomes
from tests.engines.probe import Probe
from tests.harness import WaitFor
from tests.pool_floor import Floor


def _run(floor: Floor, worker: str, *argv: str, **params: Any) -> ItemResult:
    return floor.run(worker, "probe.command", Probe(argv=list(argv), **params))


def _value(result: ItemResult) -> dict[str, Any]:
    assert result.error is None, result.error
    return msgspec.msgpack.decode(result.value, type=dict[str, Any])


def _error(result: ItemResult) -> ErrorInfo:
    assert result.error is not None
    return result.error


def test_output_code_and_input_are_passed(floor: Floor, worker: str) -> None:
    value = _value(
        _run(floor, worker, "sh", "-c", "cat; echo bad >&2; exit 4", stdin="text" * 50_000)
    )
    assert value["code"] == 4
    assert value["stdout"] == "text" * (65536 // 4)
    assert value["stderr"] == "bad\n"


def test_without_input_stdin_is_empty(floor: Floor, worker: str) -> None:
    assert _value(_run(floor, worker, "cat"))["stdout"] == ""


def test_a_signal_is_a_negative_code(floor: Floor, worker: str) -> None:
    assert _value(_run(floor, worker, "sh", "-c", "kill -SEGV $$"))["code"] == -11


def test_a_command_past_its_time_is_killed_with_its_children(
    floor: Floor, worker: str, wait_for: WaitFor
) -> None:
    pid = floor.started[worker].pid
    began = time.monotonic()
    code = "echo first; sleep 600 & setsid sleep 600 & sleep 600"
    error = _error(_run(floor, worker, "sh", "-c", code, timeout_s=0.3))
    assert time.monotonic() - began < 2
    assert error.code == "timeout"
    assert error.detail is not None
    assert error.detail["stdout"] == "first\n"
    wait_for(lambda: not [stat for stat in procfs.all_processes() if stat.ppid == pid])


def test_what_a_command_leaves_in_the_background_is_ended(
    floor: Floor, worker: str, tmp_path: Path, wait_for: WaitFor
) -> None:
    code = f"setsid sh -c 'echo $$ > {tmp_path}/pid; sleep 600' >/dev/null 2>&1 & sleep 0.2"
    assert _value(_run(floor, worker, "sh", "-c", code))["code"] == 0
    left = int((tmp_path / "pid").read_text())
    wait_for(lambda: procfs.read_stat(left) is None)


def test_a_cancel_is_a_term_first(
    floor: Floor, worker: str, tmp_path: Path, wait_for: WaitFor
) -> None:
    code = f"trap 'echo cleaned > {tmp_path}/trace; exit 0' TERM; touch {tmp_path}/up; while :; do sleep 0.01; done"
    attempt = floor.attempt("probe.command", Probe(argv=["sh", "-c", code]))
    floor.send(worker, attempt)
    wait_for((tmp_path / "up").exists)
    floor.send(worker, CancelAttempt(attempt.id))
    outcomes = floor.expect(Outcomes, worker, limit_s=3)
    assert _error(outcomes.results[0]).code == "cancelled"
    assert (tmp_path / "trace").read_text() == "cleaned\n"


def test_a_command_deaf_to_term_is_killed_after_a_second(
    floor: Floor, worker: str, tmp_path: Path, wait_for: WaitFor
) -> None:
    code = f"trap '' TERM; touch {tmp_path}/up; while :; do sleep 0.01; done"
    attempt = floor.attempt("probe.command", Probe(argv=["sh", "-c", code]))
    floor.send(worker, attempt)
    wait_for((tmp_path / "up").exists)
    began = time.monotonic()
    floor.send(worker, CancelAttempt(attempt.id))
    outcomes = floor.expect(Outcomes, worker, limit_s=5)
    assert _error(outcomes.results[0]).code == "cancelled"
    assert 0.9 < time.monotonic() - began < 2
