from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from revo_gui.theme import Theme
from revo_gui.views.welcome import Welcome
from tests.gui.conftest import Showing

LEFT = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier


def drop(welcome: Welcome, *urls: QUrl) -> bool:
    """Drag the urls onto the page and let go; return whether it took them."""
    dragged = QMimeData()
    dragged.setUrls(list(urls))
    copy = Qt.DropAction.CopyAction
    enter = QDragEnterEvent(QPoint(5, 5), copy, dragged, LEFT, PLAIN)
    enter.ignore()
    QApplication.sendEvent(welcome, enter)
    if enter.isAccepted():
        QApplication.sendEvent(welcome, QDropEvent(QPointF(5, 5), copy, dragged, LEFT, PLAIN))
    return enter.isAccepted()


@pytest.fixture
def welcome(theme: Theme, show: Showing) -> Welcome:
    welcome = Welcome(theme)
    show(welcome, 380, 600)
    return welcome


def test_one_folder_can_be_dropped_and_nothing_else(
    welcome: Welcome, tmp_path: Path, qtbot: QtBot
) -> None:
    folder = tmp_path / "a b <i>"
    folder.mkdir()
    file = tmp_path / "file"
    file.touch()
    url = QUrl.fromLocalFile
    assert not drop(welcome, url(str(file)))
    assert not drop(welcome, url(str(folder)), url(str(tmp_path)))
    assert not drop(welcome, QUrl("https://example.org/"))
    assert not drop(welcome)
    with qtbot.waitSignal(welcome.surveyed) as surveyed:
        assert drop(welcome, url(str(folder)))
    assert surveyed.args == [str(folder)]
    welcome.set_online(False)
    assert not drop(welcome, url(str(folder)))


def test_the_button_asks_for_a_folder(welcome: Welcome, tmp_path: Path, qtbot: QtBot) -> None:
    button = next(b for b in welcome.findChildren(QPushButton) if b.property("primary"))

    def choose() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QFileDialog)
        dialog.setDirectory(str(tmp_path))
        dialog.done(QFileDialog.DialogCode.Accepted)

    with qtbot.waitSignal(welcome.surveyed) as surveyed:
        QTimer.singleShot(0, welcome, choose)
        button.click()
    assert surveyed.args == [str(tmp_path)]


def test_three_things_to_try_by_keyboard(welcome: Welcome) -> None:
    tried: list[str] = []
    welcome.tried.connect(tried.append)
    for button in welcome.findChildren(QPushButton, "welcome-try"):
        assert button.accessibleName()
        QTest.keyClick(button, Qt.Key.Key_Space)
    assert tried == ["new_task", "palette", "keys"]


def test_offline_says_why(welcome: Welcome) -> None:
    welcome.set_online(False)
    primary = next(b for b in welcome.findChildren(QPushButton) if b.property("primary"))
    assert not primary.isEnabled()
    assert welcome.minimumSizeHint().width() <= 340
