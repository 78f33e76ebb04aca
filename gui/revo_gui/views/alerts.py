"""Alerts on screen: a button in the header, lines on the overview, toasts, the tray."""

import time
from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, QSize
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from revo_edge.contract.alerts import Alert
from revo_gui.icons import icon
from revo_gui.link import Link, Presence
from revo_gui.models.alert_words import (
    AlertNews,
    alert_since,
    alert_words,
    count_words,
    level_of,
    worst_first,
)
from revo_gui.models.text import tooltip
from revo_gui.theme import Theme
from revo_gui.views.labels import ElidedLabel, plain_label

_ICONS = {"info": "info", "warning": "warning", "error": "failed"}
_ICON_PX = 16


def active_alerts(link: Link) -> list[Alert]:
    """Return what is active, the worst first; nothing once the daemon is gone, with all of its."""
    known = link.presence in (Presence.LIVE, Presence.STALE)
    return worst_first(link.state().alerts.values()) if known else []


class AlertButton(QPushButton):
    """How many alerts are active, in the colour of the worst; a menu says which."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._alerts: list[Alert] = []
        self._short = False
        self.chosen: Callable[[], object] = lambda: None
        """Called when an alert is chosen from the menu."""
        self.setObjectName("alert-button")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setIconSize(QSize(_ICON_PX, _ICON_PX))
        self.clicked.connect(self._open)
        theme.changed.connect(self._show)
        self.hide()

    def show_alerts(self, alerts: list[Alert]) -> None:
        """Show these, the worst first; without any there is no button."""
        if alerts != self._alerts:
            self._alerts = alerts
            self._show()

    def shorten(self, short: bool) -> None:  # noqa: FBT001 - one switch
        """Show the number alone in a narrow window."""
        self._short = short
        self._show()

    def menu_of_alerts(self) -> QMenu:
        """Return a menu with a line for each."""
        menu = QMenu(self)
        for alert in self._alerts:
            level = level_of(alert)
            mark = icon(_ICONS[level], self._theme.tokens.state(level))
            text = f"{alert_words(alert)}, {alert_since(alert)}".replace("&", "&&")
            menu.addAction(mark, text, self.chosen)
        return menu

    def _open(self) -> None:
        menu = self.menu_of_alerts()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.mapToGlobal(self.rect().bottomLeft()))

    def _show(self) -> None:
        self.setVisible(bool(self._alerts))
        if not self._alerts:
            return
        level = level_of(self._alerts[0])
        count = len(self._alerts)
        words = "; ".join(alert_words(alert) for alert in self._alerts)
        self.setText(str(count) if self._short else count_words(count))
        self.setIcon(icon(_ICONS[level], self._theme.tokens.state(level)))
        self.setAccessibleName(f"{count_words(count)}, {level}: {words}")
        self.setToolTip(tooltip(*map(alert_words, self._alerts)))


class AlertLines(QFrame):
    """A line for each active alert; hidden while there is none."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._alerts: list[Alert] = []
        self.setProperty("card", "true")
        self.setAccessibleName("Active alerts")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(20, 12, 20, 12)
        self._column.setSpacing(8)
        theme.changed.connect(self._show)
        self.hide()

    def show_alerts(self, alerts: list[Alert]) -> None:
        """Show these, the worst first; what is shown already costs nothing."""
        if alerts != self._alerts:
            self._alerts = alerts
            self._show()

    def _show(self) -> None:
        while (item := self._column.takeAt(0)) is not None:
            if (line := item.widget()) is not None:
                line.hide()
                line.deleteLater()
        for alert in self._alerts:
            self._column.addWidget(self._line(alert))
        self.setVisible(bool(self._alerts))

    def _line(self, alert: Alert) -> QWidget:
        level = level_of(alert)
        line = QWidget()
        mark = QLabel()
        shown = icon(_ICONS[level], self._theme.tokens.state(level))
        mark.setPixmap(shown.pixmap(QSize(_ICON_PX, _ICON_PX), self.devicePixelRatio()))
        words = ElidedLabel()
        words.show_text(alert_words(alert))
        words.setAccessibleName(f"{level}: {alert_words(alert)}")
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(mark)
        row.addWidget(words, 1)
        row.addWidget(plain_label(alert_since(alert), tone="muted", scale="small"))
        return line


class AlertWatch(QObject):
    """Looks once a second, also while the window is hidden; tells each alert once."""

    def __init__(
        self,
        link: Link,
        button: AlertButton,
        tell: Iterable[Callable[[str, str], object]],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._link = link
        self._button = button
        self._tell = tuple(tell)
        self._news = AlertNews()

    def look(self) -> None:
        """Show what is active, and tell what is new."""
        self._button.show_alerts(active_alerts(self._link))
        if self._link.presence is Presence.LIVE:
            for text, level in self._news.take(self._link.state(), time.monotonic()):
                for tell in self._tell:
                    tell(text, level)
