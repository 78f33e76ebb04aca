"""What a first look shows: what this is, and the one button that makes it work."""

from pathlib import Path

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from revo_gui.icons import icon
from revo_gui.theme import Theme
from revo_gui.views.controls import restyle
from revo_gui.views.labels import plain_label
from revo_gui.views.mark import Mark

_WHAT = (
    "One daemon on this computer does long work for you and your AI agents, offline. "
    "Survey a folder of code to see it work: it only reads."
)
_TRY = (
    ("new_task", "new", "New task", "Run any kind of work through a form"),
    ("palette", "search", "Ctrl+K", "Find every action and every task by a few letters"),
    ("keys", "keyboard", "?", "See all keyboard shortcuts"),
)
_WIDEST_PX = 520
"""A comfortable line to read."""


class Welcome(QWidget):
    """The first-run page; a folder can be dropped onto it."""

    surveyed = Signal(str)
    """The absolute path of the folder to survey."""
    tried = Signal(str)
    """The id of the action to try: `new_task`, `palette` or `keys`."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("welcome")
        self.setAcceptDrops(True)
        self._survey = QPushButton("Survey a folder", self)
        self._survey.setProperty("primary", True)
        self._survey.setAccessibleName("Survey a folder")
        self._survey.clicked.connect(self._choose)
        self._hint = plain_label("Or drop a folder here", tone="muted")
        self._tries = [self._make_try(*one) for one in _TRY]
        self._card = QFrame(self)
        self._card.setProperty("card", True)
        self._card.setMaximumWidth(_WIDEST_PX)
        self._fill(QVBoxLayout(self._card))
        content = QWidget()
        row = QHBoxLayout(content)
        row.setContentsMargins(16, 16, 16, 16)
        row.addStretch(1)
        row.addWidget(self._card, 100, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(content)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll)
        theme.changed.connect(self._colour)
        self._colour()
        self.set_online(True)

    def set_online(self, online: bool) -> None:  # noqa: FBT001 - one switch
        """Switch the button on or off, and say why it is off."""
        self._survey.setEnabled(online)
        self._tries[0].setEnabled(online)
        self._hint.setText("Or drop a folder here" if online else "Needs the daemon")
        self._colour()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Take exactly one folder."""
        if self._survey.isEnabled() and _folder_of(event.mimeData()):
            event.acceptProposedAction()
            self._mark_drop(over=True)

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:  # noqa: N802 - Qt's name
        """Look as before."""
        self._mark_drop(over=False)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Survey the folder."""
        self._mark_drop(over=False)
        folder = _folder_of(event.mimeData())
        if folder:
            event.acceptProposedAction()
            self.surveyed.emit(folder)

    def _fill(self, column: QVBoxLayout) -> None:
        column.setContentsMargins(24, 28, 24, 20)
        column.setSpacing(0)
        centre = Qt.AlignmentFlag.AlignHCenter
        title = plain_label("Welcome to reVo Edge", scale="page")
        what = plain_label(_WHAT, tone="secondary", wrap=True)
        what.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(Mark(self._card, side=56), 0, centre)
        column.addSpacing(12)
        column.addWidget(title, 0, centre)
        column.addSpacing(8)
        column.addWidget(what)
        column.addSpacing(20)
        column.addWidget(self._survey, 0, centre)
        column.addSpacing(8)
        column.addWidget(self._hint, 0, centre)
        column.addSpacing(20)
        rule = QFrame(self._card)
        rule.setProperty("rule", True)
        column.addWidget(rule)
        column.addSpacing(12)
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        for row, button in enumerate(self._tries):
            grid.addWidget(button, row, 0)
            grid.addWidget(plain_label(_TRY[row][3], tone="secondary", wrap=True), row, 1)
        column.addLayout(grid)

    def _make_try(self, name: str, _icon: str, text: str, words: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName("welcome-try")
        button.setProperty("quiet", True)
        button.setIconSize(QSize(16, 16))
        button.setAccessibleName(f"{text}: {words}")
        button.clicked.connect(lambda _checked=False: self.tried.emit(name))
        return button

    def _choose(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Survey a folder", str(Path.home()))
        if folder:
            self.surveyed.emit(str(Path(folder).absolute()))

    def _mark_drop(self, *, over: bool) -> None:
        restyle(self._card, current=over)

    def _colour(self) -> None:
        tokens = self._theme.tokens
        on = self._survey.isEnabled()
        self._survey.setIcon(icon("folder", tokens.on_accent if on else tokens.muted))
        for button, (_, name, _, _) in zip(self._tries, _TRY, strict=True):
            button.setIcon(icon(name, tokens.secondary if button.isEnabled() else tokens.muted))


def _folder_of(dropped: QMimeData) -> str:
    """Return the path of the one folder that is dragged; empty if it is something else."""
    urls = dropped.urls()
    if len(urls) != 1 or not urls[0].isLocalFile():
        return ""
    path = Path(urls[0].toLocalFile())
    return str(path) if path.is_dir() else ""
