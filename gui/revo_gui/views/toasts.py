"""Toasts: short messages at the bottom that take neither the focus nor much room."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPointF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QEnterEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from revo_gui.icons import icon
from revo_gui.models.text import one_line, tooltip
from revo_gui.theme import Theme, font
from revo_gui.views.controls import quiet_button

_SHOWN_MS = 5000
"""Long enough to read three lines."""
_AT_MOST = 4
_LINES = 3
_WIDTH_PX = 380
_NARROW_PX = 600
_EDGE_PX = 16
_GAP_PX = 8
_TEXT_LIMIT = 2000
_ICONS = {"info": "info", "ok": "succeeded", "warning": "warning", "error": "failed"}
Action = tuple[str, Callable[[], object]]
"""(words on the button, what it does)"""


class Clamped(QWidget):
    """Plain text of at most three lines; the last one is elided."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = text
        self.setFont(font(13))
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(text)

    def lines(self, width: int) -> list[str]:
        """Return the lines as they stand in `width`."""
        layout = QTextLayout(self._text, self.font())
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.beginLayout()
        found: list[int] = []
        while len(found) < _LINES and (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            found.append(line.textStart())
        layout.endLayout()
        ends = [*found[1:], len(self._text)]
        shown = [self._text[begin:end].rstrip() for begin, end in zip(found, ends, strict=True)]
        elide = self.fontMetrics().elidedText
        return [elide(one, Qt.TextElideMode.ElideRight, width) for one in shown]

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        """Return the height of the lines."""
        return max(1, len(self.lines(width))) * self.fontMetrics().lineSpacing()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return a size in which a short text is one line."""
        width = min(self.fontMetrics().horizontalAdvance(self._text) + 2, _WIDTH_PX)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return room for a few letters."""
        return QSize(60, self.fontMetrics().lineSpacing())

    def resizeEvent(self, _event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Tell the whole text where it does not fit."""
        whole = self.lines(self.width())
        fits = "".join(whole).replace(" ", "") == self._text.replace(" ", "")
        self.setToolTip("" if fits else tooltip(self._text))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the lines."""
        painter = QPainter(self)
        painter.setPen(self.palette().windowText().color())
        metrics = self.fontMetrics()
        for row, line in enumerate(self.lines(self.width())):
            painter.drawText(QPointF(0, row * metrics.lineSpacing() + metrics.ascent()), line)


class Toast(QFrame):
    """One message. It goes after 5 s, not while the mouse is on it; an error stays."""

    def __init__(
        self, text: str, level: str, action: Action | None, theme: Theme, stack: "Toasts"
    ) -> None:
        super().__init__(stack)
        self.text, self.level = text, level
        self._theme = theme
        self._stack = stack
        self.setObjectName("toast")
        self.setAccessibleName(f"{level}: {text}")
        self._icon = QLabel(self)
        self._close = quiet_button(theme, "close", "Dismiss", self)
        self._close.clicked.connect(self.leave)
        column = QVBoxLayout()
        column.setContentsMargins(0, 6, 0, 6)
        column.setSpacing(8)
        column.addWidget(Clamped(text, self))
        if action is not None:
            column.addWidget(self._make_button(action), 0, Qt.AlignmentFlag.AlignLeft)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 8, 8)
        row.setSpacing(10)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._expire)
        theme.changed.connect(self._colour)
        self._colour()
        self.wait()

    def wait(self) -> None:
        """Count the 5 s from now; an error waits for the user."""
        if self.level != "error":
            self._timer.start(_SHOWN_MS)

    def leave(self) -> None:
        """Go at once."""
        self._stack.remove(self)

    def enterEvent(self, _event: QEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Stay while it is being read."""
        self._timer.stop()

    def leaveEvent(self, _event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Count anew."""
        self.wait()

    def _expire(self) -> None:
        """Go, unless the keyboard is on one of the buttons."""
        if self.isAncestorOf(self.window().focusWidget() or self):
            self.wait()
        else:
            self.leave()

    def _make_button(self, action: Action) -> QPushButton:
        button = QPushButton(action[0], self)
        button.setAccessibleName(action[0])
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(self.leave)
        button.clicked.connect(lambda _checked=False: action[1]())
        return button

    def _colour(self) -> None:
        colour = self._theme.tokens.state(self.level)
        pixels = icon(_ICONS.get(self.level, "info"), colour).pixmap(
            QSize(18, 18), self.devicePixelRatio()
        )
        self._icon.setPixmap(pixels)
        self._icon.setContentsMargins(0, 6, 0, 0)


class Toasts(QWidget):
    """The stack of toasts over the bottom right of `window`; over its whole width if narrow."""

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._window = window
        self._lift = 0
        self._stack: list[Toast] = []
        window.installEventFilter(self)
        self.hide()

    def say(self, text: str, level: str, action: Action | None = None) -> None:
        """Show a message. `level` is `info`, `ok`, `warning` or `error`.

        The same message again only stays longer; a fifth one drives the oldest out.
        """
        said = one_line(text, _TEXT_LIMIT)
        for toast in self._stack:
            if (toast.text, toast.level) == (said, level):
                toast.wait()
                return
        toast = Toast(said, level, action, self._theme, self)
        self._stack.append(toast)
        toast.show()
        if len(self._stack) > _AT_MOST:
            self.remove(self._stack[0])
        self._place()
        self._announce(said, level)

    def remove(self, toast: Toast) -> None:
        """Take a toast away; one that is gone already does not matter."""
        if toast in self._stack:
            self._stack.remove(toast)
            toast.hide()
            toast.deleteLater()
            self._place()

    def lift(self, pixels: int) -> None:
        """Keep clear of the lowest `pixels` of the window, where a footer or a bar is."""
        self._lift = pixels
        self._place()

    def eventFilter(self, window: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Stay at the window's edge."""
        if event.type() == QEvent.Type.Resize and window is self._window and self._stack:
            self._place()
        return super().eventFilter(window, event)

    def _place(self) -> None:
        self.setVisible(bool(self._stack))
        room = self._window.size()
        edge = _EDGE_PX if room.width() >= _NARROW_PX else _GAP_PX
        width = _WIDTH_PX if room.width() >= _NARROW_PX else room.width() - 2 * edge
        y = 0
        for toast in self._stack:
            height = toast.heightForWidth(width)
            toast.setGeometry(0, y, width, height)
            y += height + _GAP_PX
        left = room.width() - edge - width
        self.setGeometry(left, room.height() - self._lift - edge - y + _GAP_PX, width, y - _GAP_PX)
        self.raise_()

    def _announce(self, text: str, level: str) -> None:
        event = QAccessibleAnnouncementEvent(self, f"{level}: {text}")
        if level == "error":
            event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
        QAccessible.updateAccessibility(event)
