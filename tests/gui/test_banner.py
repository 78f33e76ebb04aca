import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from revo_edge import __version__
from revo_gui.link import Link, Presence
from revo_gui.models.presence_words import BannerWords, Tie, words
from revo_gui.theme import Theme
from revo_gui.views.banner import Banner
from tests.harness import DaemonProcess

HUNG = "The event stream did not answer within 5 s."
GONE = "No daemon runs for /home/x. Start it with `revo up`."
OTHER = "The daemon (version 9.0.0) speaks protocol 2 to 3, this client 1."
SILENT = "The daemon has been silent for 5 s."


@pytest.mark.parametrize(
    ("presence", "silent_s", "problem", "level", "said", "action"),
    [
        (Presence.JOINING, 2.0, "", "info", "Looking for the daemon", "start_daemon"),
        (Presence.STALE, 3.2, "", "warning", "for 3 s; counted as lost in 2 s", "diagnose"),
        (Presence.STALE, 5.4, "", "warning", "for 5 s; counted as lost in 1 s", "diagnose"),
        (Presence.LOST, 12.7, GONE, "error", "is gone for 12 s. What you see", "start_daemon"),
        (Presence.LOST, 4000, GONE, "error", "is gone for 1 h 06 m. What", "start_daemon"),
        (Presence.LOST, 6.0, SILENT, "error", "has not answered for 6 s", "restart_daemon"),
        (Presence.LOST, 90.0, HUNG, "error", "not answered for 1 m 30 s", "restart_daemon"),
        (Presence.SKEW, 1.0, OTHER, "error", "speaks protocol 2 to 3", "restart_daemon"),
        (Presence.SKEW, 1.0, "", "error", "does not speak protocol 1", "restart_daemon"),
    ],
)
def test_each_state_says_what_is_and_has_one_next_action(
    presence: Presence, silent_s: float, problem: str, level: str, said: str, action: str
) -> None:
    found = words(Tie(presence, silent_s, problem))
    assert found is not None
    assert (found.level, found.action_id) == (level, action)
    assert said in found.text
    assert found.action_text


def test_all_is_well_says_nothing_and_starting_offers_nothing_more() -> None:
    assert words(Tie(Presence.LIVE, 0.5, GONE)) is None
    assert words(Tie(Presence.LIVE, starting=True)) is None
    assert words(Tie(Presence.JOINING, 0.2)) is None
    starting = words(Tie(Presence.LOST, 9.0, GONE, starting=True))
    assert starting == BannerWords("info", "Starting the daemon")


def test_live_with_another_version_or_too_slow_is_said() -> None:
    other = words(Tie(Presence.LIVE, skewed="9.9.9"))
    assert other is not None
    assert other.text == f"The daemon is 9.9.9, this window {__version__}"
    assert other.action_id == "restart_daemon"
    slow = words(Tie(Presence.LIVE, skewed="9.9.9", too_slow=True))
    assert slow is not None
    assert slow.level == "warning"


def test_a_window_that_has_met_no_daemon_says_that_none_runs() -> None:
    found = words(Tie(Presence.LOST, 9.0, GONE, met=False))
    assert found is not None
    assert "No daemon is running" in found.text


def test_it_shows_what_a_real_daemon_does(
    link: Link, daemon: DaemonProcess, theme: Theme, qtbot: QtBot
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    banner = Banner(theme, window)

    def refresh(_presence: Presence | None = None) -> None:
        problem = link.counters.problem
        banner.show_words(words(Tie(link.presence, link.silent_s, problem, link.skewed)))

    with qtbot.waitExposed(window):
        window.show()
    link.presence_changed.connect(refresh)
    refresh()
    assert not banner.isVisible()
    daemon.kill()
    qtbot.waitUntil(banner.isVisible)
    text = banner.findChild(QLabel, "banner-text")
    assert isinstance(text, QLabel)
    assert "The daemon is gone" in text.text()
    button = banner.findChild(QPushButton)
    assert isinstance(button, QPushButton)
    with qtbot.waitSignal(banner.acted) as acted:
        QTest.keyClick(button, Qt.Key.Key_Space)
    assert acted.args == ["start_daemon"]
    daemon.start()
    qtbot.waitUntil(lambda: not banner.isVisible())


def test_foreign_words_are_plain_and_fit_a_narrow_window(theme: Theme, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(360, 300)
    banner = Banner(theme, window)
    window.show()
    banner.show_words(BannerWords("error", "<b>x</b>\x1b " * 1000, "a", "Restart the daemon"))
    text = banner.findChild(QLabel, "banner-text")
    assert isinstance(text, QLabel)
    assert text.textFormat() is Qt.TextFormat.PlainText
    assert "\x1b" not in text.text()
    assert len(text.text()) <= 2000
    assert banner.minimumSizeHint().width() <= 340
    banner.show_words(BannerWords("info", "Starting the daemon"))
    assert [b for b in banner.findChildren(QPushButton) if b.isVisible()] == []
