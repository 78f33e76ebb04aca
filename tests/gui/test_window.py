from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from revo_edge.client.client import Client
from revo_edge.contract.tasks import TaskSpec, TaskState
from revo_edge.paths import Paths
from revo_gui.layout import Layout
from revo_gui.link import Link, Presence
from revo_gui.theme import Choice, Theme
from revo_gui.views.window import MainWindow
from tests.gui.looks import faults
from tests.harness import DaemonProcess

PAGES = ("overview", "tasks", "events", "metrics")
SIZES = ((380, 760), (768, 1024), (1280, 800), (1366 // 2, 768 // 2 + 100), (1600, 960))
NASTY = (
    "<b>bold</b> <img src=x>",
    "\x1b[31mred\x1b[0m \x07 bell",
    "\u202eright to left\u202c \u05e9\u05dc\u05d5\u05dd",
    "n" * 200,
)


@pytest.fixture
def window(link: Link, theme: Theme, qtbot: QtBot) -> Iterator[MainWindow]:
    """Give the whole window, live."""
    window = MainWindow(link, theme, Layout(None))
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    yield window
    window.close()


def submit(daemon: DaemonProcess, *specs: TaskSpec) -> list[str]:
    with Client(daemon.paths) as client:
        ids = [client.submit(spec).id for spec in specs]
        for one in ids:
            client.wait(one, 10)
    return ids


@pytest.mark.parametrize("choice", [Choice.DARK, Choice.LIGHT])
def test_no_page_is_cut_or_overlaps_at_any_size(
    window: MainWindow, daemon: DaemonProcess, theme: Theme, qtbot: QtBot, choice: Choice
) -> None:
    theme.choose(choice)
    submit(
        daemon,
        TaskSpec("probe.raise", {"value": NASTY[1]}),
        *(TaskSpec("probe.echo", title=name) for name in NASTY),
    )
    qtbot.waitUntil(lambda: window.parts.tasks.rowCount() == 1 + len(NASTY))
    found = {}
    for page in PAGES:
        window.go(page)
        for size in SIZES:
            window.resize(*size)
            for _ in range(3):  # a layout may ask for another round
                QApplication.processEvents()
            found[f"{page} {size}"] = faults(window)
    assert {where: what for where, what in found.items() if what} == {}


def test_a_new_daemon_is_welcomed_and_the_first_task_ends_that(
    window: MainWindow, daemon: DaemonProcess, qtbot: QtBot
) -> None:
    stack = window._stack
    qtbot.waitUntil(lambda: stack.currentWidget() is window._welcome)
    submit(daemon, TaskSpec("probe.echo"))
    qtbot.waitUntil(lambda: stack.currentWidget() is window._page)


def test_a_lost_daemon_greys_the_window_and_one_that_comes_back_does_not(
    window: MainWindow, daemon: DaemonProcess, qtbot: QtBot
) -> None:
    submit(daemon, TaskSpec("probe.echo"))
    qtbot.waitUntil(lambda: window.parts.tasks.rowCount() == 1)
    daemon.kill()
    qtbot.waitUntil(lambda: window.link.presence is Presence.LOST)
    assert window._veil.isVisible()
    assert not window.actions_["new_task"].isEnabled()
    qtbot.waitUntil(window._banner.isVisible)
    assert window.parts.tasks.rowCount() == 1  # the last it said stays
    daemon.start()
    qtbot.waitUntil(lambda: window.link.presence is Presence.LIVE)
    assert not window._veil.isVisible()
    assert window.actions_["new_task"].isEnabled()


def test_the_window_starts_a_daemon_that_is_gone(
    window: MainWindow, daemon: DaemonProcess, qtbot: QtBot
) -> None:
    daemon.stop()
    qtbot.waitUntil(lambda: window.link.presence is Presence.LOST)
    window.actions_["start_daemon"].trigger()
    qtbot.waitUntil(lambda: window.link.presence is Presence.LIVE, timeout=15_000)
    window.actions_["stop_daemon"].trigger()
    qtbot.waitUntil(lambda: window.link.presence is Presence.LOST, timeout=15_000)


def test_a_survey_by_keyboard_alone(
    window: MainWindow, daemon: DaemonProcess, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "one.py").write_text("def f(x):\n    return x if x else 0\n")
    window.survey(str(tmp_path))
    qtbot.waitUntil(lambda: window._page.name == "tasks")
    tasks = window.parts.tasks
    qtbot.waitUntil(lambda: tasks.rowCount() == 1)
    qtbot.waitUntil(lambda: next(tasks.infos()).state is TaskState.SUCCEEDED, timeout=15_000)


@pytest.mark.parametrize("page", PAGES)
def test_number_keys_change_the_page(window: MainWindow, qtbot: QtBot, page: str) -> None:
    window.activateWindow()
    qtbot.keyClick(window, str(PAGES.index(page) + 1))
    assert window._page.name == page


def test_the_palette_finds_pages_and_tasks(
    window: MainWindow, daemon: DaemonProcess, qtbot: QtBot
) -> None:
    [task] = submit(daemon, TaskSpec("probe.echo", title="the needle"))
    qtbot.waitUntil(lambda: window.parts.tasks.rowCount() == 1)
    qtbot.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert window._palette.isVisible()
    qtbot.keyClicks(window._palette.entry(), "needle")
    qtbot.keyClick(window._palette.entry(), Qt.Key.Key_Return)
    assert window._page.name == "tasks"
    qtbot.waitUntil(lambda: window._tasks_page.drawer.task_id == task)


def test_the_shape_is_remembered(
    link: Link,
    theme: Theme,
    home: Paths,
    qtbot: QtBot,
    show_and_close: Callable[[MainWindow], None],
) -> None:
    file = home.config / "desktop.json"
    first = MainWindow(link, theme, Layout(file))
    first.resize(700, 600)
    first.go("metrics")
    show_and_close(first)
    second = MainWindow(link, theme, Layout(file))
    show_and_close(second)
    assert second._page.name == "metrics"
    assert (second.width(), second.height()) == (700, 600)


@pytest.fixture
def show_and_close(qtbot: QtBot) -> Callable[[MainWindow], None]:
    def run(window: MainWindow) -> None:
        qtbot.addWidget(window)
        with qtbot.waitExposed(window):
            window.show()
        window.close()

    return run
