"""Buttons and fields whose icons follow the theme, and how a property of the style takes effect."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLineEdit, QToolButton, QWidget

from revo_gui.icons import icon
from revo_gui.theme import Theme

_ICON_PX = 16


class IconButton(QToolButton):
    """A button that is an icon; `text` is its name, and its tooltip unless `tip` says more."""

    def __init__(
        self,
        theme: Theme,
        name: str,
        text: str,
        parent: QWidget | None = None,
        *,
        tip: str = "",
        tone: str = "secondary",
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._name = name
        self._tone = tone
        self.setText(f" {text}")  # the style leaves too little room after the icon
        self.setAccessibleName(text)
        self.setToolTip(tip or text)
        self.setIconSize(QSize(_ICON_PX, _ICON_PX))
        theme.changed.connect(self._colour)
        self._colour()

    def use(self, name: str) -> None:
        """Show another icon."""
        self._name = name
        self._colour()

    def _colour(self) -> None:
        self.setIcon(icon(self._name, getattr(self._theme.tokens, self._tone)))


def quiet_button(
    theme: Theme,
    name: str,
    text: str,
    parent: QWidget | None = None,
    *,
    tip: str = "",
    tone: str = "secondary",
) -> IconButton:
    """Return an icon button without a frame."""
    button = IconButton(theme, name, text, parent, tip=tip, tone=tone)
    button.setProperty("quiet", "true")
    return button


def action_button(action: QAction, parent: QWidget) -> QToolButton:
    """Return a button that is the action: its icon, its name, its shortcut."""
    button = QToolButton(parent)
    button.setDefaultAction(action)
    button.setAccessibleName(action.text())
    return button


class SearchField(QLineEdit):
    """A line to search by, with a glass before and a cross behind it."""

    def __init__(
        self, theme: Theme, name: str, parent: QWidget | None = None, *, hint: str = ""
    ) -> None:
        super().__init__(parent)
        self.setPlaceholderText(hint or name)
        self.setClearButtonEnabled(True)
        self._theme = theme
        self._glass = QAction(self)
        self.setAccessibleName(name)
        self.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        theme.changed.connect(self._colour)
        self._colour()

    def _colour(self) -> None:
        self._glass.setIcon(icon("search", self._theme.tokens.muted))


def restyle(widget: QWidget, **properties: str | bool) -> None:
    """Set properties of the style sheet while the widget is shown."""
    for name, value in properties.items():
        widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
