"""A card over the whole window that has the keyboard until it is closed."""

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QFrame, QWidget

_SHADE = QColor(0, 0, 0, 120)
EDGE = 12
"""Pixels that a card leaves free at each side of the window."""


class Overlay(QWidget):
    """Shades `window` and shows `card` over it; Esc or a click beside the card closes it.

    Closing gives the focus back. Keys without Ctrl or Alt stay here while it is open, so that no
    shortcut of the page below runs.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.card = QFrame(self)
        self._window = window
        self._before: QWidget | None = None
        self.hide()
        window.installEventFilter(self)
        QApplication.instance().focusChanged.connect(self._follow_focus)  # type: ignore[union-attr]  # there is one when a widget is made

    def open(self) -> None:
        """Show it, and take the keyboard."""
        if not self.isVisible():
            self._before = self.window().focusWidget()
        self.prepare()
        self._fill()
        self.show()
        self.raise_()
        self.entry().setFocus(Qt.FocusReason.PopupFocusReason)

    def close_card(self) -> None:
        """Hide it, and give the keyboard back."""
        before, self._before = self._before, None
        held = self.isAncestorOf(self.window().focusWidget() or self)
        self.hide()
        if held and before is not None and before.isVisible():
            before.setFocus(Qt.FocusReason.PopupFocusReason)

    def toggle(self) -> None:
        """Open it, or close it again."""
        if self.isVisible():
            self.close_card()
        else:
            self.open()

    def prepare(self) -> None:
        """Bring the card up to date before it is shown."""

    def entry(self) -> QWidget:
        """Return what has the focus first."""
        return self

    def place(self, room: QRect) -> QRect:
        """Return where the card stands in `room`, the window less its edges."""
        return room

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Stay as large as the window."""
        if watched is self._window and event.type() == QEvent.Type.Resize and self.isVisible():
            self._fill()
        return super().eventFilter(watched, event)

    def event(self, event: QEvent) -> bool:
        """Keep plain keys from the shortcuts of what is below."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            chord = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
            if not event.modifiers() & chord:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Close on Esc; no key goes on to what is below."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_card()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Close on a click beside the card."""
        if not self.card.geometry().contains(event.position().toPoint()):
            self.close_card()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Shade what is below."""
        QPainter(self).fillRect(self.rect(), _SHADE)

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: FBT001, N802 - Qt's signature
        """Keep Tab within the card."""
        stops = [
            found
            for found in self.card.findChildren(QWidget)
            if found.isVisible()
            and found.isEnabled()
            and found.focusPolicy() & Qt.FocusPolicy.TabFocus
        ]
        if stops:
            at = QApplication.focusWidget()
            index = stops.index(at) if at in stops else -1
            reason = Qt.FocusReason.TabFocusReason if next else Qt.FocusReason.BacktabFocusReason
            stops[(index + (1 if next else -1)) % len(stops)].setFocus(reason)
        return True

    def refit(self) -> None:
        """Place the card anew after its content has changed."""
        self.card.setGeometry(self.place(self.rect().adjusted(EDGE, EDGE, -EDGE, -EDGE)))

    def _fill(self) -> None:
        self.setGeometry(self._window.rect())
        self.refit()

    def _follow_focus(self, _old: QWidget | None, new: QWidget | None) -> None:
        """Close when something else of the program takes the keyboard, as a dialog does."""
        if self.isVisible() and new is not None and new is not self and not self.isAncestorOf(new):
            self.close_card()
