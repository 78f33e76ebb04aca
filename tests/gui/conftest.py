"""Fixtures of the desktop: offscreen Qt, a link to a real daemon, and nothing left at the end."""

import gc
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from revo_edge.contract.tasks import TaskSpec
from revo_edge.paths import Paths
from revo_gui.actions import Actions
from revo_gui.layout import Layout
from revo_gui.link import Link, Presence
from revo_gui.models.events import EventModel
from revo_gui.models.tasks import TaskModel
from revo_gui.theme import Choice, Theme, load_fonts
from revo_gui.views.page import Parts
from revo_gui.views.window import MainWindow
from tests.harness import DaemonProcess

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
OWN_THREADS = ("mirror", "calls")


@pytest.fixture(autouse=True)
def nothing_left(qapp: QApplication) -> Iterator[None]:
    """Fail a test that leaves a window open or a thread running."""
    yield
    gc.collect()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert [w for w in qapp.topLevelWidgets() if w.isVisible()] == []
    assert [t.name for t in threading.enumerate() if t.name in OWN_THREADS] == []


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    """Give the dark theme, in force."""
    load_fonts()
    theme = Theme(Choice.DARK)
    theme.apply()
    return theme


@pytest.fixture
def link(daemon: DaemonProcess, home: Paths, qtbot: QtBot) -> Iterator[Link]:
    """Give a link that is live, and watched."""
    link = Link(home)
    link.watch(True)
    qtbot.waitUntil(lambda: link.presence is Presence.LIVE)
    yield link
    link.close()


@dataclass
class Said:
    """What a page asked of the window."""

    toasts: list[tuple[str, str]] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    asked: list[TaskSpec | None] = field(default_factory=list)


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
def parts(link: Link, theme: Theme, qtbot: QtBot, said: Said) -> Parts:
    """Give what pages share, on a live daemon; the models are fed."""
    window = QWidget()
    qtbot.addWidget(window)
    parts = Parts(
        link=link,
        theme=theme,
        actions=Actions(window, theme),
        tasks=TaskModel(theme, window),
        events=EventModel(theme, window),
        say=lambda text, level: said.toasts.append((text, level)),
        show_task=said.shown.append,
        new_task=said.asked.append,
    )
    parts.actions.set_online(True)
    link.frame.connect(parts.tasks.take)
    link.frame.connect(parts.events.take)
    return parts


Showing = Callable[[QWidget, int, int], None]


@pytest.fixture
def show(qtbot: QtBot) -> Showing:
    """Show a widget at a size, and close it at the end."""

    def show(widget: QWidget, width: int, height: int) -> None:
        qtbot.addWidget(widget)
        widget.resize(width, height)
        with qtbot.waitExposed(widget):
            widget.show()

    return show


OpenWindow = Callable[[], MainWindow]


@pytest.fixture
def open_window(home: Paths, theme: Theme, qtbot: QtBot) -> Iterator[OpenWindow]:
    """Open the window of this home, whether a daemon runs or not."""
    links: list[Link] = []

    def start() -> MainWindow:
        links.append(Link(home))
        window = MainWindow(links[-1], theme, Layout(None))
        qtbot.addWidget(window)
        with qtbot.waitExposed(window):
            window.show()
        return window

    yield start
    for link in links:
        link.close()
