from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QPointF, QTimer
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from revo_gui.theme import Theme
from revo_gui.views.toasts import Clamped, Toast, Toasts

Showing = Callable[[QMainWindow, int, int], None]


@pytest.fixture
def window(theme: Theme, show: Showing) -> QMainWindow:
    window = QMainWindow()
    field = QLineEdit(window)
    window.setCentralWidget(field)
    show(window, 800, 600)
    window.activateWindow()
    field.setFocus()
    return window


@pytest.fixture
def toasts(theme: Theme, window: QMainWindow) -> Toasts:
    return Toasts(theme, window)


def shown(toasts: Toasts) -> list[Toast]:
    return [toast for toast in toasts.findChildren(Toast) if toast.isVisible()]


def timer_of(toast: Toast) -> QTimer:
    timer = toast.findChild(QTimer)
    assert isinstance(timer, QTimer)
    return timer


def test_at_most_four_and_the_same_one_once(toasts: Toasts, window: QMainWindow) -> None:
    for number in range(6):
        toasts.say(f"message {number}", "info")
    toasts.say("message 5", "info")
    assert [toast.text for toast in shown(toasts)] == [f"message {n}" for n in range(2, 6)]
    assert QApplication.focusWidget() is window.centralWidget()


def test_it_goes_by_itself_unless_it_is_an_error_or_being_read(
    toasts: Toasts, qtbot: QtBot
) -> None:
    toasts.say("went wrong", "error")
    toasts.say("read", "info")
    toasts.say("done", "ok")
    wrong, read, done = shown(toasts)
    assert not timer_of(wrong).isActive()
    middle = QPointF(5, 5)
    QApplication.sendEvent(read, QEnterEvent(middle, middle, middle))
    assert not timer_of(read).isActive()
    assert timer_of(done).interval() == 5000
    timer_of(done).start(1)
    qtbot.waitUntil(lambda: shown(toasts) == [wrong, read])
    QApplication.sendEvent(read, QEvent(QEvent.Type.Leave))
    timer_of(read).start(1)
    qtbot.waitUntil(lambda: shown(toasts) == [wrong])
    wrong.findChildren(QToolButton)[0].click()
    assert not toasts.isVisible()


def test_it_stays_while_the_keyboard_is_on_its_button(toasts: Toasts, qtbot: QtBot) -> None:
    ran: list[bool] = []
    toasts.say("no", "warning", ("Try again", lambda: ran.append(True)))
    (toast,) = shown(toasts)
    (button,) = toast.findChildren(QPushButton)
    button.setFocus()
    timer_of(toast).start(1)
    qtbot.waitUntil(lambda: timer_of(toast).interval() == 5000 or not toast.isVisible())
    assert toast.isVisible()
    button.click()
    assert ran == [True]
    assert shown(toasts) == []


@pytest.mark.parametrize("width", [360, 599, 600, 1600])
def test_it_stands_at_the_bottom_inside_the_window(
    toasts: Toasts, window: QMainWindow, width: int
) -> None:
    toasts.lift(30)
    toasts.say("x" * 10_000, "error")
    toasts.say("short", "ok")
    window.resize(width, 480)
    box = toasts.geometry()
    assert window.rect().contains(box)
    assert box.bottom() < 480 - 30
    assert box.width() == (380 if width >= 600 else width - 16)
    assert shown(toasts)[0].height() < 100


def test_foreign_text_is_plain_cut_to_three_lines_and_whole_in_the_tip(toasts: Toasts) -> None:
    toasts.say("<b>bold</b> \x1b[31m \u202e " + "word " * 200, "error")
    (toast,) = shown(toasts)
    text = toast.findChildren(Clamped)[0]
    lines = text.lines(200)
    assert len(lines) == 3
    assert lines[0].startswith("<b>bold</b>")
    assert lines[2].endswith("…")
    assert text.toolTip().startswith("<qt>&lt;b&gt;bold")
    assert not set("\x1b\u202e") & set(toast.text)
    assert Clamped("").lines(100) == [""]
