import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from revo_edge.engines.base import CommandResult, ItemFailed
from revo_edge.engines.parallel.params import ShardParams, SuiteParams
from revo_edge.engines.parallel.shards import Found, Outcome
from revo_edge.engines.parallel.suite_files import Round, keep_notes
from revo_edge.engines.parallel.suite_shard import (
    STOP_LIMIT_S,
    _check_began,
    _lost,
    _Watch,
    arguments,
    make_plan,
)


@pytest.fixture
def sleeper() -> Iterator[int]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield process.pid
    process.kill()
    process.wait()


def watch(folder: Path, *events: dict[str, object]) -> _Watch:
    lines = b"".join(json.dumps(event).encode() + b"\n" for event in events)
    return _Watch(io.BytesIO(lines).readline, 5.0, Round(folder))


COLLECTED = {"event": "collected", "root": "", "ini": "", "maxfail": 0, "junit": ""}


def test_a_test_over_its_limit_is_asked_for_a_trace_then_killed(
    tmp_path: Path, sleeper: int
) -> None:
    start = {"event": "start", "id": "t", "at": time.monotonic() - 6}
    found = watch(tmp_path, {"event": "hello", "pid": sleeper}, COLLECTED, start)
    assert found.alive()
    assert os.waitstatus_to_exitcode(os.waitpid(sleeper, 0)[1]) == -signal.SIGABRT
    found._traced -= 1
    assert not found.alive()
    assert found.why == "The test timed out after 5 s and was killed."


def test_a_stopped_suite_gives_a_test_a_moment(tmp_path: Path) -> None:
    found = watch(tmp_path, COLLECTED, {"event": "start", "id": "t", "at": time.monotonic()})
    (tmp_path / "stop").touch()
    assert found.alive()
    found._stopped -= STOP_LIMIT_S
    assert not found.alive()


def test_what_took_a_process_down_is_said_in_words() -> None:
    found = Found(running="a.py::t", root="/r", started=time.monotonic())
    trace = 'Fatal Python error: Segmentation fault\n\n  File "/r/a.py", line 3 in t\n'
    lost = _lost(found, CommandResult(-11, "", trace, 1.0), "")
    assert (lost.reason, lost.where) == (
        "The process died with signal 11 while this test ran.",
        "a.py:3",
    )
    assert _lost(found, CommandResult(0, "", "", 1.0), "").reason == (
        "The process ended with 0 while this test ran."
    )


def test_a_pytest_that_did_not_begin_ends_with_its_own_code() -> None:
    with pytest.raises(ItemFailed) as failed:
        _check_began(Found(), CommandResult(4, "", "ERROR: no such option", 1.0), "python", "")
    assert failed.value.error.detail == {"exit_code": 4}
    assert "no such option" in failed.value.error.msg


def test_only_files_of_what_failed_are_collected_for_the_last_failed(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    suite = SuiteParams(str(tmp_path), last_failed=True)
    keep_notes(notes, [Outcome("a.py::t", "failed")], str(tmp_path), "")
    assert arguments(suite, notes) == [str(tmp_path)]  # the file is gone
    (tmp_path / "a.py").touch()
    assert arguments(suite, notes)[-1] == str(tmp_path / "a.py")


def test_a_plan_repeats_what_was_asked_for(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    keep_notes(notes, [Outcome("a.py::t", "failed"), Outcome("a.py::u", "passed")], "", "")
    suite = SuiteParams(str(tmp_path), last_failed=True, repeat=2)
    params = ShardParams(suite, 0, "", "", str(notes))
    assert make_plan(params, Found(tests=["a.py::t", "a.py::u"])).ids() == ["a.py::t"] * 2
