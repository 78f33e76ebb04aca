"""The top bar: the mark, how the window stands to the daemon, and the way to everything else."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from revo_gui.actions import Actions
from revo_gui.icons import draw, icon
from revo_gui.link import Presence
from revo_gui.theme import RESOURCES, Theme, font

_WORDS = {
    Presence.JOINING: ("Looking for the daemon", "muted", "queued"),
    Presence.LIVE: ("Live", "coordinator", "succeeded"),
    Presence.STALE: ("Silent", "warning", "warning"),
    Presence.LOST: ("Lost", "error", "lost"),
    Presence.SKEW: ("Other version", "error", "warning"),
}


class Mark(QWidget):
    """The product's mark."""

    def __init__(self, parent: QWidget | None = None, side: int = 28) -> None:
        super().__init__(parent)
        self._svg = QSvgRenderer(str(RESOURCES / "mark.svg"))
        self.setFixedSize(side, side)
        self.setAccessibleName("reVo Edge")

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw it."""
        painter = QPainter(self)
        self._svg.render(painter, QRectF(self.rect()))


class Pill(QWidget):
    """The state of the connection: an icon, a word, and the round trip when there is one."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._presence = Presence.JOINING
        self._detail = ""
        self._short = False
        self.setFont(font(12))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)
        self.show_presence(Presence.JOINING, "")

    def show_presence(self, presence: Presence, detail: str) -> None:
        """Show the state; `detail` follows the word (the round trip)."""
        if (presence, detail) == (self._presence, self._detail) and self.accessibleName():
            return
        self._presence, self._detail = presence, detail
        self.setAccessibleName(f"Connection: {self._words()}")
        self.setToolTip(self._words())
        self.updateGeometry()
        self.update()

    def shorten(self, short: bool) -> None:  # noqa: FBT001 - one switch
        """Leave the words out in a narrow window."""
        self._short = short
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the room for icon and words."""
        return QSize(34 + self.fontMetrics().horizontalAdvance(self._shown()), 26)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the same: a state is never cut off."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw a rounded outline with the icon and the words."""
        tokens = self._theme.tokens
        _, colour_name, icon_name = _WORDS[self._presence]
        colour = QColor(getattr(tokens, colour_name))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = QColor(colour)
        fill.setAlpha(30)
        painter.setBrush(fill)
        painter.setPen(Qt.PenStyle.NoPen)
        box = QRectF(self.rect())
        painter.drawRoundedRect(box, 13, 13)
        draw(painter, icon_name, colour, QRectF(9, box.center().y() - 7, 14, 14))
        painter.setPen(colour)
        text_box = box.adjusted(28, 0, -4, 0)
        painter.drawText(text_box, int(Qt.AlignmentFlag.AlignVCenter), self._shown())

    def _words(self) -> str:
        word = _WORDS[self._presence][0]
        return f"{word} · {self._detail}" if self._detail else word

    def _shown(self) -> str:
        return _WORDS[self._presence][0] if self._short else self._words()


class Header(QWidget):
    """Mark, title, connection, search, theme, new task."""

    def __init__(self, actions: Actions, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("header")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(56)
        self._theme = theme
        self.pill = Pill(theme, self)
        self._name = QLabel("reVo Edge", self)
        self._name.setProperty("scale", "card")
        self._search = QPushButton("Search or run  Ctrl+K", self)
        self._search.setAccessibleName("Open the command palette")
        self._search.setToolTip("Find an action, a page or a task (Ctrl+K)")
        self._search.clicked.connect(actions["palette"].trigger)
        self._theme_button = self._tool(actions, "theme", "Change the theme")
        self._help = self._tool(actions, "keys", "Show the keyboard shortcuts")
        self._new = QPushButton("New task", self)
        self._new.setProperty("primary", True)
        self._new.setAccessibleName("New task")
        self._new.clicked.connect(actions["new_task"].trigger)
        actions["new_task"].enabledChanged.connect(self._follow_new)
        self._new_action = actions["new_task"]
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(8)
        for widget in (Mark(self), self._name, self.pill):
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
        self._search.setText("" if narrow else "Search or run  Ctrl+K")
        self._new.setText("" if width < 480 else "New task")
        self._help.setVisible(not narrow)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Leave the double click to the desktop's window rules."""
        event.ignore()

    def _tool(self, actions: Actions, name: str, words: str) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("quiet", True)
        button.setAccessibleName(words)
        button.setToolTip(actions[name].toolTip())
        button.clicked.connect(actions[name].trigger)
        return button

    def _follow_new(self) -> None:
        self._new.setEnabled(self._new_action.isEnabled())
        self._colour()

    def _colour(self) -> None:
        tokens = self._theme.tokens
        self._search.setIcon(icon("search", tokens.secondary))
        self._theme_button.setIcon(icon("theme", tokens.secondary))
        self._help.setIcon(icon("keyboard", tokens.secondary))
        self._new.setIcon(icon("new", tokens.on_accent if self._new.isEnabled() else tokens.muted))
