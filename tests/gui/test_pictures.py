"""Pictures of every page for people to look at: build/pictures/PAGE-THEME-WIDTH.png.

They are kept as artefacts of a CI run; what a program can see of them is checked here too.
"""

import os
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from revo_edge.client.client import Client
from revo_edge.contract.tasks import TaskSpec
from revo_edge.paths import Paths
from revo_gui.theme import Choice, Theme
from tests.gui.conftest import OpenWindow
from tests.gui.looks import faults
from tests.harness import REPOSITORY, DaemonProcess
from tests.ipc.cli import revo

PAGES = ("overview", "tasks", "events", "metrics", "recall")
SIZES = ((380, 760), (768, 1024), (1280, 800), (1600, 960), (683, 384), (3840, 2160))
"""The last but one is a screen of 1366x768 at 200 %."""
NASTY = (
    "<b>bold</b> <img src=x>",
    "\x1b[31mred\x1b[0m \x07 bell",
    "\u202eright to left\u202c \u05e9\u05dc\u05d5\u05dd",
    "n" * 200,
)
LEAST_COLOURS = 24
FOLDER = Path(os.environ.get("REVO_PICTURES", REPOSITORY / "build" / "pictures"))


@pytest.fixture
def filled(daemon: DaemonProcess) -> DaemonProcess:
    """Give a daemon that has done something, some of it with hostile names."""
    daemon.allow_log("probe.raise")
    with Client(daemon.paths) as client:
        specs = [TaskSpec("probe.echo", {"value": 1}, title=title) for title in NASTY]
        specs += [
            TaskSpec("probe.raise", {"value": NASTY[1]}),
            TaskSpec("probe.fan", {"count": 40}),
        ]
        for spec in specs:
            client.wait(client.submit(spec).id, 15)
        client.submit(TaskSpec("probe.sleep", {"seconds": 60}, title="a long sleep"))
    return daemon


@pytest.mark.parametrize("choice", [Choice.DARK, Choice.LIGHT])
def test_every_page_looks_right_at_every_size(
    filled: DaemonProcess, open_window: OpenWindow, theme: Theme, qtbot: QtBot, choice: Choice
) -> None:
    theme.choose(choice)
    window = open_window()
    qtbot.waitUntil(lambda: window.parts.tasks.rowCount() == len(NASTY) + 3)
    FOLDER.mkdir(parents=True, exist_ok=True)
    found = {}
    for page in PAGES:
        window.go(page)
        for width, height in SIZES:
            window.resize(width, height)
            for _ in range(3):  # a layout may ask for another round
                QApplication.processEvents()
            name = f"{page}-{choice.value}-{width}"
            picture = window.grab()
            assert picture.save(str(FOLDER / f"{name}.png"))
            found[name] = faults(window) + empty(picture.toImage())
    assert {name: what for name, what in found.items() if what} == {}


def empty(image: QImage) -> list[str]:
    """Tell when there is next to nothing in the picture."""
    small = image.scaled(160, 100)
    colours = {small.pixel(x, y) for x in range(160) for y in range(100)}
    return [] if len(colours) >= LEAST_COLOURS else [f"only {len(colours)} colours"]


def test_twice_the_pixels_for_a_fine_screen(filled: DaemonProcess, home: Paths) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / "overview-dark-1280-dpr2.png"
    done = revo("gui", "--screenshot", str(file), "--size", "1280x800", "--scale", "2")
    assert done.returncode == 0, done
    picture = QImage(str(file))
    assert (picture.width(), picture.height()) == (2560, 1600)
    assert empty(picture) == []
