"""What stands in the place of the table while it has nothing to show."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from revo_gui.icons import icon
from revo_gui.theme import Theme
from revo_gui.views.labels import text_label

_ICON_PX = 40
_PICTURE_FROM_PX = 200
"""In less height only the title and the button have room."""


class Empty(QFrame):
    """An icon, a sentence, and the one thing to do next."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", "true")
        self._theme = theme
        self._icon = "tasks"
        self._run: Callable[[], None] = self.hide
        self._picture = QLabel(self)
        self.title = text_label(scale="card", wrap=True)
        self.text = text_label(tone="secondary", wrap=True)
        self.button = QPushButton(self)
        self.button.clicked.connect(self._act)
        column = QVBoxLayout(self)
        column.setSpacing(10)
        column.addStretch(2)
        for part in (self._picture, self.title, self.text):
            part.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(part)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch(3)
        theme.changed.connect(self._colour)

    def say(self, icon_name: str, title: str, text: str) -> None:
        """Show this, with nothing to do."""
        self._icon = icon_name
        self.title.setText(title)
        self.text.setText(text)
        self.text.setVisible(bool(text) and self.height() >= _PICTURE_FROM_PX)
        self.button.hide()
        self._colour()

    def offer(self, text: str, run: Callable[[], None], *, enabled: bool = True) -> None:
        """Show the one next action."""
        self._run = run
        self.button.setText(text)
        self.button.setEnabled(enabled)
        self.button.show()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102, N802 - Qt's own
        super().resizeEvent(event)
        self._picture.setVisible(self.height() >= _PICTURE_FROM_PX)
        self.text.setVisible(bool(self.text.text()) and self.height() >= _PICTURE_FROM_PX)

    def _act(self) -> None:
        self._run()

    def _colour(self) -> None:
        picture = icon(self._icon, self._theme.tokens.muted).pixmap(QSize(_ICON_PX, _ICON_PX))
        self._picture.setPixmap(picture)
