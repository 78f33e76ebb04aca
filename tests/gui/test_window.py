from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from revo_edge.client.client import Client
from revo_edge.contract.recall import NewItem
from revo_edge.contract.tasks import TaskSpec, TaskState
from revo_edge.paths import Paths
from revo_gui.layout import Layout
from revo_gui.link import Link, Presence
from revo_gui.theme import Choice, Theme
from revo_gui.views.window import MainWindow
from tests.gui.looks import faults
from tests.harness import DaemonProcess

pytestmark = pytest.mark.alone

PLAIN = Qt.KeyboardModifier.NoModifier
PAGES = ("overview", "tasks", "events", "metrics", "recall")
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


def press(key: Qt.Key, modifier: Qt.KeyboardModifier = PLAIN) -> None:
    """Press a key where the focus is, as a keyboard does."""
    at = QApplication.focusWidget()
    assert at is not None
    QTest.keyClick(at, key, modifier)


def write(text: str) -> None:
    at = QApplication.focusWidget()
    assert at is not None
    QTest.keyClicks(at, text)


def state_of(window: MainWindow) -> TaskState | None:
    """Return the state of the newest survey; the memory may make vectors of its tree meanwhile."""
    infos = window.parts.tasks.infos()
    return next((info.state for info in infos if info.kind == "parallel.analyze"), None)


def test_a_survey_is_started_watched_cancelled_retried_and_read_by_keyboard_alone(
    window: MainWindow, tree: Path, qtbot: QtBot
) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_N, control)
    qtbot.waitUntil(lambda: isinstance(QApplication.focusWidget(), QLineEdit))
    write("survey")
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: named("Folder"))
    write(str(tree))
    press(Qt.Key.Key_Return, control)
    qtbot.waitUntil(lambda: state_of(window) is TaskState.RUNNING)
    drawer = window._tasks_page.drawer
    qtbot.waitUntil(drawer.isVisible)
    window.activateWindow()  # offscreen no window system gives the focus back to it
    qtbot.waitUntil(lambda: window.isAncestorOf(QApplication.focusWidget() or QWidget()))
    qtbot.waitUntil(asked_to_stop)  # the safe answer has the focus
    press(Qt.Key.Key_Tab)
    assert named("Stop the task")
    press(Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: state_of(window) is TaskState.CANCELLED, timeout=15_000)
    press(Qt.Key.Key_R)
    qtbot.waitUntil(lambda: state_of(window) is TaskState.SUCCEEDED, timeout=25_000)
    for _ in range(20):
        if named("Details of the task"):
            break
        press(Qt.Key.Key_Tab)
    while drawer.tabs.currentWidget() is not drawer.result:
        press(Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: "100" in drawer.result.headline.text())


def asked_to_stop() -> bool:
    """Press the key until it is asked; offscreen nobody gives a new window the focus for sure."""
    if named("Let it run"):
        return True
    dialog = QApplication.activeModalWidget()
    if dialog is not None:
        dialog.activateWindow()
    elif QApplication.focusWidget() is not None:
        press(Qt.Key.Key_Delete)
    return False


def named(name: str) -> bool:
    """Tell whether the focus is on the widget with this name."""
    at = QApplication.focusWidget()
    words = (at.accessibleName(), str(at.property("text"))) if at is not None else ()
    return any(name in word for word in words)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Give a tree that takes a survey longer than a slow machine takes for some keys."""
    body = "".join(f"def f{n}(x):\n    return [y for y in x if y and {n}]\n" for n in range(400))
    for number in range(100):
        (tmp_path / f"part{number}.py").write_text(body)
    return tmp_path


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


def test_the_palette_searches_memory(
    window: MainWindow, client: Client, daemon: DaemonProcess, qtbot: QtBot
) -> None:
    client.recall.put(NewItem("the port of the staging database is 5433"))
    window.activateWindow()
    window.open_palette()
    qtbot.keyClicks(window._palette.entry(), "staging port")
    qtbot.keyClick(window._palette.entry(), Qt.Key.Key_Return)
    assert window._page.name == "recall"
    results = window.recall_page.results
    qtbot.waitUntil(lambda: results.model.rowCount() == 1 and results.model.row(0).score != "")
    assert window.recall_page.field.text() == "staging port"


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


def test_opening_tasks_and_pages_again_and_again_leaves_no_object(
    window: MainWindow, daemon: DaemonProcess, qtbot: QtBot
) -> None:
    daemon.allow_log("probe.raise")
    ids = submit(daemon, *(TaskSpec(f"probe.{name}", {"value": 1}) for name in ("echo", "raise")))
    qtbot.waitUntil(lambda: window.parts.tasks.rowCount() == len(ids))
    drawer = window._tasks_page.drawer

    def turn() -> None:
        for task in ids:
            window.show_task(task)
            drawer.tabs.setCurrentWidget(drawer.result)
            qtbot.waitUntil(lambda: "Reading" not in drawer.result.message.text())
        for page in PAGES:
            window.go(page)
        window.open_palette()
        window.open_palette()
        QApplication.processEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)

    turn()
    turn()
    before = len(window.findChildren(QObject))
    for _ in range(5):
        turn()
    assert len(window.findChildren(QObject)) <= before
