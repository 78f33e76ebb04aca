"""What is copied runs as it is, against a real daemon."""

import ast
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from revo_edge.client.client import Client
from revo_edge.contract.task_requests import TaskReply
from revo_edge.contract.tasks import TaskSpec, TaskState
from revo_edge.core.chores import QUEUE
from revo_gui.snippets import cli_command, too_large, zeromq_script

BIN = Path(sys.executable).parent


def run(command: list[str], typed: str = "") -> str:
    env = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    ended = subprocess.run(
        command, input=typed, capture_output=True, text=True, env=env, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def only_task(client: Client) -> TaskReply:
    (info,) = [each for each in client.tasks() if each.queue != QUEUE]  # not what memory does
    client.wait(info.id, 10)
    return client.task(info.id)


def specs(tmp_path: Path) -> dict[str, TaskSpec]:
    (tmp_path / "one.py").write_text("def f(x):\n    return x\n")
    (tmp_path / "-odd $name's").write_text("x")
    wc = {"command": "wc -c {}", "inputs": ["one.py", "-odd $name's"]}
    wc["command"] = "cat -- {}"
    return {
        "survey": TaskSpec("parallel.analyze", {"path": str(tmp_path)}, cwd=str(tmp_path)),
        "map": TaskSpec("parallel.map", {**wc, "item_retries": 1}, cwd=str(tmp_path), queue="q"),
        "function": TaskSpec(
            "parallel.map",
            {"function": "one.py:f", "inputs": ["a"], "item_timeout_s": 5.5},
            cwd=str(tmp_path),
            priority=-3,
        ),
        "api": TaskSpec(
            "probe.echo", {"value": ["it's $HOME \u202e", None, 2.5]}, title="T 'x'", cwd="/"
        ),
    }


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("survey", "revo survey -- "),
        ("map", "revo map '--cmd=cat -- {}' --retries 1 --queue q -- "),
        ("function", "revo map --timeout 5.5 --priority -3 -- one.py:f a"),
        ("api", "revo api task.submit "),
    ],
)
def test_the_command_submits_the_task_and_it_succeeds(
    name: str, begins: str, client: Client, tmp_path: Path
) -> None:
    spec = specs(tmp_path)[name]
    command = cli_command(spec)
    assert begins in command
    assert command.isprintable()
    run(["bash", "-c", command])
    reply = only_task(client)
    assert reply.task.state is TaskState.SUCCEEDED, reply.task.error
    assert reply.spec.kind == spec.kind
    asked = {name: value for name, value in reply.spec.params.items() if name in spec.params}
    if name == "function":  # `revo map` makes the file absolute
        asked["function"] = Path(asked["function"]).name
    assert asked == spec.params
    assert (reply.spec.queue, reply.spec.priority) == (spec.queue, spec.priority)


@pytest.mark.parametrize("name", ["survey", "map", "api"])
def test_the_script_submits_the_very_task_and_prints_its_result(
    name: str, client: Client, tmp_path: Path
) -> None:
    spec = specs(tmp_path)[name]
    with_paths = zeromq_script(spec, Path(os.environ["REVO_HOME"]) / "endpoint.json")
    assert len(with_paths.splitlines()) == 10
    printed = run([sys.executable, "-I", "-c", with_paths]).splitlines()
    reply = only_task(client)
    assert reply.task.state is TaskState.SUCCEEDED, reply.task.error
    assert reply.spec == spec
    assert len(printed) == 3
    assert "succeeded" in printed[1]


def test_the_script_needs_no_package_but_zmq_and_msgpack(tmp_path: Path) -> None:
    tree = ast.parse(zeromq_script(TaskSpec("a.b"), tmp_path / "endpoint.json"))
    found = {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    assert found - set(sys.stdlib_module_names) == {"zmq", "msgpack"}


def test_the_home_is_named_where_it_must_be(tmp_path: Path) -> None:
    command = cli_command(TaskSpec("a.b"), tmp_path / "my home")
    assert command.startswith(f"REVO_HOME='{tmp_path}/my home' revo api task.submit ")


@pytest.mark.parametrize(
    "change",
    [
        {"title": "mine"},
        {"retries": 2},
        {"params": {"path": "/x", "deep": True}},
        {"params": {}},
        {"params": {"path": "/x\x1b[2J"}},
        {"params": {"path": ["/x"]}},
    ],
)
def test_what_a_survey_cannot_say_is_said_through_the_api(change: dict[str, Any]) -> None:
    spec = msgspec.structs.replace(TaskSpec("parallel.analyze", {"path": "/x"}), **change)
    command = cli_command(spec)
    assert command.startswith("revo api task.submit ")
    assert "\x1b" not in command


@pytest.mark.parametrize(
    "params",
    [
        {"function": "m:f", "inputs": [1]},
        {"function": "m:f", "command": "x", "inputs": ["a"]},
        {"function": "m:f"},
        {"command": "x", "inputs": ["a" * 200_000]},
        {"command": 5, "inputs": ["a"]},
        {"command": "x", "inputs": "abc"},
    ],
)
def test_what_a_map_cannot_say_is_said_through_the_api(params: dict[str, Any]) -> None:
    assert "revo api task.submit " in cli_command(TaskSpec("parallel.map", params))


def test_a_long_request_goes_through_stdin(client: Client) -> None:
    spec = TaskSpec("probe.echo", {"value": "it's\n" * 30_000})
    assert not too_large(spec)
    run(["bash"], cli_command(spec))
    assert only_task(client).spec.params == spec.params


def test_what_does_not_fit_a_request_is_known() -> None:
    assert too_large(TaskSpec("a.b", {"x": "y" * 262_144}))
