"""The banner: a slim bar that says what is wrong with the tie to the daemon."""

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from revo_gui.icons import icon
from revo_gui.models.presence_words import BannerWords
from revo_gui.models.text import one_line
from revo_gui.theme import Theme
from revo_gui.views.controls import restyle
from revo_gui.views.labels import plain_label

_ICONS = {"info": "info", "warning": "warning", "error": "lost"}
_TEXT_LIMIT = 300


class Banner(QFrame):
    """Shows what there is to say and the one thing to do; hidden when all is well."""

    acted = Signal(str)
    """The action_id of the button that was pressed."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._words: BannerWords | None = None
        self.setObjectName("banner")
        self._icon = QLabel(self)
        self._text = plain_label(wrap=True)
        self._text.setObjectName("banner-text")
        self._button = QPushButton(self)
        self._button.clicked.connect(self._act)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 16, 6)
        row.setSpacing(12)
        row.addWidget(self._icon)
        row.addWidget(self._text, 1)
        row.addWidget(self._button)
        theme.changed.connect(self._colour)
        self.hide()

    def show_words(self, words: BannerWords | None) -> None:
        """Show the words, or nothing; what is shown already costs nothing."""
        if words == self._words:
            return
        before, self._words = self._words, words
        if words is not None:
            self._text.setText(one_line(words.text, _TEXT_LIMIT))
            self._button.setText(words.action_text)
            self._button.setAccessibleName(words.action_text)
            self._button.setVisible(bool(words.action_text))
            if before is None or before.level != words.level:
                self._restyle(words.level)
        self.setVisible(words is not None)

    def _act(self) -> None:
        if self._words is not None:
            self.acted.emit(self._words.action_id)

    def _restyle(self, level: str) -> None:
        restyle(self, level=level)
        restyle(self._text)
        self._colour()

    def _colour(self) -> None:
        if self._words is not None:
            level = self._words.level
            shown = icon(_ICONS[level], self._theme.tokens.state(level))
            self._icon.setPixmap(shown.pixmap(QSize(16, 16), self.devicePixelRatio()))
