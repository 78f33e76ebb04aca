from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QMenu, QSystemTrayIcon, QWidget
from pytestqt.qtbot import QtBot

from revo_edge.contract.alerts import Alert, Severity
from revo_edge.contract.tasks import TaskInfo, TaskState
from revo_gui.link import Presence
from revo_gui.theme import DARK, Theme
from revo_gui.views.tray import Endings, Tray, ending_words, tooltip, tray_icon


def task(id: str, state: TaskState, ran_s: float = 0.0, title: str = "") -> TaskInfo:
    return TaskInfo(id, "probe.echo", state, title, started_at=100.0, ended_at=100.0 + ran_s)


def test_only_long_tasks_that_were_seen_running_are_told_of_once() -> None:
    endings = Endings()
    old = task("old", TaskState.SUCCEEDED, 60)
    running = {id: task(id, TaskState.RUNNING) for id in ("long", "short", "gone", "bad", "on")}
    assert endings.take({"old": old} | running) == []
    later = {
        "old": old,
        "long": task("long", TaskState.SUCCEEDED, 11),
        "short": task("short", TaskState.SUCCEEDED, 9),
        "bad": task("bad", TaskState.FAILED, 3600),
        "on": running["on"],
        "unseen": task("unseen", TaskState.SUCCEEDED, 60),
    }
    assert sorted(info.id for info in endings.take(later)) == ["bad", "long"]
    assert endings.take(later) == []


def test_the_words() -> None:
    assert tooltip(Presence.LIVE, 3, 12_000) == "reVo Edge: 3 running, 12,000 waiting"
    assert tooltip(Presence.LOST, 3, 12) == "reVo Edge: the daemon is gone"
    assert tooltip(Presence.STALE, 3, 12) == "reVo Edge: the daemon is silent"
    alert = Alert("queue", "Waiting tasks", Severity.ERROR, "60 tasks waiting", 60, 50, 40, 1.0)
    assert tooltip(Presence.LIVE, 3, 60, [alert]).endswith("60 waiting\n60 tasks waiting")
    title, text = ending_words(task("a", TaskState.FAILED, 75, "<b>\x1b\n" + "x" * 10_000))
    assert title == "Task failed after 1 m 15 s"
    assert "\x1b" not in text
    assert len(text) < 1000
    assert ending_words(task("a", TaskState.SUCCEEDED, 12))[1] == "probe.echo"


def test_the_dot_has_the_colour_of_the_state(theme: Theme) -> None:
    def dot(presence: Presence, *, busy: bool = False) -> QColor:
        image = tray_icon(DARK, presence, busy=busy).pixmap(64, 64).toImage()
        return image.pixelColor(QPoint(49, 49))

    assert theme.tokens is DARK
    alarmed = tray_icon(DARK, Presence.LIVE, busy=True, alarm="error").pixmap(64, 64).toImage()
    assert alarmed.pixelColor(QPoint(49, 49)) == QColor(DARK.error)
    noted = tray_icon(DARK, Presence.LIVE, busy=True, alarm="info").pixmap(64, 64).toImage()
    assert noted.pixelColor(QPoint(49, 49)) == QColor(DARK.parallel), "a note is no alarm"
    assert dot(Presence.LIVE) == QColor(DARK.coordinator)
    assert dot(Presence.LIVE, busy=True) == QColor(DARK.parallel)
    assert dot(Presence.STALE, busy=True) == QColor(DARK.warning)
    assert dot(Presence.LOST) == QColor(DARK.error)
    assert dot(Presence.SKEW) == QColor(DARK.error)
    assert dot(Presence.JOINING) == QColor(DARK.muted)


def test_without_a_tray_nothing_happens_and_the_menu_only_signals(
    theme: Theme, qtbot: QtBot
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    tray = Tray(theme, window)
    assert tray.available is QSystemTrayIcon.isSystemTrayAvailable()
    tray.show_state(Presence.LIVE, {"a": task("a", TaskState.RUNNING)})
    tray.show_state(Presence.LIVE, {"a": task("a", TaskState.SUCCEEDED, 60)})
    menu = window.findChild(QMenu)
    assert isinstance(menu, QMenu)
    entries = {action.text(): action for action in menu.actions() if action.text()}
    wanted = {
        "Show window": tray.shown,
        "New task": tray.new_task,
        "Pause queue": tray.paused,
        "Resume queue": tray.resumed,
        "Quit": tray.quit,
    }
    assert set(entries) == set(wanted)
    for text, signal in wanted.items():
        with qtbot.waitSignal(signal):
            entries[text].trigger()
    tray.hide()
