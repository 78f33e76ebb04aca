import os
import re
import signal
import subprocess

import pytest

from revo_edge.client.client import Client
from revo_edge.contract.tasks import TaskSpec, TaskState
from tests.harness import DaemonProcess, WaitFor
from tests.unit.cli.tty import REVO, Tty

WATCH = (*REVO, "status", "--watch")
COLOUR = re.compile(r"\x1b\[(?:[\d;]*;)?(?:3[0-8]|9[0-7])(?:;[\d;]*)?m")


def submit(client: Client, command: str, title: str) -> str:
    params = {"command": f"{command} {{}}", "inputs": ["60"]}
    return client.submit(TaskSpec(kind="parallel.map", params=params, title=title)).id


@pytest.mark.usefixtures("daemon")
def test_keys_select_show_filter_and_quit(client: Client) -> None:
    for name in ("one", "two", "three"):
        client.wait(submit(client, "true", f"title-{name}"))
    with Tty(WATCH) as tty:
        tty.shows("● live", "Parallel Mind", "title-one", "0 gaps", "rtt ")
        tty.type("/two")
        tty.waits(lambda: "title-one" not in tty.text)
        tty.type("\r\r")  # ends the filter, then opens the one task that is left
        tty.shows("kind       parallel.map", "title      title-two", "story")
        tty.type("\x1b")
        tty.shows("filter two")
        tty.type("\x1b")
        tty.shows("title-one")
        tty.type("?")
        tty.shows("seconds between two drawings")
        tty.type("?3")
        tty.waits(lambda: "title-one" not in tty.text)
        tty.type("q")
        assert tty.ends() == 0
        assert tty.restored


@pytest.mark.usefixtures("daemon")
def test_cancel_asks_first_and_retry_queues_again(client: Client, wait_for: WaitFor) -> None:
    task = submit(client, "sleep", "long one")
    wait_for(lambda: client.task(task).task.state is TaskState.RUNNING)
    with Tty(WATCH) as tty:
        tty.shows("long one", "running")
        tty.type("cn")
        tty.type("c")
        tty.shows("? y / n")
        assert not client.task(task).task.cancelling
        tty.type("y")
        tty.shows("Cancelling")
        assert client.wait(task, 10).state is TaskState.CANCELLED
        tty.shows("cancelled")
        tty.type("r")
        tty.shows("Queued again")
        wait_for(lambda: not client.task(task).task.state.final)
        client.cancel(task, grace_s=0)
        client.wait(task, 10)
        tty.type("q")
        assert tty.ends() == 0


def test_a_lost_daemon_is_said_and_comes_back_by_itself(daemon: DaemonProcess) -> None:
    with Tty(WATCH) as tty:
        tty.shows("● live")
        daemon.kill()
        tty.shows("reconnecting", "Parallel Mind")
        daemon.start()
        tty.shows("● live")
        tty.type("q")
        assert tty.ends() == 0


def test_keys_work_while_the_daemon_hangs(daemon: DaemonProcess) -> None:
    with Tty(WATCH) as tty:
        tty.shows("● live")
        os.kill(daemon.pid, signal.SIGSTOP)
        try:
            tty.shows("● stale")
            tty.shows("reconnecting")
            tty.type("?")
            tty.shows("seconds between two drawings", timeout_s=1.0)
            tty.type("qq")
            assert tty.ends() == 0
        finally:
            os.kill(daemon.pid, signal.SIGCONT)


@pytest.mark.usefixtures("daemon")
@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (200, 60), (40, 24)])
def test_every_size_is_filled_and_none_is_left(columns: int, rows: int) -> None:
    with Tty(WATCH, columns, rows) as tty:
        tty.shows("● live", "q quit")
        tty.resize(columns + 7, rows + 3)
        tty.waits(lambda: len(tty.text.splitlines()) == rows + 3)
        assert max(map(len, tty.text.splitlines())) <= columns + 7
        tty.type("\x03")
        assert tty.ends() == 130
        assert tty.restored


@pytest.mark.usefixtures("daemon")
@pytest.mark.parametrize("wanted", [True, False])
def test_colours_unless_they_are_not_wanted(monkeypatch: pytest.MonkeyPatch, wanted: bool) -> None:  # noqa: FBT001 - a parameter of the test
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if not wanted:
        monkeypatch.setenv("NO_COLOR", "1")
    with Tty(WATCH) as tty:
        tty.shows("● live")
        assert bool(COLOUR.search(tty.raw)) is wanted
        tty.process.send_signal(signal.SIGTERM)
        assert tty.ends() == 143
        assert tty.restored


@pytest.mark.usefixtures("daemon")
def test_a_pipe_gets_plain_lines() -> None:
    with subprocess.Popen(
        WATCH, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    ) as run:
        assert run.stdout is not None
        lines = [run.stdout.readline() for _ in range(30)]
        run.kill()
    assert sum(line.startswith("reVo Edge") for line in lines) >= 2
    assert "\x1b" not in "".join(lines)
