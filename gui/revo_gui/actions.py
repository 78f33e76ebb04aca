"""Everything a user can do, in one list: shortcuts, buttons, the palette and the help read it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from revo_gui.icons import icon
from revo_gui.theme import Theme


@dataclass(frozen=True, slots=True)
class Entry:
    """One action with what the palette and the help say of it."""

    id: str
    group: str
    action: QAction
    icon: str
    online: bool
    """True when it needs the daemon."""


class Actions(QObject):
    """The actions of the window and of its pages."""

    def __init__(self, window: QWidget, theme: Theme) -> None:
        super().__init__(window)
        self._window = window
        self._theme = theme
        self._entries: dict[str, Entry] = {}
        self._online = False
        theme.changed.connect(self._colour)

    def add(  # noqa: PLR0913 - one call declares an action whole, by keyword
        self,
        id: str,
        text: str,
        run: Callable[[], object],
        *,
        group: str,
        icon: str = "right",
        keys: str = "",
        online: bool = False,
        tip: str = "",
        within: QWidget | None = None,
    ) -> QAction:
        """Declare an action. `keys` as QKeySequence reads them, several apart by `; `.

        With `online` it is off while there is no daemon to ask; with `within` its keys count only
        while the focus is in that widget, so that pages can use the same ones.
        """
        action = QAction(text, self._window)
        action.setObjectName(id)
        action.setToolTip(tip or text)
        action.setShortcuts([QKeySequence(one) for one in keys.split("; ") if one])
        action.triggered.connect(lambda _checked=False: run())
        action.setEnabled(self._online or not online)
        if within is not None:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        (within or self._window).addAction(action)
        self._entries[id] = Entry(id, group, action, icon, online)
        self._paint(self._entries[id])
        return action

    def __getitem__(self, id: str) -> QAction:
        return self._entries[id].action

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def set_online(self, online: bool) -> None:  # noqa: FBT001 - one switch
        """Switch what needs the daemon on or off."""
        self._online = online
        for entry in self:
            if entry.online:
                entry.action.setEnabled(online)

    def _colour(self) -> None:
        for entry in self:
            self._paint(entry)

    def _paint(self, entry: Entry) -> None:
        entry.action.setIcon(icon(entry.icon, self._theme.tokens.secondary))
