"""The top bar: the mark, how the window stands to the daemon, and the way to everything else."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from revo_gui.actions import Actions
from revo_gui.icons import icon
from revo_gui.link import Presence
from revo_gui.theme import Theme
from revo_gui.views.alerts import AlertButton
from revo_gui.views.controls import IconButton, quiet_button
from revo_gui.views.labels import Pill, plain_label
from revo_gui.views.mark import Mark

_WORDS = {
    Presence.JOINING: ("Looking for the daemon", "unknown", "queued"),
    Presence.LIVE: ("Live", "online", "succeeded"),
    Presence.STALE: ("Silent", "stale", "warning"),
    Presence.LOST: ("Lost", "error", "lost"),
    Presence.SKEW: ("Other version", "error", "warning"),
}


class PresencePill(Pill):
    """The state of the connection: an icon, a word, and the round trip when there is one."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._presence = Presence.JOINING
        self._detail = ""
        self._short = False
        self._show()

    def show_presence(self, presence: Presence, detail: str) -> None:
        """Show the state; `detail` follows the word (the round trip)."""
        if (presence, detail) != (self._presence, self._detail):
            self._presence, self._detail = presence, detail
            self._show()

    def shorten(self, short: bool) -> None:  # noqa: FBT001 - one switch
        """Leave the round trip out in a narrow window."""
        self._short = short
        self._show()

    def _show(self) -> None:
        word, state, icon_name = _WORDS[self._presence]
        words = f"{word} · {self._detail}" if self._detail else word
        self.show_state(state, icon_name, word if self._short else words)
        self.setAccessibleName(f"Connection: {words}")
        self.setToolTip(words)


class Header(QWidget):
    """Mark, title, connection, search, theme, new task."""

    def __init__(self, actions: Actions, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("header")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(56)
        self._theme = theme
        self.pill = PresencePill(theme)
        self.alerts = AlertButton(theme)
        self._name = plain_label("reVo Edge", scale="card")
        self._search = QPushButton("Search or run  Ctrl+K", self)
        self._search.setAccessibleName("Open the command palette")
        self._search.setToolTip("Find an action, a page or a task (Ctrl+K)")
        self._search.clicked.connect(actions["palette"].trigger)
        self._theme_button = self._tool(actions["theme"], "theme", "Change the theme")
        self._help = self._tool(actions["keys"], "keyboard", "Show the keyboard shortcuts")
        self._new = QPushButton("New task", self)
        self._new.setProperty("primary", True)
        self._new.setAccessibleName("New task")
        self._new.clicked.connect(actions["new_task"].trigger)
        actions["new_task"].enabledChanged.connect(self._follow_new)
        self._new_action = actions["new_task"]
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(8)
        for widget in (Mark(self), self._name, self.pill, self.alerts):
            row.addWidget(widget)
        row.addStretch(1)
        for button in (self._search, self._theme_button, self._help, self._new):
            row.addWidget(button)
        theme.changed.connect(self._colour)
        self._colour()
        self._follow_new()

    def adapt(self, width: int) -> None:
        """Show words where there is room for them."""
        narrow = width < 720
        self._name.setVisible(width >= 480)
        self.pill.shorten(width < 600)
        self.alerts.shorten(width < 600)
        self._search.setText("" if narrow else "Search or run  Ctrl+K")
        self._new.setText("" if width < 480 else "New task")
        self._help.setVisible(not narrow)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Leave the double click to the desktop's window rules."""
        event.ignore()

    def _tool(self, action: QAction, icon_name: str, words: str) -> IconButton:
        button = quiet_button(self._theme, icon_name, words, self, tip=action.toolTip())
        button.clicked.connect(action.trigger)
        return button

    def _follow_new(self) -> None:
        self._new.setEnabled(self._new_action.isEnabled())
        self._colour()

    def _colour(self) -> None:
        tokens = self._theme.tokens
        self._search.setIcon(icon("search", tokens.secondary))
        self._new.setIcon(icon("new", tokens.on_accent if self._new.isEnabled() else tokens.muted))
