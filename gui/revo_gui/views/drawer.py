"""The drawer of the Tasks page: everything about one task, and what can be done to it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QPushButton,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from revo_edge.contract.task_requests import TaskReply
from revo_edge.contract.tasks import TaskInfo, TaskState
from revo_edge.errors import NotFound, RevoError
from revo_gui.icons import icon
from revo_gui.models.task_words import can_cancel, can_retry
from revo_gui.views.drawer_head import DrawerHead
from revo_gui.views.drawer_items import ItemsTab
from revo_gui.views.drawer_log import LogTab
from revo_gui.views.drawer_parts import Question
from revo_gui.views.drawer_result import ResultTab
from revo_gui.views.drawer_story import ParamsTab, StoryTab
from revo_gui.views.page import Parts
from revo_gui.views.task_commands import TaskCommands

_ICONS = {"Cancel": "cancel", "Retry": "retry", "Remove": "remove", "Run again": "new"}
_TABS_PX = 220


class Drawer(QFrame):
    """Shows one task; it keeps what it has when the daemon is lost or has forgotten the task."""

    closed = Signal()

    def __init__(self, parts: Parts, commands: TaskCommands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", "true")
        self.setMinimumWidth(320)
        self._parts = parts
        self._commands = commands
        self._online = True
        self._there = False
        self.task_id = ""
        self.info: TaskInfo | None = None
        self._reply: TaskReply | None = None
        self.head = DrawerHead(parts.theme, self)
        # the order in which they are made is the order of the Tab key
        self.buttons = {name: QPushButton(name, self) for name in _ICONS}
        self.question = Question(self)
        self.tabs = QTabWidget(self)
        self.story = StoryTab(parts.theme, self)
        self.params = ParamsTab(self)
        self.log = LogTab(parts.link, self)
        self.result = ResultTab(parts, self)
        self.items = ItemsTab(parts.link, parts.theme, self)
        self._lay_out()
        self._connect()
        self._colour()

    def open(self, task_id: str, info: TaskInfo | None) -> None:
        """Show a task; without `info` the daemon is asked for it."""
        if task_id == self.task_id:
            return
        self.task_id, self.info, self._reply = task_id, None, None
        self._there = True
        self.question.hide()
        self.head.setVisible(info is not None)
        if info is None:
            for tab in (self.log, self.result, self.items):
                tab.show_info(None)
            self._enable()
        else:
            self.show_info(info)
        self._show_reply()
        self._load()

    def forget(self) -> None:
        """Show nothing."""
        self.task_id, self.info = "", None

    def show_info(self, info: TaskInfo) -> None:
        """Show the task as it is now."""
        before, self.info = self.info, info
        self.head.show()
        self.head.show_info(info)
        for tab in (self.log, self.result, self.items):
            tab.show_info(info)
        self.tabs.setTabVisible(self.tabs.indexOf(self.items), info.items > 0)
        if before is None or before.state is not info.state:
            self.question.hide()
        self._enable()
        if before is not None and _milestone(before) != _milestone(info):
            self._load()

    def left_memory(self) -> None:
        """Ask whether a task that the record no longer has is still kept."""
        self._load()

    def set_online(self, online: bool) -> None:  # noqa: FBT001 - one switch
        """Switch the buttons off while there is nobody to ask."""
        self._online = online
        self.result.set_online(online)
        self._enable()

    def set_narrow(self, narrow: bool) -> None:  # noqa: FBT001 - one switch
        """Fill the page, or stand beside the list."""
        self.head.set_narrow(narrow)

    def cancel(self) -> None:
        """Cancel the task; ask first when work would be lost."""
        info = self.info
        if info is None or not can_cancel(info):
            return
        if info.state is not TaskState.RUNNING:
            self._commands.cancel(info)
            return
        self.question.ask(
            "Stop this task? What it has recorded so far is kept.",
            "Stop the task",
            "Let it run",
            lambda: self._commands.cancel(info),
        )

    def retry(self) -> None:
        """Queue the task again."""
        if self.info is not None and can_retry(self.info):
            self._commands.retry(self.info)

    def remove(self) -> None:
        """Delete the task, once that is confirmed."""
        info = self.info
        if info is not None and info.state.final:
            self.question.ask(
                "Delete this task with its result and log?",
                "Delete",
                "Keep it",
                lambda: self._commands.remove(info, self.closed.emit),
            )

    def _lay_out(self) -> None:
        for name, tab in (
            ("Story", self.story),
            ("Params", self.params),
            ("Log", self.log),
            ("Result", self.result),
            ("Items", self.items),
        ):
            self.tabs.addTab(tab, name)
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setAccessibleName("Details of the task")
        self.tabs.tabBar().setExpanding(False)
        self.tabs.tabBar().setDrawBase(False)
        row = QGridLayout()
        row.setSpacing(8)
        for place, button in enumerate(self.buttons.values()):
            row.addWidget(button, 0, place)
        row.setColumnStretch(len(self.buttons), 1)
        self.tabs.setMinimumHeight(_TABS_PX)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(16, 14, 16, 12)
        column.setSpacing(10)
        column.addWidget(self.head)
        column.addLayout(row)
        column.addWidget(self.question)
        column.addWidget(self.tabs, 1)
        area = QScrollArea(self)  # for a window that is lower than all of this
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(content)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 1, 1, 1)
        outer.addWidget(area)

    def _connect(self) -> None:
        self.head.closed.connect(self.closed)
        self.head.copied.connect(lambda: self._commands.copy_id(self.task_id))
        self.buttons["Cancel"].clicked.connect(self.cancel)
        self.buttons["Retry"].clicked.connect(self.retry)
        self.buttons["Remove"].clicked.connect(self.remove)
        again = self.buttons["Run again"]
        again.setToolTip("Run again with changes")
        again.setAccessibleName("Run again with changes")
        again.clicked.connect(lambda: self._commands.run_again(self.task_id))
        self._parts.theme.changed.connect(self._colour)

    def _enable(self) -> None:
        info = self.info
        usable = info is not None and self._online and self._there
        self.buttons["Cancel"].setVisible(info is not None and not info.state.final)
        self.buttons["Cancel"].setEnabled(usable and info is not None and can_cancel(info))
        self.buttons["Retry"].setVisible(info is not None and can_retry(info))
        self.buttons["Retry"].setEnabled(usable)
        self.buttons["Remove"].setVisible(info is not None and info.state.final)
        self.buttons["Remove"].setEnabled(usable)
        self.buttons["Run again"].setEnabled(usable)

    def _load(self) -> None:
        """Read what was asked and the story."""
        task_id = self.task_id
        self._parts.link.ask(
            self,
            lambda client: client.task(task_id),
            self._take,
            lambda error: self._complain(task_id, error),
        )

    def _take(self, reply: TaskReply) -> None:
        if reply.task.id != self.task_id:
            return  # another task is shown by now
        self._there = True
        self._reply = reply
        self._show_reply()
        if self.info is None or self._parts.tasks.info(reply.task.id) is None:
            self.show_info(reply.task)

    def _show_reply(self) -> None:
        self.story.show_reply(self._reply)
        self.params.show_reply(self._reply)

    def _complain(self, task_id: str, error: RevoError) -> None:
        if task_id != self.task_id:
            return
        if isinstance(error, NotFound):
            self._there = False
            self._enable()
            text = "This task is no longer there: it was removed."
            self.question.ask(text, "Close", "Keep it open", self.closed.emit)
        elif self._online:
            self.question.ask(error.msg, "Try again", "Leave it", self._load)

    def _colour(self) -> None:
        for name, button in self.buttons.items():
            button.setIcon(icon(_ICONS[name], self._parts.theme.tokens.secondary))


def _milestone(info: TaskInfo) -> tuple[object, ...]:
    """Return what a line of the story is written for."""
    return info.state, info.attempt, info.lost, info.cancelling, info.why
