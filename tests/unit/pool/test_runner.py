"""The runner as a process of its own, under each Python that is here."""

import json
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from revo_edge.pool.python_host import RUNNER

_OLDEST = ("3.8", "3.9", "3.10")

FUNCTIONS = """
import sys
def double(x): return x * 2
def fail(x): raise ValueError(f"no {x}")
def leave(x): sys.exit(x)
def interrupt(x): raise KeyboardInterrupt
def eat(x): return len(bytearray(x * 1024 * 1024))
def nan(x): return float("nan")
def tuple_key(x): return {(1, 2): 3}
def close_stdout(x): sys.stdout.close(); return 1
def surrogate(x): return chr(0xd800)
class Group:
    @staticmethod
    def inner(x): return [x]
number = 5
"""

Call = Callable[..., Any]
Start = Callable[..., "tuple[Any, Call]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a runner; give its first frame and a function that sends a request."""
    (tmp_path / "functions.py").write_text(FUNCTIONS)
    opened: list[tuple[socket.socket, subprocess.Popen[bytes]]] = []

    def start_one(function: str, python: str = sys.executable) -> tuple[Any, Call]:
        ours, theirs = socket.socketpair()
        ours.settimeout(10)
        process = subprocess.Popen(
            [python, "-u", str(RUNNER), str(theirs.fileno()), function],
            pass_fds=(theirs.fileno(),),
            cwd=tmp_path,
        )
        theirs.close()
        opened.append((ours, process))

        def call(*values: object, memory_mb: int | None = None) -> Any:
            for value in values:
                data = json.dumps({"value": value, "memory_mb": memory_mb}).encode()
                ours.sendall(struct.pack(">I", len(data)) + data)
            answers = [_receive(ours) for _ in values]
            assert all(0 <= answer.pop("duration_s") < 10 for answer in answers)
            return answers if len(values) > 1 else answers[0]

        return _receive(ours), call

    yield start_one
    for channel, process in opened:
        channel.close()
        assert process.wait(5) == 0


def _receive(channel: socket.socket) -> Any:
    (size,) = struct.unpack(">I", channel.recv(4, socket.MSG_WAITALL))
    return json.loads(channel.recv(size, socket.MSG_WAITALL))


def test_a_function_is_found_in_a_module_and_in_a_file(start: Start) -> None:
    for name in ("functions:double", "functions.py:double"):
        hello, call = start(name)
        assert hello == {"version": ".".join(map(str, sys.version_info[:3])), "error": None}
        assert call(21) == {"value": 42}
        assert call("ä") == {"value": "ää"}
    _, call = start("functions:Group.inner")
    assert call(1) == {"value": [1]}


def candidates(version: str) -> list[str]:
    name = f"python{version}"
    installed = Path("~/.pyenv/versions").expanduser().glob(f"{version}.*/bin/{name}")
    return [*map(str, installed), *filter(None, [shutil.which(name)])]


def runs(python: str) -> bool:
    """Tell a Python from the shim of a version manager that has none of that name."""
    return subprocess.run([python, "-c", ""], check=False, capture_output=True).returncode == 0


def test_requests_sent_together_are_answered_in_order(start: Start) -> None:
    _, call = start("functions:double")
    assert call(*range(100)) == [{"value": 2 * x} for x in range(100)]
    first, second, third = call("a", None, "b" * 10_000)
    assert first == {"value": "aa"}
    assert second["error"]["code"] == "user_error"
    assert third == {"value": "b" * 20_000}


@pytest.mark.parametrize("version", _OLDEST)
def test_old_pythons_run_it_too(start: Start, version: str) -> None:
    python = next(filter(runs, candidates(version)), None)
    if python is None:
        pytest.skip(f"there is no Python {version} here")
    hello, call = start("functions.py:double", python)
    assert hello["version"].startswith(version)
    assert call(21) == {"value": 42}
    assert call(None)["error"]["code"] == "user_error"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nosuch:f", "ModuleNotFoundError"),
        ("nosuch.py:f", "FileNotFoundError"),
        ("functions:nosuch", "AttributeError"),
        ("functions:number", "not a function but int"),
        ("broken.py:f", "SyntaxError"),
        ("leaves.py:f", "SystemExit"),
    ],
)
def test_what_cannot_be_loaded_is_said_first(
    start: Start, tmp_path: Path, name: str, words: str
) -> None:
    (tmp_path / "broken.py").write_text("def f(:")
    (tmp_path / "leaves.py").write_text("raise SystemExit(3)")
    hello, _ = start(name)
    assert words in hello["error"]["msg"]
    assert "Traceback" in hello["error"]["traceback"] or words in hello["error"]["traceback"]


@pytest.mark.parametrize(
    ("function", "value", "code", "words"),
    [
        ("fail", 3, "user_error", "ValueError: no 3"),
        ("leave", 4, "user_exit", "exit(4)"),
        ("interrupt", 0, "user_error", "KeyboardInterrupt"),
        ("nan", 0, "not_sendable", "float"),
        ("tuple_key", 0, "not_sendable", "dict"),
    ],
)
def test_each_way_to_fail_has_its_code_and_the_runner_lives_on(
    start: Start, function: str, value: object, code: str, words: str
) -> None:
    _, call = start(f"functions:{function}")
    for _ in range(2):
        error = call(value)["error"]
        assert error["code"] == code
        assert words in error["msg"]


def test_the_traceback_begins_in_the_users_code(start: Start) -> None:
    _, call = start("functions:fail")
    text = call(3)["error"]["detail"]["traceback"]
    assert "functions.py" in text
    assert "runner.py" not in text


def test_memory_is_limited_for_one_call(start: Start) -> None:
    _, call = start("functions:eat")
    error = call(500, memory_mb=200)["error"]
    assert (error["code"], error["msg"]) == (
        "memory_limit",
        "The function ran out of memory. It may use 200 MB.",
    )
    assert call(300)["value"] == 300 * 1024 * 1024


def test_a_function_that_closes_stdout_does_not_break_it(start: Start) -> None:
    _, call = start("functions:close_stdout")
    assert call(0) == {"value": 1}
    _, call = start("functions:surrogate")
    assert call(0) == {"value": chr(0xD800)}
