from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from revo_edge import __version__
from revo_gui.link import Link
from revo_gui.theme import Theme
from revo_gui.views.about import About, facts


def test_it_copies_what_a_report_needs(link: Link, theme: Theme, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: link.hello is not None)
    about = About(link, theme)
    qtbot.addWidget(about)
    next(b for b in about.findChildren(QPushButton) if b.text() == "Copy").click()
    copied = QGuiApplication.clipboard().text()
    assert f"This window: {__version__}\nDaemon: {__version__}" in copied
    assert f"Home: {link.paths.home}" in copied
    assert about.minimumSizeHint().width() <= 340


def test_a_daemon_that_is_not_there_has_no_version(link: Link) -> None:
    assert dict(facts("", link.paths))["Daemon"] == "-"
