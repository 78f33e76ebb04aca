"""A real window on a real X server, used by keyboard alone; the server's own picture is the proof."""

import os
import shutil
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage

from revo_gui.checks import missing_libraries, real_probes
from revo_gui.theme import DARK, LIGHT
from tests.harness import DaemonProcess, WaitFor

SIZE = (1000, 700)
OPEN_LIMIT_S = 20.0
PALETTE = (250, 40, 500, 160)
"""x, y, width and height of where the palette must appear: the top centre of the window."""
_missing = [tool for tool in ("Xvfb", "xdotool") if not shutil.which(tool)]
_missing += missing_libraries(("xcb",), real_probes())

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(bool(_missing), reason=f"not installed: {', '.join(_missing)}"),
]


class Screen:
    """An X server whose framebuffer is a file."""

    def __init__(self, folder: Path) -> None:
        read, write = os.pipe()
        size = f"{SIZE[0]}x{SIZE[1]}x24"
        self._server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-fbdir", folder, "-screen", "0", size],
            pass_fds=(write,),
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as said:
            self.display = f":{said.readline().strip()}"
        self._file = folder / "Xvfb_screen0"

    def picture(self) -> QImage:
        """Return what is on the screen: the file is an XWD with 32 bits for each pixel."""
        found = self._file.read_bytes()
        head = struct.unpack(">25I", found[:100])
        start = head[0] + head[19] * 12  # the header, then the colour map
        return QImage(found[start:], *SIZE, head[12], QImage.Format.Format_RGB32).copy()

    def xdotool(self, *words: str) -> str:
        """Do what hands would do; return what it prints."""
        done = subprocess.run(
            ["xdotool", *words],
            env={**os.environ, "DISPLAY": self.display},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.strip()

    def close(self) -> None:
        self._server.terminate()
        self._server.wait()


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    screen = Screen(tmp_path)
    yield screen
    screen.close()


@pytest.fixture
def window(screen: Screen, daemon: DaemonProcess) -> Iterator[subprocess.Popen[bytes]]:
    env = {**os.environ, "DISPLAY": screen.display}
    for variable in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY"):
        env.pop(variable, None)
    size = "x".join(map(str, SIZE))
    command = [sys.executable, "-m", "revo_edge", "gui", "--theme", "dark", "--size", size]
    with subprocess.Popen(command, env=env) as window:
        yield window
        window.kill()


def changed(before: QImage, after: QImage) -> float:
    """Return which part of the palette's place is other than before."""
    box = before.copy(*PALETTE), after.copy(*PALETTE)
    points = [(x, y) for x in range(0, PALETTE[2], 5) for y in range(0, PALETTE[3], 5)]
    return sum(box[0].pixel(*at) != box[1].pixel(*at) for at in points) / len(points)


def covered(picture: QImage, colour: str) -> bool:
    """Tell whether most of the window's edge has the background of a theme."""
    wanted = QColor(colour).rgb()
    hits = [picture.pixel(x, SIZE[1] // 2) == wanted for x in range(SIZE[0])]
    return sum(hits) > 20


def test_ctrl_k_finds_a_command_and_enter_runs_it(
    screen: Screen, window: subprocess.Popen[bytes], wait_for: WaitFor
) -> None:
    name = ("--onlyvisible", "--name", "reVo Edge")
    found = wait_for(lambda: screen.xdotool("search", *name), OPEN_LIMIT_S)
    screen.xdotool("windowfocus", "--sync", found.splitlines()[-1])
    wait_for(lambda: covered(screen.picture(), DARK.bg))
    before = screen.picture()

    screen.xdotool("key", "ctrl+k")
    wait_for(lambda: changed(before, screen.picture()) > 0.3)
    screen.xdotool("key", "Escape")
    wait_for(lambda: changed(before, screen.picture()) < 0.1)

    screen.xdotool("key", "ctrl+k")
    wait_for(lambda: changed(before, screen.picture()) > 0.3)
    screen.xdotool("type", "theme")
    screen.xdotool("key", "Return")
    wait_for(lambda: covered(screen.picture(), LIGHT.bg))

    window.send_signal(signal.SIGTERM)
    assert window.wait(10) == 0
