"""`parallel.map` with functions and commands that misbehave; resume; whose Python; big inputs."""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from revo_edge import Client
from revo_edge.contract.kinds import OnLost
from revo_edge.contract.tasks import ErrorInfo, ItemResult, TaskInfo, TaskSpec, TaskState
from tests.harness import DaemonProcess, StartDaemon, WaitFor, what_remains
from tests.ipc.cli import begin, revo

TOOLS = """
import os, sys, time
def double(n): return n * 2
def fail(n): raise KeyError(f"no {n}") if n == 1 else ValueError("x" * 5000)
def leave(n): sys.exit("done") if n == 1 else os._exit(4)
def crash(n): os.abort() if n == 1 else __import__("ctypes").string_at(0)
def loop(n):
    while True: pass
def eat(n): return len(bytearray(900_000_000))
def shout(n):
    for _ in range(1000): print("y" * 100_000)
    return n
def odd(n): return {1: object(), 2: {1, 2}, 3: float("nan"), 4: b"bytes"}[n]
def nest(n):
    found = []
    for _ in range(100_000): found = [found]
    return found
def big(n): return "z" * 400_000
def close(n):
    os.close(1); os.close(2)
    return n
def flaky(n):
    path = os.environ["FLAKY"] + str(n)
    open(path, "a").write("x")
    if len(open(path).read()) < 3: raise RuntimeError("not yet")
    return n
def effect(n):
    with open(os.environ["EFFECTS"], "a") as log: log.write(f"{n}\\n")
    time.sleep(float(os.environ.get("PAUSE", "0.05")))
    return n
"""

SECOND_VENV_PACKAGE = "def shout(text):\n    return text.upper() + '!'\n"


@pytest.fixture
def tools(short_dir: Path) -> Path:
    file = short_dir / "tools.py"
    file.write_text(TOOLS)
    return file


def mapped(
    tools: Path,
    function: str,
    values: Sequence[Any],
    *,
    env: dict[str, str] | None = None,
    on_lost: OnLost | None = None,
    **params: Any,
) -> TaskSpec:
    params |= {"function": f"{tools}:{function}", "inputs": list(values)}
    cwd = str(tools.parent)
    return TaskSpec("parallel.map", params, cwd=cwd, env=env or {}, on_lost=on_lost)


def outcomes(client: Client, spec: TaskSpec, timeout_s: float = 20.0) -> list[ItemResult]:
    task = client.submit(spec)
    info = client.wait(task.id, timeout_s)
    assert info.state is TaskState.SUCCEEDED, info.error
    return sorted(client.items(task.id).items, key=lambda item: item.index)


def errors(items: Sequence[ItemResult]) -> list[ErrorInfo]:
    return [item.error for item in items if item.error is not None]


def codes(items: Sequence[ItemResult]) -> list[str]:
    return [item.error.code if item.error else "ok" for item in items]


# functions


def test_a_bad_item_costs_its_neighbours_nothing(client: Client, tools: Path) -> None:
    bystander = client.submit(mapped(tools, "double", range(50)))
    expected = {"fail": "user_error", "leave": "user_exit", "crash": "user_crash"}
    for function, code in expected.items():
        assert codes(outcomes(client, mapped(tools, function, [1, 2]))) == [code, code]
    assert client.wait(bystander.id, 9).state is TaskState.SUCCEEDED
    assert client.result(bystander.id) == {"total": 50, "succeeded": 50, "failed": 0}
    assert client.health().status == "ok"


def test_what_a_function_raised_is_told_with_its_traceback(client: Client, tools: Path) -> None:
    first, second = errors(outcomes(client, mapped(tools, "fail", [1, 2])))
    assert first.msg == "KeyError: 'no 1'"
    assert "tools.py" in (first.detail or {})["traceback"]
    assert len(second.msg) <= 1000
    segfault = errors(outcomes(client, mapped(tools, "crash", [2])))[0]
    assert "SIGSEGV" in segfault.msg


def test_a_function_that_loops_is_killed_at_its_time_limit(client: Client, tools: Path) -> None:
    items = outcomes(client, mapped(tools, "loop", [1, 2, 3], item_timeout_s=0.4))
    assert codes(items) == ["timeout"] * 3
    assert "longer than 0.4 s" in errors(items)[0].msg
    assert all(item.duration_s < 3 for item in items)


def test_a_function_that_eats_memory_meets_its_limit(client: Client, tools: Path) -> None:
    items = outcomes(client, mapped(tools, "eat", [1, 2], memory_mb=300))
    assert codes(items) == ["memory_limit"] * 2
    assert "300 MB" in errors(items)[0].msg


def test_a_function_that_prints_100_mb_only_fills_its_own_log(
    daemon: DaemonProcess, client: Client, tools: Path
) -> None:
    spec = mapped(tools, "shout", [7])
    task = client.submit(spec)
    assert client.wait(task.id, 20).state is TaskState.SUCCEEDED
    assert bytes(client.items(task.id).items[0].value) == b"\x07"
    assert 0 < daemon.paths.task_log(task.id).stat().st_size < 5_000_000
    assert client.log(task.id, length=1000).text.count("y") > 900


def test_a_result_that_cannot_be_sent_is_named(client: Client, tools: Path) -> None:
    items = outcomes(client, mapped(tools, "odd", [1, 2, 3, 4]))
    assert codes(items) == ["not_sendable"] * 4
    assert "object" in errors(items)[0].msg
    assert "Return numbers, text, lists and dicts" in errors(items)[0].msg
    deep = outcomes(client, mapped(tools, "nest", [1]))
    assert codes(deep) == ["not_sendable"]
    assert codes(outcomes(client, mapped(tools, "close", [1, 2]))) == ["ok", "ok"]


def test_a_function_that_is_not_there_is_named_and_tried_once(client: Client, tools: Path) -> None:
    began = time.monotonic()
    items = outcomes(client, mapped(tools, "dubble", range(40)))
    assert set(codes(items)) == {"user_error"}
    assert "dubble" in errors(items)[0].msg
    assert "--python" in errors(items)[0].msg
    assert time.monotonic() - began < 8
    gone = mapped(tools, "double", [1])
    bad = TaskSpec(gone.kind, gone.params, cwd="/no/such/folder")
    assert "/no/such/folder" in errors(outcomes(client, bad))[0].msg
    python = TaskSpec(gone.kind, gone.params, cwd="/", python="/no/python")
    assert "/no/python" in errors(outcomes(client, python))[0].msg


def test_params_that_make_no_map_are_refused(client: Client) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"inputs": [1]}, "either a function or a command"),
        ({"inputs": [1], "function": "a:b", "command": "c"}, "either a function or a command"),
        ({"inputs": [1], "function": "nothing"}, "package.module:func"),
        ({"inputs": [1], "command": "echo 'a"}, "split into words"),
    ]
    for params, text in wrong:
        info = client.wait(client.submit(TaskSpec("parallel.map", params)).id, 8)
        assert info.error is not None
        assert (info.state, info.error.code) == (TaskState.FAILED, "bad_params")
        assert text in info.error.msg


def test_ordered_results_come_in_order_and_a_failed_item_is_retried(
    client: Client, tools: Path, short_dir: Path
) -> None:
    env = {"EFFECTS": str(short_dir / "log"), "PAUSE": "0.0"}
    given = [f"--env={name}={value}" for name, value in env.items()]
    done = revo("map", f"{tools}:effect", "--ordered", *given, *map(str, range(60)))
    assert [int(value) for value in values(done.stdout)] == list(range(60))
    flaky = mapped(tools, "flaky", [1, 2], item_retries=2, env={"FLAKY": str(short_dir / "f")})
    items = outcomes(client, flaky)
    assert (codes(items), [item.attempt for item in items]) == (["ok", "ok"], [3, 3])


def test_the_function_runs_in_the_python_of_another_venv(client: Client, short_dir: Path) -> None:
    venv = short_dir / "other" / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    (site,) = venv.glob("lib/python*/site-packages")
    (site / "loudly").mkdir()
    (site / "loudly" / "__init__.py").write_text(SECOND_VENV_PACKAGE)
    (venv.parent / "mine.py").write_text("import loudly\ndef f(x): return loudly.shout(x)\n")
    (short_dir / "words").write_text("one\ntwo\n")
    elsewhere = short_dir / "elsewhere"
    elsewhere.mkdir()
    python = str(venv / "bin" / "python")
    by_file = revo("map", "../other/mine.py:f", "--from", "../words", "--ordered", cwd=elsewhere)
    by_name = revo("map", "loudly:shout", "a", "b", "--python", python, "--ordered", cwd=elsewhere)
    by_tree = revo("map", "loudly:shout", "c", cwd=venv.parent)
    for done in (by_file, by_name, by_tree):
        assert done.returncode == 0, done.stdout + done.stderr
    assert values(by_file.stdout) == ["ONE!", "TWO!"]
    assert values(by_name.stdout) == ["A!", "B!"]
    assert values(by_tree.stdout) == ["C!"]


def values(text: str) -> list[Any]:
    return [json.loads(line)["value"] for line in text.splitlines()]


def test_stdin_commands_and_strange_arguments(client: Client, short_dir: Path) -> None:
    strange = ["a b", "it's", '"q"', "$HOME", "ä€", "-n", "*", "a;b"]
    command = f"{sys.executable} -c 'import sys; print(sys.argv[1])' {{}}"
    text = "\n".join(strange) + "\n\n"
    done = revo("map", "--cmd", command, "--from", "-", "--ordered", stdin=text)
    assert done.returncode == 0, done.stderr
    assert [value["stdout"].rstrip("\n") for value in values(done.stdout)] == strange
    failed = revo("map", "--cmd", "false {}", "1")
    assert failed.returncode == 1
    assert json.loads(failed.stdout)["error"]["code"] == "command_failed"
    missing = revo("map", "--cmd", "no-such-program {}", "1")
    assert "no-such-program" in json.loads(missing.stdout)["error"]["msg"]
    assert client.health().status == "ok"


def test_inputs_and_results_over_the_inline_limit(client: Client, tools: Path) -> None:
    inputs = [str(n) * 10 for n in range(2_000)]
    task = client.submit(
        TaskSpec("parallel.map", {"function": "builtins:len", "inputs": [*inputs, "x" * 900_000]})
    )
    assert task.id
    assert client.task(task.id).spec.params_blob is not None
    assert client.wait(task.id, 20).state is TaskState.SUCCEEDED
    assert client.result(task.id)["total"] == 2_001
    big = outcomes(client, mapped(tools, "big", [1, 2]))
    assert all(item.blob is not None and item.size_bytes > 400_000 for item in big)


# resume


def effects(log: Path) -> Counter[str]:
    return Counter(log.read_text().split()) if log.exists() else Counter()


def test_a_killed_client_leaves_the_map_running_and_resume_prints_each_item_once(
    client: Client, tools: Path, short_dir: Path
) -> None:
    log, count = short_dir / "log", 60
    inputs = [str(n) for n in range(count)]
    given = ("--env", f"EFFECTS={log}", "--env", "PAUSE=0.08")
    with begin("map", f"{tools}:effect", *given, *inputs) as process:
        assert process.stdout is not None
        for _ in range(10):
            process.stdout.readline()
        process.kill()
        process.communicate()
    (info,) = client.tasks()
    assert info.state is TaskState.RUNNING
    assert client.wait(info.id, 20).state is TaskState.SUCCEEDED
    done = revo("map", "--resume", info.id[:20])
    assert done.returncode == 0, done.stderr
    assert sorted(values(done.stdout), key=int) == inputs
    assert effects(log) == Counter(dict.fromkeys(inputs, 1))


def test_a_killed_daemon_runs_again_only_what_had_no_result(
    start_daemon: StartDaemon, tools: Path, short_dir: Path, wait_for: WaitFor
) -> None:
    daemon, log, count = start_daemon(), short_dir / "log", 60
    env = {"EFFECTS": str(log), "PAUSE": "0.05"}
    with Client(daemon.paths) as client:
        task = client.submit(mapped(tools, "effect", range(count), env=env))
        wait_for(lambda: client.task(task.id).task.items >= count // 2)
        daemon.kill()
        ran = effects(log)
        daemon.start()
        committed = {str(item.index) for item in client.items(task.id).items}
        assert committed <= ran.keys()
        assert len(committed) >= count // 2
        info = client.wait(task.id, 20)
        assert (info.state, info.lost) == (TaskState.SUCCEEDED, 1)
        indexes = [item.index for item in client.items(task.id).items]
        assert sorted(indexes) == list(range(count))
        again = {name for name, times in effects(log).items() if times > 1}
        assert not again & committed
        assert client.result(task.id) == {"total": count, "succeeded": count, "failed": 0}
    done = revo("map", "--resume", task.id, "--ordered")
    assert values(done.stdout) == list(range(count))


@pytest.mark.parametrize("rule", [OnLost.HOLD, OnLost.FAIL])
def test_on_lost_decides_what_a_killed_daemon_leaves(
    start_daemon: StartDaemon, tools: Path, short_dir: Path, wait_for: WaitFor, rule: OnLost
) -> None:
    daemon, log = start_daemon(), short_dir / "log"
    env = {"EFFECTS": str(log), "PAUSE": "0.2"}
    with Client(daemon.paths) as client:
        task = client.submit(mapped(tools, "effect", range(16), env=env, on_lost=rule))
        wait_for(lambda: client.task(task.id).task.items >= 4)
        daemon.kill()
        ran = effects(log)
        daemon.start()
        wait_for(lambda: client.task(task.id).task.state is not TaskState.RUNNING)
        info = client.task(task.id).task
        assert effects(log) == ran  # nothing runs a second time by itself
        if rule is OnLost.FAIL:
            assert info.state is TaskState.FAILED
            return
        assert info.state is TaskState.HELD
        assert "retry" in " ".join(line.note for line in client.task(task.id).story)
        client.retry(task.id)
        assert client.wait(task.id, 9).state is TaskState.SUCCEEDED
        assert sorted(i.index for i in client.items(task.id).items) == list(range(16))


# leftovers


def sleepers(marker: str) -> list[str]:
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if marker in line and "revo_edge" not in line:
            found.append(line)
    return found


@pytest.mark.parametrize("how", ["cancel", "kill", "stop"])
def test_a_command_never_outlives_what_it_belongs_to(
    start_daemon: StartDaemon, wait_for: WaitFor, how: str
) -> None:
    daemon = start_daemon()
    marker = f"600.{time.monotonic_ns() % 10**9:09}"
    spec = TaskSpec(
        "parallel.map", {"command": "sh -c 'sleep $0 & sleep $0' {}", "inputs": [marker]}
    )
    with Client(daemon.paths) as client:
        task = client.submit(spec)
        wait_for(lambda: len(sleepers(f"sleep {marker}")) >= 2)
        if how == "cancel":
            client.cancel(task.id, grace_s=0.1)
            assert client.wait(task.id, 8).state is TaskState.CANCELLED
        elif how == "kill":
            daemon.kill()
        else:
            assert daemon.stop() == 0
    assert not what_remains(lambda: sleepers(f"sleep {marker}"), 3.0)


def test_an_empty_map_and_one_of_a_single_item(client: Client, tools: Path) -> None:
    assert outcomes(client, mapped(tools, "double", [])) == []
    assert [bytes(item.value) for item in outcomes(client, mapped(tools, "double", [21]))] == [b"*"]


def test_a_running_map_says_how_far_it_is(
    client: Client, tools: Path, short_dir: Path, wait_for: WaitFor
) -> None:
    env = {"EFFECTS": str(short_dir / "log"), "PAUSE": "0.1"}
    task = client.submit(mapped(tools, "effect", range(40), env=env))

    def shown() -> TaskInfo | None:
        info = client.task(task.id).task
        return info if info.progress and 0 < info.progress.done < 40 else None

    info = wait_for(shown)
    assert info is not None
    assert info.progress is not None
    assert info.progress.total == 40
    client.cancel(task.id, grace_s=0.5)
    assert client.wait(task.id, 8).state is TaskState.CANCELLED
