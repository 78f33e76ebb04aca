"""The icon in the desktop's tray: the mark with a dot, a menu, and a word when a task has ended."""

from collections import Counter
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QMenu, QSystemTrayIcon, QWidget

from revo_edge.client.units import duration
from revo_edge.contract.alerts import Alert
from revo_edge.contract.tasks import TaskInfo, TaskState
from revo_gui.link import Presence
from revo_gui.models.alert_words import alert_words, level_of
from revo_gui.models.task_words import title_of
from revo_gui.theme import RESOURCES, Theme, Tokens

LONG_S = 10.0
"""A task that ran longer than this is worth a word when nobody was looking."""
_SIZES = (22, 32, 64)
_DOTS = {Presence.LIVE: "coordinator", Presence.STALE: "warning", Presence.JOINING: "muted"}


class Endings:
    """Tells which long tasks have ended since the last look; those before the first do not count."""

    def __init__(self) -> None:
        self._running: set[str] = set()

    def take(self, tasks: Mapping[str, TaskInfo]) -> list[TaskInfo]:
        """Return the tasks that ran at the last look, have ended, and had run over 10 s."""
        ended = [
            info
            for key in self._running
            if (info := tasks.get(key)) is not None and info.state.final and _ran_s(info) > LONG_S
        ]
        self._running = {key for key, info in tasks.items() if info.state is TaskState.RUNNING}
        return ended


def _ran_s(info: TaskInfo) -> float:
    return (info.ended_at or 0.0) - (info.started_at or info.ended_at or 0.0)


def tooltip(presence: Presence, running: int, waiting: int, alerts: Sequence[Alert] = ()) -> str:
    """Return what the icon says when it is pointed at."""
    if presence is not Presence.LIVE:
        said = {
            Presence.JOINING: "looking for the daemon",
            Presence.STALE: "the daemon is silent",
            Presence.SKEW: "the daemon has another version",
        }
        return f"reVo Edge: {said.get(presence, 'the daemon is gone')}"
    words = f"reVo Edge: {running:,} running, {waiting:,} waiting"
    return "\n".join((words, *map(alert_words, alerts)))


def ending_words(info: TaskInfo) -> tuple[str, str]:
    """Return title and text of the word about a task that has ended."""
    title = f"Task {info.state.value} after {duration(_ran_s(info))}"
    return title, title_of(info)


def tray_icon(tokens: Tokens, presence: Presence, *, busy: bool, alarm: str = "") -> QIcon:
    """Return the mark with the dot of the state; `alarm` is the level of the worst alert."""
    live = presence is Presence.LIVE
    name = "parallel" if busy and live else _DOTS.get(presence, "error")
    if live and alarm in ("warning", "error"):
        name = alarm
    found = QIcon()
    for side in _SIZES:
        found.addPixmap(_dotted(side, QColor(getattr(tokens, name)), QColor(tokens.bg)))
    return found


def _dotted(side: int, colour: QColor, ring: QColor) -> QPixmap:
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(str(RESOURCES / "mark.svg")).render(painter, QRectF(0, 0, side, side))
    painter.setPen(Qt.PenStyle.NoPen)
    for share, fill in ((0.46, ring), (0.34, colour)):
        dot = QRectF(0, 0, side * share, side * share)
        dot.moveCenter(QRectF(0, 0, side * 1.54, side * 1.54).center())
        painter.setBrush(fill)
        painter.drawEllipse(dot)
    painter.end()
    return pixmap


class Tray(QObject):
    """The icon, if the desktop has a tray; without one it does nothing."""

    shown = Signal()
    new_task = Signal()
    paused = Signal()
    resumed = Signal()
    quit = Signal()
    task_clicked = Signal(str)
    """The id of the task of the last word, when that was clicked."""

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._window = window
        self._endings = Endings()
        self._told = ""
        self._drawn: tuple[str, Presence, bool, str] | None = None
        self._menu = QMenu(window)
        self._menu.addAction("Show window", self.shown.emit)
        self._daemons = [
            self._menu.addAction("New task", self.new_task.emit),
            self._menu.addAction("Pause queue", self.paused.emit),
            self._menu.addAction("Resume queue", self.resumed.emit),
        ]
        self._menu.addSeparator()
        self._menu.addAction("Quit", self.quit.emit)
        self._icon = QSystemTrayIcon(self)
        self._icon.setContextMenu(self._menu)
        self._icon.activated.connect(self._activate)
        self._icon.messageClicked.connect(self._click)
        self._draw(Presence.JOINING, busy=False, alarm="")
        self._icon.setVisible(self.available)

    @property
    def available(self) -> bool:
        """True when the desktop has a tray."""
        return QSystemTrayIcon.isSystemTrayAvailable()

    def hide(self) -> None:
        """Take the icon away."""
        self._icon.hide()

    def tell_alert(self, text: str, level: str) -> None:
        """Say that an alert was raised or cleared, when nobody is looking; a note can wait."""
        if level != "info" and self._icon.isVisible() and not self._looked_at():
            self._told = ""
            title = "Alert cleared" if level == "ok" else f"Alert, {level}"
            self._icon.showMessage(title, text, self._icon.icon())

    def show_state(
        self,
        presence: Presence,
        tasks: Mapping[str, TaskInfo],
        alerts: Sequence[Alert] = (),
    ) -> None:
        """Show how things are; called once a second, also while the window is hidden."""
        if not self._icon.isVisible():
            return
        counts = Counter(info.state for info in tasks.values())
        running, waiting = counts[TaskState.RUNNING], counts[TaskState.QUEUED]
        self._icon.setToolTip(tooltip(presence, running, waiting, alerts))
        self._draw(presence, busy=running > 0, alarm=level_of(alerts[0]) if alerts else "")
        for action in self._daemons:
            action.setEnabled(presence is Presence.LIVE)
        ended = self._endings.take(tasks)
        if ended and not self._looked_at():
            self._tell(ended)

    def _looked_at(self) -> bool:
        return self._window.isVisible() and self._window.isActiveWindow()

    def _draw(self, presence: Presence, *, busy: bool, alarm: str) -> None:
        wanted = (self._theme.tokens.name, presence, busy, alarm)
        if wanted != self._drawn:
            self._drawn = wanted
            tokens = self._theme.tokens
            self._icon.setIcon(tray_icon(tokens, presence, busy=busy, alarm=alarm))

    def _tell(self, ended: list[TaskInfo]) -> None:
        last = max(ended, key=lambda info: info.ended_at or 0.0)
        title, text = ending_words(last)
        if len(ended) > 1:
            text += f", and {len(ended) - 1} more"
        self._told = last.id
        self._icon.showMessage(title, text, self._icon.icon())

    def _click(self) -> None:
        """Show the task that was told of, or for an alert the window."""
        if self._told:
            self.task_clicked.emit(self._told)
        else:
            self.shown.emit()

    def _activate(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is QSystemTrayIcon.ActivationReason.Trigger:
            self.shown.emit()
