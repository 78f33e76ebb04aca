"""The `revo` command against a real daemon."""

import json
import os
import pty
import signal
import time
from pathlib import Path

import pytest

from revo_edge.contract.ids import new_ulid
from tests.harness import DaemonProcess, WaitFor
from tests.ipc import schemas
from tests.ipc.cli import REVO, begin, document, lines, revo

TOOLS = """
import time

def square(text):
    return int(text) ** 2

def odd_only(text):
    print("seen", text, flush=True)
    if int(text) % 2 == 0:
        raise ValueError(f"{text} is even")
    return text

def slow(text):
    time.sleep(0.1)
    return text
"""

pytestmark = pytest.mark.usefixtures("daemon")


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    (tmp_path / "tools.py").write_text(TOOLS)
    return tmp_path


def numbers(folder: Path, count: int) -> str:
    file = folder / "numbers.txt"
    file.write_text("".join(f"{n}\n" for n in range(count)))
    return str(file)


def test_every_look_fits_its_schema(daemon: DaemonProcess) -> None:
    assert document(schemas.STATUS, "status")["pid"] == daemon.pid
    assert document(schemas.HEALTH, "health")["pid"] == daemon.pid
    assert all(worker["pid"] for worker in document(schemas.WORKERS, "worker", "ls"))
    assert document(schemas.DOCTOR, "doctor")["ok"]
    assert document(schemas.UP, "up")["started"] is False
    document(schemas.VERSION, "version", "--check")
    document(schemas.ENGINES, "engine", "ls")
    document(schemas.QUEUES, "queue", "ls")
    document(schemas.SETTINGS, "config", "get")
    document(schemas.PATHS, "config", "path")
    document(schemas.COMPLETION, "completion", "bash")
    document(schemas.OBJECT, "api", "hello")
    assert lines(revo("daemon", "logs", "--json").stdout, schemas.LOG_LINE)


def test_the_daemons_numbers_fit_their_schema(wait_for: WaitFor) -> None:
    wait_for(lambda: revo("metrics", "self").returncode == 0)
    found = document(schemas.METRICS, "metrics")
    assert found["self.rss_bytes"] > 0
    assert "parallel.status" in found
    assert document(schemas.ERROR, "metrics", "slef", code=3)["error"]["msg"].count("self")


def test_changes_of_queues_and_workers_fit_their_schema() -> None:
    assert document(schemas.QUEUES, "queue", "pause", "slow")[0]["paused"]
    found = document(schemas.QUEUES, "queue", "resume", "slow", "--concurrency", "2")
    assert found[0]["concurrency"] == 2
    assert document(schemas.SCALED, "worker", "scale", "2", "3")["max"] == 3
    document(schemas.WORKERS, "worker", "restart", "--kill", "--yes")


def test_a_map_prints_a_line_for_each_input(tools: Path) -> None:
    done = revo("map", "tools.py:square", "--from", numbers(tools, 30), "--ordered", cwd=tools)
    assert done.returncode == 0, done.stderr
    found = lines(done.stdout, schemas.ITEM)
    assert [line["index"] for line in found] == list(range(30))
    assert [line["input"] for line in found] == [str(n) for n in range(30)]
    assert [line["value"] for line in found] == [n * n for n in range(30)]
    assert "30 ok, 0 failed" in done.stderr


def test_a_map_with_failed_items_ends_with_1_and_can_be_read_again(tools: Path) -> None:
    done = revo("map", "tools.py:odd_only", "1", "2", "3", cwd=tools)
    assert done.returncode == 1
    found = {line["index"]: line for line in lines(done.stdout, schemas.ITEM)}
    assert [found[n]["ok"] for n in range(3)] == [True, False, True]
    assert found[1]["error"]["msg"].endswith("2 is even")
    (task,) = document(schemas.TASKS, "task", "ls")
    again = revo("map", "--resume", task["id"][:8], cwd=tools)
    assert again.returncode == 1
    assert sorted(again.stdout.splitlines()) == sorted(done.stdout.splitlines())
    logs = lines(revo("task", "logs", task["id"], "--json").stdout, schemas.TASK_LOG)
    assert "seen 2" in "".join(line["text"] for line in logs)


def test_a_command_takes_its_inputs_from_stdin(tmp_path: Path) -> None:
    done = revo("map", "--cmd", "echo <{}>", "--from", "-", cwd=tmp_path, stdin="a b\nc\n")
    found = lines(done.stdout, schemas.ITEM)
    assert sorted(line["value"]["stdout"] for line in found) == ["<a b>\n", "<c>\n"]


def test_ids_only(tools: Path) -> None:
    done = revo("map", "tools.py:square", "2", "-q", cwd=tools)
    assert (done.returncode, done.stderr) == (0, "")
    (task_id,) = done.stdout.split()
    assert revo("task", "ls", "-q").stdout.split() == [task_id]


def test_the_life_of_a_task(tools: Path) -> None:
    args = ("map", "tools.py:slow", "--from", numbers(tools, 500), "--detach")
    task_id = document(schemas.ID, *args, cwd=tools)["id"]
    prefix = task_id[:6]
    assert document(schemas.SHOWN, "task", "show", prefix)["state"] in ("queued", "running")
    assert revo("task", "wait", prefix, "--timeout", "0.1").returncode == 8
    assert document(schemas.ERROR, "task", "result", prefix, code=6)
    (cancelled,) = document(schemas.TASKS, "task", "cancel", prefix, "--grace", "0.5")
    assert cancelled["id"] == task_id
    waited = revo("task", "wait", prefix, "--json")
    assert waited.returncode == 1
    assert lines(waited.stdout, schemas.TASK)[0]["state"] == "cancelled"
    followed = revo("task", "follow", prefix, "--json")
    assert lines(followed.stdout, schemas.TASK)[-1]["state"] == "cancelled"
    refused = revo("task", "rm", prefix)
    assert (refused.returncode, "--yes" in refused.stderr) == (2, True)
    assert document(schemas.REMOVED, "task", "rm", prefix, "--yes")["removed"] == [task_id]
    document(schemas.ERROR, "task", "show", task_id, code=3)


def test_a_killed_map_goes_on_and_resume_prints_every_item_once(
    tools: Path, wait_for: WaitFor
) -> None:
    with begin("map", "tools.py:slow", "--from", numbers(tools, 100), cwd=tools) as client:
        assert client.stdout is not None
        assert client.stdout.readline()
        client.kill()
    (task,) = document(schemas.TASKS, "task", "ls")
    assert task["state"] == "running"
    wait_for(lambda: document(schemas.SHOWN, "task", "show", task["id"])["items"] > 20)
    done = revo("map", "--resume", task["id"], "--ordered", cwd=tools)
    assert done.returncode == 0, done.stderr
    found = lines(done.stdout, schemas.ITEM)
    assert [line["index"] for line in found] == list(range(100))
    assert [line["value"] for line in found] == [line["input"] for line in found]


def test_ctrl_c_without_a_terminal_cancels_and_resume_does_the_rest(tools: Path) -> None:
    with begin("map", "tools.py:slow", "--from", numbers(tools, 60), cwd=tools) as client:
        assert client.stdout is not None
        first = client.stdout.readline()
        client.send_signal(signal.SIGINT)
        out, err = client.communicate(timeout=15)
    assert client.returncode == 130
    assert "--resume" in err
    before = lines(first + out, schemas.ITEM)
    (task,) = document(schemas.TASKS, "task", "ls")
    assert task["state"] == "cancelled"
    assert 0 < len(before) < 60
    done = revo("map", "--resume", task["id"], cwd=tools)
    assert done.returncode == 0, done.stderr
    found = lines(done.stdout, schemas.ITEM)
    assert sorted(line["index"] for line in found) == list(range(60))


def test_ctrl_c_on_a_terminal_asks_and_can_detach(tools: Path, wait_for: WaitFor) -> None:
    args = [*REVO, "map", "tools.py:slow", "--from", numbers(tools, 100)]
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tools)
        os.execv(args[0], args)  # noqa: S606 - our own program, on the terminal of this test
    seen = b""

    def shows(text: bytes) -> bool:
        nonlocal seen
        seen += os.read(terminal, 65_536)
        return text in seen

    wait_for(lambda: shows(b'"index"'))
    os.write(terminal, b"\x03")
    wait_for(lambda: shows(b"d = detach"))
    os.write(terminal, b"d\r")
    wait_for(lambda: shows(b"The task runs on."))
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 130
    (task,) = document(schemas.TASKS, "task", "ls")
    assert task["state"] == "running"
    assert revo("task", "cancel", task["id"], "-q").stdout.split() == [task["id"]]


def test_a_survey_is_one_document_with_relative_paths(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "deep").mkdir(parents=True)
    (tree / "deep" / "a.py").write_text("def f(x):\n    return 1 if x else 2\n")
    (tree / "b.txt").write_text("one\ntwo\n")
    found = document(schemas.REPORT, "survey", str(tree))
    assert sorted(entry["path"] for entry in found["files"]) == ["b.txt", "deep/a.py"]
    out = tmp_path / "report"
    done = revo("survey", "tree", "-o", "report", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("2 files, 4 lines, 1 functions in ")
    assert str(out / "report.html") in done.stdout
    assert (out / "report.html").exists()


def test_surveys_that_cannot_be(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    empty = tmp_path / "empty"
    empty.mkdir()
    document(schemas.ERROR, "survey", str(tmp_path / "gone"), code=3)
    document(schemas.ERROR, "survey", str(file), code=2)
    refused = revo("survey", str(tmp_path), "-o", str(tmp_path / "inside"))
    assert refused.returncode == 1
    assert "inside the surveyed tree" in refused.stderr
    done = revo("survey", str(empty))
    assert done.returncode == 0
    assert "There are no files to measure" in done.stderr


def test_events_are_json_lines_and_since_repeats_them(tools: Path) -> None:
    task_id = document(schemas.ID, "map", "tools.py:square", "1", "-d", cwd=tools)["id"]
    assert revo("task", "wait", task_id).returncode == 0
    done = revo("events", "-t", f"task.{task_id}.", "--since", "5m", "-n", "2", "--json")
    found = lines(done.stdout, schemas.EVENT)
    assert [line["d"]["state"] for line in found] == ["queued", "running"]


def test_live_events_come_as_they_happen(tools: Path) -> None:
    with begin("events", "-t", "task.", "-n", "1", "--json") as client:
        key = new_ulid()
        spec = {"kind": "parallel.map", "params": {"command": "true", "inputs": ["x"]}}
        while client.poll() is None:
            revo("api", "task.submit", json.dumps({"spec": spec}), "--key", key, cwd=tools)
            key = new_ulid()
        out, err = client.communicate()
    assert client.returncode == 0, err
    assert len(lines(out, schemas.EVENT)) == 1


def test_nothing_is_coloured_in_a_pipe(tools: Path) -> None:
    revo("map", "tools.py:square", "1", cwd=tools)
    for args in ([], ["status"], ["task", "ls"], ["worker", "ls"], ["doctor"], ["metrics"]):
        done = revo(*args)
        assert "\x1b" not in done.stdout + done.stderr


def test_the_daemons_errors_reach_the_terminal_with_their_code() -> None:
    unknown = revo("api", "task.lisst")
    assert (unknown.returncode, "task.list" in unknown.stderr) == (2, True)
    assert document(schemas.ERROR, "api", "task.list", '{"limt": 1}', code=2)
    missing = document(schemas.ERROR, "api", "recall.search", code=2)
    assert "query" in missing["error"]["msg"]


@pytest.mark.parametrize(("args", "budget_s"), [(["--version"], 0.150), (["status"], 0.300)])
def test_it_is_quick(args: list[str], budget_s: float) -> None:
    def took_s() -> float:
        began = time.monotonic()
        assert revo(*args).returncode == 0
        return time.monotonic() - began

    assert min(took_s() for _ in range(16)) < budget_s
