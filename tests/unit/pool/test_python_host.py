"""User functions on a real worker: every bad one gets its own error, and the worker stays."""

import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from revo_edge import procfs
from revo_edge.contract.tasks import ErrorInfo, ItemResult
from revo_edge.contract.workers import CancelAttempt, Outcomes
from revo_edge.engines.parallel.params import ItemParams
from revo_edge.pool.python_host import MOST_HOSTS
from tests.engines.probe import Probe
from tests.harness import WaitFor
from tests.pool_floor import Floor

FUNCTIONS = """
import ctypes, json, os, subprocess, sys, time
def double(x): return x * 2
def pid(x): return os.getpid()
def fail(x): raise ValueError(f"no {x}")
def leave(x): sys.exit(x)
def vanish(x): os._exit(x)
def crash(x): return ctypes.string_at(0)
def loop(x):
    while True: pass
def eat(x): return len(bytearray(x * 1024 * 1024))
def hundred_mb(x):
    for _ in range(1600): sys.stdout.write("z" * 65536)
    print("the end")
    return "done"
def hello(x): print("hello", x)
def objects(x): return object()
def huge(x): return "x" * x
def big_number(x): return 2 ** 70
def surrogate(x): return chr(0xd800)
def hang_up(x): os.closerange(3, 100); time.sleep(x)
def child(x):
    process = subprocess.Popen(["sleep", "600"], start_new_session=True)
    open("child", "w").write(str(process.pid))
    time.sleep(x)
def cwd(x): return [os.getcwd(), sys.path[0], sys.prefix]
def note(x):
    with open("ran", "a") as log: log.write(f"{x}\\n")
    return x
def note_or_crash(x):
    note(x)
    if x == 5: os.kill(os.getpid(), 9)
    return x
def note_and_sleep(x):
    note(x)
    time.sleep(600 if x == 5 else 0.001)
    return x
def note_and_rest(x):
    note(x)
    time.sleep(0.01)
    return x
def note_and_eat(x):
    note(x)
    return len(bytearray(900_000_000)) if x == 5 else x
def broad(x): return "x" * 200_000
def rarely(x):
    if x == 5: print("five")
    return x
"""


class Hosted:
    """Calls functions in one folder as one task."""

    def __init__(self, floor: Floor, worker: str, folder: Path) -> None:
        (folder / "u.py").write_text(FUNCTIONS)
        self.floor = floor
        self.worker = worker
        self.folder = folder

    def run(self, function: str, value: object = 1, **params: Any) -> ItemResult:
        return self.floor.run(
            self.worker,
            "probe.python",
            Probe(function=f"u.py:{function}", value=value, **params),
            owner="H",
            cwd=str(self.folder),
            python=sys.executable,
        )

    def value(self, function: str, value: object = 1, **params: Any) -> Any:
        result = self.run(function, value, **params)
        assert result.error is None, result.error
        return msgspec.msgpack.decode(result.value)

    def error(self, function: str, value: object = 1, **params: Any) -> ErrorInfo:
        error = self.run(function, value, **params).error
        assert error is not None
        return error


@pytest.fixture
def hosted(floor: Floor, worker: str, tmp_path: Path) -> Hosted:
    return Hosted(floor, worker, tmp_path)


def test_a_process_is_kept_for_the_next_item(hosted: Hosted) -> None:
    assert hosted.value("double", 21) == 42
    assert hosted.value("pid") == hosted.value("pid")


def test_another_task_sees_the_source_as_it_is_then(hosted: Hosted) -> None:
    assert hosted.value("double", 21) == 42
    (hosted.folder / "u.py").write_text("def double(x): return x * 3")
    result = hosted.floor.run(
        hosted.worker,
        "probe.python",
        Probe(function="u.py:double", value=21),
        owner="another",
        cwd=str(hosted.folder),
    )
    assert msgspec.msgpack.decode(result.value) == 63


def test_only_some_processes_are_kept(hosted: Hosted, wait_for: WaitFor) -> None:
    for number in range(MOST_HOSTS + 2):
        (hosted.folder / f"m{number}.py").write_text("def f(x): return x")
        hosted.floor.run(
            hosted.worker,
            "probe.python",
            Probe(function=f"m{number}:f"),
            cwd=str(hosted.folder),
        )
    pid = hosted.floor.started[hosted.worker].pid
    members = procfs.group_members([pid])[pid]
    assert len(members) == 1 + MOST_HOSTS


@pytest.mark.parametrize(
    ("function", "value", "params", "code", "words"),
    [
        ("fail", 3, {}, "user_error", "ValueError: no 3"),
        ("leave", 3, {}, "user_exit", "exit(3)"),
        ("vanish", 3, {}, "user_exit", "ended its process with 3"),
        ("crash", 0, {}, "user_crash", "SIGSEGV"),
        ("loop", 0, {"timeout_s": 0.3}, "timeout", "longer than 0.3 s"),
        ("hang_up", 600, {"timeout_s": 0.3}, "timeout", "longer than 0.3 s"),
        ("eat", 900, {"memory_mb": 300}, "memory_limit", "300 MB"),
        ("objects", 0, {}, "not_sendable", "object"),
        ("big_number", 0, {}, "not_sendable", "probe.python cannot be sent"),
        ("surrogate", 0, {}, "not_sendable", "cannot be sent"),
        ("nosuch", 0, {}, "user_error", "--python"),
    ],
)
def test_each_bad_function_has_its_error_and_the_next_call_works(
    hosted: Hosted, function: str, value: object, params: dict[str, Any], code: str, words: str
) -> None:
    error = hosted.error(function, value, **params)
    assert (error.code, words in error.msg) == (code, True), error
    assert hosted.value("double", 21) == 42


def test_what_failed_to_load_is_not_tried_again_in_the_same_task(hosted: Hosted) -> None:
    hosted.error("nosuch")
    began = time.monotonic()
    for _ in range(20):
        assert hosted.error("nosuch").code == "user_error"
    assert time.monotonic() - began < 0.3


def test_a_function_that_prints_100_mb_is_bounded(hosted: Hosted) -> None:
    log = hosted.floor.paths.task_log("H")
    log.unlink(missing_ok=True)
    assert hosted.value("hundred_mb") == "done"
    text = log.read_bytes()
    assert len(text) < 200_000
    assert b"bytes dropped]" in text
    assert text.endswith(b"the end\n")


def test_short_prints_are_in_the_log(hosted: Hosted) -> None:
    log = hosted.floor.paths.task_log("H")
    log.unlink(missing_ok=True)
    hosted.value("hello", 1)
    hosted.value("hello", 2)
    assert log.read_text() == "hello 1\nhello 2\n"


def test_a_large_value_comes_whole(hosted: Hosted) -> None:
    result = hosted.run("huge", 3_000_000)
    assert result.error is None
    assert result.blob is not None
    assert (hosted.floor.paths.spool / result.blob).stat().st_size == result.size_bytes


def test_a_large_input_goes_to_a_function_that_prints_at_import(hosted: Hosted) -> None:
    (hosted.folder / "loud.py").write_text("print('x' * 500_000)\ndef size(x): return len(x)")
    result = hosted.floor.run(
        hosted.worker,
        "probe.python",
        Probe(function="loud:size", value="y" * 500_000),
        cwd=str(hosted.folder),
    )
    assert msgspec.msgpack.decode(result.value) == 500_000


def test_a_cancel_ends_a_looping_function_at_once(hosted: Hosted, wait_for: WaitFor) -> None:
    attempt = hosted.floor.attempt(
        "probe.python", Probe(function="u.py:child", value=600), cwd=str(hosted.folder)
    )
    hosted.floor.send(hosted.worker, attempt)
    wait_for(lambda: (hosted.folder / "child").exists() and (hosted.folder / "child").read_text())
    began = time.monotonic()
    hosted.floor.send(hosted.worker, CancelAttempt(attempt.id))
    outcomes = hosted.floor.expect(Outcomes, hosted.worker, limit_s=3)
    assert time.monotonic() - began < 1
    assert outcomes.results[0].error is not None
    assert outcomes.results[0].error.code == "cancelled"
    child = int((hosted.folder / "child").read_text())
    wait_for(lambda: procfs.read_stat(child) is None)


def test_it_runs_in_the_tasks_folder_and_environment(hosted: Hosted) -> None:
    assert hosted.value("cwd") == [str(hosted.folder), str(hosted.folder), sys.prefix]


def test_a_python_that_does_not_run_is_said(hosted: Hosted, tmp_path: Path) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho too old >&2; exit 9\n")
    broken.chmod(0o755)
    result = hosted.floor.run(
        hosted.worker,
        "probe.python",
        Probe(function="u.py:double"),
        cwd=str(hosted.folder),
        python=str(broken),
    )
    assert result.error is not None
    assert result.error.code == "spawn_failed"
    assert "too old" in result.error.msg


class Chunk:
    """Items of one chunk that all call one function; `ran` is what really ran, in order."""

    def __init__(self, hosted: Hosted, function: str, count: int = 10, **params: Any) -> None:
        (hosted.folder / "ran").write_text("")
        self._hosted = hosted
        self.attempt = hosted.floor.attempt(
            "parallel.item",
            *(ItemParams(x, f"u.py:{function}", **params) for x in range(count)),
            owner=hosted.folder.name,
            cwd=str(hosted.folder),
            python=sys.executable,
            child=True,
        )
        hosted.floor.inbox.clear()
        hosted.floor.send(hosted.worker, self.attempt)

    @property
    def ran(self) -> list[int]:
        return [int(line) for line in (self._hosted.folder / "ran").read_text().split()]

    def some(self, limit_s: float = 20.0) -> Outcomes:
        return self._hosted.floor.expect(Outcomes, self._hosted.worker, limit_s)

    def outcomes(self) -> dict[int, object]:
        """Return the value, or the error's code, of each item."""
        found: dict[int, object] = {}
        is_done = False
        while not is_done:
            message = self.some()
            is_done = message.done
            for result in message.results:
                assert result.index not in found
                found[result.index] = result.error.code if result.error else _decoded(result)
        return found

    def cancel(self) -> None:
        self._hosted.floor.send(self._hosted.worker, CancelAttempt(self.attempt.id))


def _decoded(result: ItemResult) -> object:
    return msgspec.msgpack.decode(result.value)


def test_items_of_a_chunk_each_have_their_value_and_their_own_duration(hosted: Hosted) -> None:
    chunk = Chunk(hosted, "note_and_rest", 20)
    results: list[ItemResult] = []
    while len(results) < 20:
        results += chunk.some().results
    assert [_decoded(result) for result in results] == list(range(20)) == chunk.ran
    assert all(0.01 <= result.duration_s < 0.1 for result in results), results


@pytest.mark.parametrize(
    ("function", "params", "code"),
    [
        ("note_or_crash", {}, "user_crash"),
        ("note_and_sleep", {"timeout_s": 0.3}, "timeout"),
        ("note_and_eat", {"memory_mb": 300}, "memory_limit"),
    ],
)
def test_a_death_in_the_middle_of_a_chunk_is_that_of_one_item(
    hosted: Hosted, function: str, params: dict[str, Any], code: str
) -> None:
    chunk = Chunk(hosted, function, **params)
    assert chunk.outcomes() == {x: code if x == 5 else x for x in range(10)}
    assert chunk.ran == list(range(10)), "each item runs once"


def test_outcomes_before_a_slow_item_do_not_wait_for_it(hosted: Hosted) -> None:
    chunk = Chunk(hosted, "note_and_sleep")
    seen: list[int] = []
    while len(seen) < 5:
        seen += [result.index for result in chunk.some(limit_s=2).results]
    assert seen == list(range(5))
    began = time.monotonic()
    chunk.cancel()
    assert chunk.outcomes() == {5: "cancelled"}
    assert time.monotonic() - began < 1
    assert chunk.ran == list(range(6))


def test_a_cancel_in_the_middle_of_a_chunk_ends_it_at_once(
    hosted: Hosted, wait_for: WaitFor
) -> None:
    chunk = Chunk(hosted, "note_and_rest", 200)
    wait_for(lambda: len(chunk.ran) >= 5)
    chunk.cancel()
    outcomes = chunk.outcomes()
    ran = chunk.ran
    assert len(ran) < 150
    assert set(outcomes) <= set(range(len(ran) + 1))
    assert Chunk(hosted, "note", 3).outcomes() == {0: 0, 1: 1, 2: 2}
    again = Chunk(hosted, "note_and_rest", 3)
    assert again.outcomes() == {0: 0, 1: 1, 2: 2}, "no answer to a call of before"
    assert again.ran == [0, 1, 2]


def test_large_values_of_a_chunk_do_not_wait_for_room(hosted: Hosted) -> None:
    Chunk(hosted, "broad", 2).outcomes()
    began = time.monotonic()
    assert len(Chunk(hosted, "broad", 100).outcomes()) == 100
    assert time.monotonic() - began < 1


def test_an_input_that_cannot_be_sent_fails_alone(hosted: Hosted) -> None:
    values = [1, 2, msgspec.msgpack.Ext(1, b"not JSON"), 4]
    items = (ItemParams(value, "u.py:note") for value in values)
    attempt = hosted.floor.attempt(
        "parallel.item", *items, cwd=str(hosted.folder), python=sys.executable, child=True
    )
    hosted.floor.send(hosted.worker, attempt)
    results: list[ItemResult] = []
    while len(results) < 4:
        results += hosted.floor.expect(Outcomes, hosted.worker).results
    assert [result.error and result.error.code for result in results] == [
        None,
        None,
        "not_sendable",
        None,
    ]


def test_the_log_names_the_item_that_printed_or_says_that_it_may_be_another(
    hosted: Hosted,
) -> None:
    log = hosted.floor.paths.task_log(hosted.folder.name)
    assert Chunk(hosted, "rarely").outcomes() == {x: x for x in range(10)}
    text = log.read_text()
    assert text.startswith("--- item ")
    assert text.endswith("five\n")
    log.unlink()
    Chunk(hosted, "rarely").outcomes()
    assert log.read_text() == "--- item 5 ---\nfive\n"
