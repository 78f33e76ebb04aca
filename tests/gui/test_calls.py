import threading

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from revo_edge.client.client import Client
from revo_edge.errors import RevoError
from revo_edge.paths import Paths
from revo_gui.link import Link


def test_work_runs_elsewhere_and_is_answered_here(link: Link, qtbot: QtBot) -> None:
    ran_in: list[str] = []
    answered_in: list[str] = []
    name = threading.current_thread().name

    def done(thread: str) -> None:
        ran_in.append(thread)
        answered_in.append(threading.current_thread().name)

    link.ask(link, lambda _: threading.current_thread().name, done, _never)
    qtbot.waitUntil(lambda: bool(ran_in))
    assert (ran_in, answered_in) == (["calls"], [name])


def test_an_error_of_the_daemon_is_an_answer(link: Link, qtbot: QtBot) -> None:
    errors: list[RevoError] = []
    link.ask(link, lambda client: client.task("nobody"), _never, errors.append)
    qtbot.waitUntil(lambda: bool(errors))
    assert errors[0].code == "NOT_FOUND"


def test_nobody_is_answered_who_is_gone(link: Link, qtbot: QtBot) -> None:
    """The thread must not be the last to hold a widget: it would die there, and Qt with it."""
    answered: list[object] = []
    go_on = threading.Event()
    owner = QWidget()
    link.ask(owner, lambda _: go_on.wait(5), answered.append, answered.append)
    owner.deleteLater()
    QCoreApplication.sendPostedEvents(owner, QEvent.Type.DeferredDelete.value)
    del owner
    last: list[object] = []
    link.ask(link, Client.hello, last.append, _never)
    go_on.set()
    qtbot.waitUntil(lambda: bool(last))
    assert answered == []


def test_a_bug_in_the_work_is_raised_in_the_qt_thread_and_ends_nothing(
    link: Link, qtbot: QtBot
) -> None:
    answers: list[object] = []
    with qtbot.captureExceptions() as raised:
        link.ask(link, lambda _: 1 // 0, _never, _never)
        qtbot.waitUntil(lambda: bool(raised))
    assert raised[0][0] is ZeroDivisionError
    link.ask(link, Client.hello, answers.append, _never)
    qtbot.waitUntil(lambda: bool(answers))


@pytest.mark.usefixtures("theme")
def test_closing_gives_up_an_answer_that_does_not_come(home: Paths, qtbot: QtBot) -> None:
    link = Link(home)
    owner = QObject()
    link.ask(owner, Client.hello, _never, lambda _: None)
    link.close()


def _never(value: object) -> None:
    raise AssertionError(value)
