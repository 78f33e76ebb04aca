"""One window for each home."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from revo_edge.paths import Paths
from revo_gui.single import SingleInstance, window_socket
from tests.harness import WaitFor

ASK = """
import sys
from pathlib import Path
from revo_gui.single import SingleInstance
second = SingleInstance(Path(sys.argv[1]))
assert not second.claim()
assert second.send("events")
"""
HOLD = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from revo_gui.single import SingleInstance
application = QCoreApplication([])
first = SingleInstance(Path(sys.argv[1]))
assert first.claim()
print("claimed", flush=True)
application.exec()
"""


@pytest.fixture
def place(home: Paths) -> Path:
    return window_socket(home)


def test_the_place_is_private_to_the_user(home: Paths, place: Path) -> None:
    assert place.parent == home.sockets
    assert place.parent.stat().st_mode & 0o777 == 0o700


def test_a_second_one_asks_the_first_for_a_page(place: Path, qtbot: QtBot) -> None:
    first = SingleInstance(place)
    assert first.claim()
    with qtbot.waitSignal(first.asked) as asked:
        second = subprocess.Popen([sys.executable, "-c", ASK, str(place)])
    assert asked.args == ["events"]
    assert second.wait() == 0
    first.close()
    again = SingleInstance(place)
    assert again.claim()
    again.close()
    assert not place.exists()


def test_a_killed_window_leaves_no_claim(place: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(place)], stdout=subprocess.PIPE) as held:
        assert held.stdout is not None
        assert held.stdout.readline() == b"claimed\n"
        late = SingleInstance(place)
        assert not late.claim()
        held.kill()
    assert place.exists()
    assert late.claim()
    late.close()


def test_a_window_that_hangs_is_said_to(place: Path, wait_for: WaitFor) -> None:
    first = SingleInstance(place)
    assert first.claim()  # no loop runs: it never answers
    second = SingleInstance(place)
    assert not second.send("tasks")
    first.close()
    assert not second.send("tasks")


@pytest.mark.parametrize("said", [b"", b"\xff\xfe", b"hide tasks\n", b"x" * 100_000])
def test_what_is_not_understood_does_nothing(place: Path, qtbot: QtBot, said: bytes) -> None:
    asked: list[str] = []
    first = SingleInstance(place)
    assert first.claim()
    first.asked.connect(asked.append)
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(str(place))
        peer.setblocking(False)
        if said:
            peer.send(said)
        peer.shutdown(socket.SHUT_WR)
        with qtbot.waitSignal(first.asked):
            second = subprocess.Popen([sys.executable, "-c", ASK, str(place)])
        second.wait()
    assert asked == ["events"]
    first.close()


def test_the_claim_is_not_inherited(place: Path) -> None:
    first = SingleInstance(place)
    assert first.claim()
    child = subprocess.Popen(["sleep", "60"], env={"PATH": os.environ["PATH"]})
    first.close()
    second = SingleInstance(place)
    assert second.claim()
    second.close()
    child.kill()
    child.wait()
