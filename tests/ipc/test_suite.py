"""`revo test` beside pytest itself, on suites that do what suites do to their runner."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import psutil
import pytest

import revo_edge
from revo_edge.contract.tasks import Progress, TaskState
from revo_edge.paths import Paths
from tests.harness import DaemonProcess, WaitFor
from tests.ipc.cli import begin, revo

GOOD = """
import pytest
def test_ok(): pass
def test_bad(): assert 1 == 2
@pytest.mark.parametrize("x", ["a::b", "c/d", "[", 3])
def test_p(x): pass
@pytest.mark.skip(reason="no")
def test_skip(): pass
@pytest.mark.xfail
def test_xf(): assert 0
class TestC:
    @pytest.fixture
    def broken(self): raise KeyError("x")
    def test_error(self, broken): pass
"""
ROGUE = r"""
import os, pathlib, subprocess, sys, time
import pytest
HERE = pathlib.Path(__file__).parent
def test_before(): pass
def test_segv(): os.kill(os.getpid(), 11)
def test_hang(): time.sleep(600)
def test_exit_0(): os._exit(0)
def test_pytest_exit(): pytest.exit("enough")
def test_input(): input()
def test_debugger(): import pdb; pdb.set_trace()
def test_binary(): os.write(1, bytes(range(256)) * 4000)
def test_not_utf8():
    print("\udcff\x00\x1b[31m \ud800")
    sys.stdout.buffer.write(b"\xff\xfe")
    assert 0, "caf\udce9"
def test_no_terminal(): assert not sys.stdin.isatty()
def test_chdir(): os.chdir("/")
def test_after_chdir(): pass
def test_child():
    child = subprocess.Popen(["sleep", "987"], start_new_session=True)
    (HERE / "pid").write_text(str(child.pid))
def test_shard(): assert os.environ["REVO_TEST_SHARD"].isdigit()
def test_last(): pass
"""
ENDS = {
    "test_segv": "test_rogue.py:6: The process died with signal 11",
    "test_hang": "test_rogue.py:7: The test timed out after 3 s and was killed.",
    "test_exit_0": "The process ended with 0 while this test ran.",
    "test_pytest_exit": "The test ended the whole run: Exit: enough",
    "test_input": "test_rogue.py:10: OSError",
    "test_debugger": "",
    "test_not_utf8": r"test_rogue.py:16: AssertionError: caf\udce9",
}
QUICK = ("--python", sys.executable, "--env", "PYTEST_DISABLE_PLUGIN_AUTOLOAD=1")
"""Without the plug-ins that happen to be installed, pytest starts in half the time."""


def cases(file: Path) -> dict[tuple[str, str], list[str]]:
    found = ET.parse(file).iter("testcase")  # noqa: S314 - written by this test's own runs
    return {
        (case.get("classname", ""), case.get("name", "")): [child.tag for child in case]
        for case in found
    }


def _progress(client: revo_edge.Client, task_id: str) -> tuple[int, int, int]:
    found = client.task(task_id).task.progress or Progress()
    assert not found.failed or found.note.startswith("FAILED test_x.py::test_bad 0.")
    return found.done, found.total, found.failed


@pytest.mark.usefixtures("daemon")
def test_what_brings_a_runner_down_fails_one_test_and_all_else_ends_as_with_pytest(
    tmp_path: Path,
) -> None:
    (tmp_path / "test_good.py").write_text(GOOD)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    subprocess.run([*command, "--junitxml=serial"], cwd=tmp_path, check=False, capture_output=True)
    (tmp_path / "test_rogue.py").write_text(ROGUE)
    addopts = "-p xdist -n 2 --dist loadfile --lf --junitxml=own.xml --basetemp=temp"
    (tmp_path / "pytest.ini").write_text(f"[pytest]\naddopts = {addopts}\n")
    done = revo("test", ".", *QUICK, "--timeout", "3", "--junit", "ours", "-v", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    for name, why in ENDS.items():
        assert f"FAILED test_rogue.py::{name}" in done.stdout
        assert f"FAILED test_rogue.py::{name} - {why}" in done.stdout or not why
    assert "PASSED test_rogue.py::test_last" in done.stdout
    assert not psutil.pid_exists(int((tmp_path / "pid").read_text()))
    ours = cases(tmp_path / "ours")
    assert ours == cases(tmp_path / "own.xml")
    passed = {name for place, name in ours if place == "test_rogue"} - set(ENDS)
    rogue = {("test_rogue", name): ["failure"] for name in ENDS}
    rogue |= {("test_rogue", name): [] for name in passed}
    assert len(rogue) == ROGUE.count("def test_")
    assert ours == cases(tmp_path / "serial") | rogue


@pytest.mark.usefixtures("daemon")
def test_enough_failures_stop_all_shards(tmp_path: Path) -> None:
    text = "import pytest, time\n@pytest.mark.parametrize('n', range(200))\n"
    text += "def test_it(n):\n    time.sleep(0.1)\n    assert 0\n"
    (tmp_path / "test_x.py").write_text(text)
    (tmp_path / "tox.ini").write_text("[pytest]\naddopts = -x --pdb\n")
    done = revo("test", ".", *QUICK, "--json", cwd=tmp_path)
    found = json.loads(done.stdout)
    assert (done.returncode, found["stopped"], found["exit_code"]) == (1, True, 1)
    assert 1 <= found["tests"] < 100


@pytest.mark.usefixtures("daemon")
def test_a_file_that_cannot_be_collected_is_an_error_beside_the_others(tmp_path: Path) -> None:
    (tmp_path / "test_bad.py").write_text("import not_there\n")
    (tmp_path / "test_skip.py").write_text("import pytest\npytest.importorskip('not_there')\n")
    (tmp_path / "test_odd.py").write_text(
        "import os\nn = 0\ndef test_odd():\n    global n\n    n += 1\n    assert n % 2\n"
    )
    done = revo("test", ".", *QUICK, "--repeat", "3", "--slowest", "1", cwd=tmp_path)
    assert done.returncode == 1
    assert "ERROR test_bad.py" in done.stdout
    assert "not_there" in done.stdout
    assert "1 error, 1 failed, 1 skipped in" in done.stdout or (
        "1 error, 1 passed, 1 skipped in" in done.stdout  # each shard ran it once
    )
    assert not list((tmp_path).glob("*.xml"))


CANNOT: tuple[tuple[str, str, tuple[str, ...], int, str], ...] = (
    ("test_x.py", "", (), 5, "There are no tests here that fit"),
    ("test_x.py", "def test_x(): pass", ("-k", "nothing"), 5, "There are no tests here"),
    ("test_x.py", "", ("gone.py",), 4, "does not exist"),
    ("test_x.py", "", ("--repeat", "0"), 4, "--repeat"),
    ("test_x.py", "", (".", "--", "--no-such"), 4, "--no-such"),
    ("conftest.py", "import not_there", (), 4, "No module named 'not_there'"),
    ("pytest.py", "__version__ = '5.4.3'", (), 4, "has pytest 5.4.3; 6.2 or later"),
    ("pytest.py", "raise ImportError(\"No module named 'pytest'\")", (), 4, "pip install pytest"),
)


@pytest.mark.usefixtures("daemon")
def test_what_cannot_run_is_said_with_the_code_of_pytest(tmp_path: Path) -> None:
    for number, (name, text, args, code, said) in enumerate(CANNOT):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / name).write_text(text)
        done = revo("test", *QUICK, *args, cwd=folder)
        assert (done.returncode, said in done.stderr) == (code, True), done.stderr


def test_a_failure_is_seen_while_others_run_and_ctrl_c_keeps_what_is_known(
    client: revo_edge.Client, home: Paths, tmp_path: Path, wait_for: WaitFor
) -> None:
    text = "import os, time\ndef test_bad(): assert os.path.exists('go')\n"
    text += "def test_long():\n    while not os.path.exists('go'): time.sleep(0.01)\n"
    (tmp_path / "test_x.py").write_text(text)
    command = begin("test", ".", *QUICK, cwd=tmp_path)
    assert command.stdout is not None
    assert command.stdout.readline().startswith(
        "FAILED test_x.py::test_bad - test_x.py:2: AssertionError: assert False"
    )
    (task,) = client.tasks()
    log = home.task_log(task.id)
    wait_for(lambda: log.exists() and "FAILED test_x.py::test_bad" in log.read_text())
    wait_for(lambda: _progress(client, task.id) == (1, 2, 1))
    command.send_signal(signal.SIGINT)
    out, err = command.communicate(timeout=20)
    assert command.returncode == 2
    assert out.endswith("1 failed\n")
    assert "Interrupted" in err
    junit = home.reports / f"test-{task.id}" / "junit.xml"
    assert cases(junit) == {("test_x", "test_bad"): ["failure"]}
    (tmp_path / "go").touch()
    client.retry(task.id)
    wait_for(lambda: client.task(task.id).task.state is TaskState.SUCCEEDED)
    assert client.result(task.id)["totals"] == {"passed": 2}  # nothing of the first run is left


def test_what_a_lost_worker_had_claimed_runs_all_the_same(
    client: revo_edge.Client, tmp_path: Path, wait_for: WaitFor
) -> None:
    text = "import os, time\ndef test_first():\n    open('pid', 'a').write(f'{os.getppid()} ')\n"
    text += "    while not os.path.exists('go'): time.sleep(0.01)\n"
    text += "".join(f"def test_{number}(): pass\n" for number in range(20))
    (tmp_path / "test_x.py").write_text(text)
    command = begin("test", ".", *QUICK, cwd=tmp_path)
    pids = tmp_path / "pid"
    wait_for(lambda: pids.exists() and pids.read_text().endswith(" "))
    (tmp_path / "go").touch()
    psutil.Process(int(pids.read_text().split()[0])).kill()
    out, err = command.communicate(timeout=25)
    assert command.returncode == 0, err
    assert "21 passed in" in out


def test_a_run_goes_on_after_the_daemon_was_killed(
    daemon: DaemonProcess, client: revo_edge.Client, tmp_path: Path, wait_for: WaitFor
) -> None:
    text = (
        "import os, time\ndef test_first():\n    while not os.path.exists('go'): time.sleep(0.01)\n"
    )
    text += "def test_log(): open('log', 'a').write('x')\n" + "def test_last(): assert 0\n"
    (tmp_path / "test_x.py").write_text(text)
    env = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    params = {"path": str(tmp_path)}
    spec = revo_edge.TaskSpec(
        "parallel.test", params, cwd=str(tmp_path), python=sys.executable, env=env
    )
    task_id = client.submit(spec).id
    outcomes = daemon.paths.reports / f"test-{task_id}" / "outcomes.jsonl"
    wait_for(lambda: outcomes.exists() and "test_log" in outcomes.read_text())
    daemon.kill()
    daemon.start()
    (tmp_path / "go").touch()
    assert [info.state for info in client.follow(task_id)][-1] is TaskState.SUCCEEDED
    assert client.result(task_id)["totals"] == {"failed": 1, "passed": 2}
    assert (tmp_path / "log").read_text() == "x"
    assert outcomes.read_text().count("test_log") == 1
