"""The page switch: a column at the left of a wide window, a bar at the bottom of a narrow one."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QBoxLayout, QButtonGroup, QSizePolicy, QToolButton, QWidget

from revo_gui.icons import icon
from revo_gui.theme import Theme
from revo_gui.views.controls import restyle
from revo_gui.views.page import Page

_ICON = QSize(20, 20)


class Navigation(QWidget):
    """One button for each page."""

    def __init__(
        self, pages: Sequence[Page], go: Callable[[str], None], theme: Theme, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setObjectName("nav")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme = theme
        self._icons = {page.name: page.icon for page in pages}
        self._buttons: dict[str, QToolButton] = {}
        self._group = QButtonGroup(self)
        self._row = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        for number, page in enumerate(pages, 1):
            self._buttons[page.name] = self._button(page, number, go)
        self._row.addStretch(1)
        theme.changed.connect(self._colour)
        self.place(bottom=False, words=True)
        self._colour()

    def show_page(self, name: str) -> None:
        """Mark the page as the current one."""
        self._buttons[name].setChecked(True)
        self._colour()

    def place(self, *, bottom: bool, words: bool) -> None:
        """Lay the buttons out as a bar or as a column; `words` stand beside the icons.

        Without them a column has icons only, and a bar has small words below.
        """
        direction = QBoxLayout.Direction
        self._row.setDirection(direction.LeftToRight if bottom else direction.TopToBottom)
        self._row.setContentsMargins(8, 6 if bottom else 12, 8, 6 if bottom else 12)
        self._row.setSpacing(4)
        for place in range(len(self._buttons)):
            self._row.setStretch(place, 1 if bottom else 0)
        self._row.setStretch(len(self._buttons), 0 if bottom else 1)
        style = Qt.ToolButtonStyle
        short = style.ToolButtonTextUnderIcon if bottom else style.ToolButtonIconOnly
        for button in self._buttons.values():
            button.setToolButtonStyle(style.ToolButtonTextBesideIcon if words else short)
        fixed, free = QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred
        self.setSizePolicy(free if bottom else fixed, fixed if bottom else free)
        restyle(self, place="bottom" if bottom else "left")
        for button in self._buttons.values():
            restyle(button)  # their padding depends on where the bar is

    def _button(self, page: Page, number: int, go: Callable[[str], None]) -> QToolButton:
        button = QToolButton(self)
        button.setText(page.title)
        button.setToolTip(f"{page.title} ({number})")
        button.setAccessibleName(f"{page.title} page")
        button.setCheckable(True)
        button.setIconSize(_ICON)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.clicked.connect(lambda _checked=False: go(page.name))
        self._group.addButton(button)
        self._row.addWidget(button)
        return button

    def _colour(self) -> None:
        tokens = self._theme.tokens
        for name, button in self._buttons.items():
            colour = tokens.text if button.isChecked() else tokens.secondary
            button.setIcon(icon(self._icons[name], colour))
