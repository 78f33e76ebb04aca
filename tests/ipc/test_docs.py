"""The scripts of the protocol page run as printed, against a real daemon."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness import REPOSITORY, DaemonProcess

PAGE = (REPOSITORY / "docs" / "protocol.md").read_text()
MSGPACK_SCRIPT, JSON_SCRIPT = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def run(script: str, cwd: Path) -> str:
    """Run the script alone, with REVO_HOME from the environment; return what it printed."""
    result = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, text=True, cwd=cwd, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def imported(script: str) -> set[str]:
    found = (node for node in ast.walk(ast.parse(script)) if isinstance(node, ast.Import))
    return {alias.name for node in found for alias in node.names}


def test_the_scripts_need_no_package_but_zmq_and_msgpack() -> None:
    outside = {name for name in imported(MSGPACK_SCRIPT) if name not in sys.stdlib_module_names}
    assert outside == {"zmq", "msgpack"}
    outside = {name for name in imported(JSON_SCRIPT) if name not in sys.stdlib_module_names}
    assert outside == {"zmq"}


@pytest.mark.usefixtures("daemon")
def test_the_msgpack_script_follows_its_task_and_prints_its_items(tmp_path: Path) -> None:
    printed = run(MSGPACK_SCRIPT, tmp_path).splitlines()
    states = [line.partition(" ")[0] for line in printed[:-2]]
    assert states[0] in ("queued", "running")
    assert states[-1] == "succeeded"
    items = [ast.literal_eval(line) for line in printed[-2:]]
    assert sorted(item["index"] for item in items) == [0, 1]
    assert all("error" not in item for item in items)


@pytest.mark.usefixtures("daemon")
def test_the_json_script_waits_for_its_task_and_prints_its_result(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("def f():\n    return 1\n")
    printed = run(JSON_SCRIPT, tmp_path).splitlines()
    assert printed[-2].startswith("succeeded")
    assert ast.literal_eval(printed[-1])


def test_a_restarted_daemon_is_found_by_the_same_file(
    daemon: DaemonProcess, tmp_path: Path
) -> None:
    daemon.restart()
    assert run(JSON_SCRIPT, tmp_path).splitlines()[-2].startswith("succeeded")
