"""Pictures of every page for people to look at: build/pictures/PAGE-THEME-WIDTH.png.

They are kept as artefacts of a CI run; what a program can see of them is checked here too.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from revo_edge.client.client import Client
from revo_edge.contract.recall import ItemKind, NewItem, Source
from revo_edge.contract.tasks import TaskSpec
from revo_edge.paths import Paths
from revo_gui.theme import Choice, Theme
from revo_gui.views.window import MainWindow
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
        client.recall.store(list(_memory()))
    return daemon


def _memory() -> Iterator[NewItem]:
    """Yield what is remembered: the project's own code, talk, and hostile texts."""
    for text in NASTY:
        yield NewItem(f"{text} tasks", text, title=text, tags=(text[:40],), pinned=True)
        yield NewItem(f"{text} and more tasks\n" * 9, metadata={"from": text})
    code = Path(__file__).read_text(encoding="utf-8")
    place = Source(str(Path(__file__)), 1, 30)
    yield NewItem(code[:2_000], "code", ItemKind.CODE, "the tasks of these tests", source=place)
    for turn, text in enumerate(
        ("Which tasks wait?", "All but the first.", "\u518d\u8a66\u884c"), 1
    ):
        said = Source(session="talk", turn=turn, speaker="Ana")
        yield NewItem(text, "talk", ItemKind.CONVERSATION, source=said)


@pytest.mark.timeout(90)  # a hundred pictures, some of them large
@pytest.mark.parametrize("choice", [Choice.DARK, Choice.LIGHT])
def test_every_page_looks_right_at_every_size(
    filled: DaemonProcess, open_window: OpenWindow, theme: Theme, qtbot: QtBot, choice: Choice
) -> None:
    theme.choose(choice)
    window = open_window()
    qtbot.waitUntil(lambda: window.parts.tasks.rowCount() >= len(NASTY) + 3)
    FOLDER.mkdir(parents=True, exist_ok=True)
    found: dict[str, list[str]] = {}
    for page in PAGES:
        window.go(page)
        found |= pictures(window, f"{page}-{choice.value}", SIZES)
    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.timeout(90)  # a hundred pictures, some of them large
@pytest.mark.parametrize("choice", [Choice.DARK, Choice.LIGHT])
def test_memory_looks_right_while_it_is_searched_read_and_corrected(
    filled: DaemonProcess, open_window: OpenWindow, theme: Theme, qtbot: QtBot, choice: Choice
) -> None:
    theme.choose(choice)
    window = open_window()
    recall = window.recall_page
    FOLDER.mkdir(parents=True, exist_ok=True)
    window.go("recall")
    recall.filters.explain.click()
    recall.fold.click()
    recall.field.setText("tasks")
    qtbot.waitUntil(lambda: not recall.search.busy and recall.results.model.rowCount() > 0)
    found = pictures(window, f"recall-search-{choice.value}", SIZES[:-1])
    code = next(n for n in range(12) if recall.results.model.row(n).item.source.path)
    recall.open(recall.results.model.row(code).item)
    found |= pictures(window, f"recall-item-{choice.value}", SIZES[:-1])
    window.resize(360, 640)
    QApplication.processEvents()
    assert recall.details.minimumSizeHint().width() <= recall.details.width()
    assert (
        recall.details.content.minimumSizeHint().width() <= recall.details.area.viewport().width()
    )
    for number in range(1, recall.details.tabs.count()):
        recall.details.tabs.setCurrentIndex(number)
        found |= pictures(window, f"recall-item-{number}-{choice.value}", SIZES[:1])
    recall.correct()
    recall.forget()
    found |= pictures(window, f"recall-correct-{choice.value}", (SIZES[0], SIZES[2]))
    assert {name: what for name, what in found.items() if what} == {}


def pictures(
    window: MainWindow, name: str, sizes: Sequence[tuple[int, int]]
) -> dict[str, list[str]]:
    """Draw the window at these sizes; return the faults of each picture."""
    found = {}
    for width, height in sizes:
        window.resize(width, height)
        for _ in range(3):  # a layout may ask for another round
            QApplication.processEvents()
        picture = window.grab()
        assert picture.save(str(FOLDER / f"{name}-{width}.png"))
        found[f"{name}-{width}"] = faults(window) + empty(picture.toImage())
    return found


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
