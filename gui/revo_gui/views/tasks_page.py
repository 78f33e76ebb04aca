"""The Tasks page: the table with its filter, and the drawer of one task."""

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QMenu,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from revo_edge.contract.tasks import TaskInfo, TaskState
from revo_gui.link import Frame, Presence
from revo_gui.models.task_words import Group, can_cancel, can_retry
from revo_gui.models.tasks import TaskModel
from revo_gui.views.drawer import Drawer
from revo_gui.views.labels import text_label
from revo_gui.views.page import Page, Parts
from revo_gui.views.task_commands import TaskCommands
from revo_gui.views.task_empty import Empty
from revo_gui.views.task_filters import TaskFilters
from revo_gui.views.task_table import TaskTable

NARROW = 900
"""Under this the drawer takes the whole page."""
_LEAST = 340
_LEAST_LIST = 90
_MARGIN = 16
_DRAWER_WIDTH = 440
_TICK_MS = 1000


class TasksPage(Page):
    """Lists the tasks of the record; opens one beside them."""

    name = "tasks"
    title = "Tasks"
    icon = "tasks"

    def __init__(self, parts: Parts, parent: QWidget | None = None) -> None:
        super().__init__(parts, parent)
        self._online = True
        self._presence = Presence.JOINING
        self._beside = False
        self.setMinimumWidth(_LEAST)  # list and drawer beside each other must not hold it wide
        self.model = TaskModel(parts.theme, self)
        self.model.follow(parts.tasks)
        self.commands = TaskCommands(parts, self)
        self.filters = TaskFilters(parts.theme, self)
        self.table = TaskTable(self.model, parts.theme, self)
        self.empty = Empty(parts.theme, self)
        self.drawer = Drawer(parts, self.commands, self)
        self.counts = text_label(tone="muted")
        self._timer = QTimer(self, interval=_TICK_MS)
        self._lay_out()
        self._connect()
        self._declare()
        self._count()
        self._arrange()

    def open(self, task_id: str) -> None:
        """Open the drawer of a task, also of one that is not in memory any more."""
        self.table.choose(task_id)
        self._show_drawer(task_id)

    def close_drawer(self) -> None:
        """Go back to the list."""
        self.drawer.forget()
        self.drawer.hide()
        self._arrange()
        self.table.setFocus()

    def take(self, frame: Frame) -> None:
        """Show what changed."""
        self._presence = frame.presence
        self._count()
        shown = self.drawer.info
        if shown is not None and self.drawer.isVisibleTo(self):
            info = self.model.info(shown.id)
            if info is not None and info is not shown:
                self.drawer.show_info(info)
            elif shown.id in frame.removed:
                self.drawer.left_memory()

    def set_online(self, online: bool) -> None:  # noqa: FBT001 - one switch
        """Switch off what needs the daemon."""
        self._online = online
        self.drawer.set_online(online)
        self._count()

    def focus_filter(self) -> None:
        """Put the cursor into the filter."""
        self.filters.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filters.field.selectAll()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102, N802 - Qt's own
        super().resizeEvent(event)
        self._arrange()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: D102, N802 - Qt's own
        super().showEvent(event)
        self._timer.start()
        if not self.isAncestorOf(QApplication.focusWidget() or self):
            self.table.setFocus()  # whoever comes to this page goes on by its keys

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: D102, N802 - Qt's own
        super().hideEvent(event)
        self._timer.stop()

    def _lay_out(self) -> None:
        head = text_label("Tasks", scale="page")
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(head)
        top.addWidget(self.counts, 1)
        self._stack = QStackedWidget(self)
        self._stack.setMinimumHeight(_LEAST_LIST)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        self._list = QWidget(self)
        column = QVBoxLayout(self._list)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addLayout(top)
        column.addWidget(self.filters)
        column.addWidget(self._stack, 1)
        self.splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self.splitter.addWidget(self._list)
        self.splitter.addWidget(self.drawer)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(12)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 0)
        self.drawer.hide()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        outer.addWidget(self.splitter)

    def _connect(self) -> None:
        self.filters.changed.connect(self._narrow)
        self.table.picked.connect(self._pick)
        self.table.stepped.connect(self._step)
        self.table.customContextMenuRequested.connect(self._menu)
        self.drawer.closed.connect(self.close_drawer)
        self._timer.timeout.connect(self._tick)

    def _declare(self) -> None:
        for id, text, run, picture, keys in (
            ("cancel", "Cancel the task", self._cancel, "cancel", "Del"),
            ("retry", "Retry the task", self._retry, "retry", "R"),
            ("again", "Run the task again with changes", self._run_again, "new", ""),
            ("remove", "Remove the task", self._remove, "remove", ""),
            ("copy", "Copy the task's id", self._copy, "copy", "Ctrl+C"),
            ("close", "Close the task", self.close_drawer, "close", "Esc"),
        ):
            self.parts.actions.add(
                f"task_{id}",
                text,
                run,
                group="Tasks",
                icon=picture,
                keys=keys,
                online=id not in ("copy", "close"),
                within=self,
            )

    # what the user does

    def _narrow(self) -> None:
        self.model.narrow(self.filters.text, self.filters.group)
        self._count()

    def _pick(self, task_id: str) -> None:
        self._show_drawer(task_id)

    def _step(self, task_id: str) -> None:
        if self.drawer.isVisibleTo(self):
            self._show_drawer(task_id)

    def _show_drawer(self, task_id: str) -> None:
        self.drawer.open(task_id, self.model.info(task_id))
        self.drawer.show()
        self._arrange()
        seen = self.table.isVisibleTo(self)  # it is not yet when the first task has just begun
        (self.table if seen else self.drawer.tabs.tabBar()).setFocus()

    def _chosen(self) -> TaskInfo | None:
        """Return the task that an action is for: the open one, else the marked one."""
        if self.drawer.isVisibleTo(self):
            return self.drawer.info
        info = self.model.info(self.table.chosen)
        if info is None:
            self.parts.say("Choose a task first", "info")
        return info

    def _cancel(self) -> None:
        info = self._chosen()
        if info is None or not can_cancel(info):
            return
        if info.state is TaskState.RUNNING:
            self._show_drawer(info.id)  # the question stands there
            self.drawer.cancel()
        else:
            self.commands.cancel(info)

    def _retry(self) -> None:
        info = self._chosen()
        if info is not None and can_retry(info):
            self.commands.retry(info)

    def _remove(self) -> None:
        info = self._chosen()
        if info is not None and info.state.final:
            self._show_drawer(info.id)
            self.drawer.remove()

    def _run_again(self) -> None:
        info = self._chosen()
        if info is not None:
            self.commands.run_again(info.id)

    def _copy(self) -> None:
        info = self._chosen()
        if info is not None:
            self.commands.copy_id(info.id)

    def _menu(self, place: QPoint) -> None:
        info = self.model.info(self.table.chosen)
        if info is None:
            return
        if self.drawer.isVisibleTo(self):
            self._show_drawer(info.id)  # what is open and what the menu is for are one
        actions = self.parts.actions
        menu = QMenu(self)
        menu.addAction("Open", lambda: self._show_drawer(info.id))
        menu.addAction(actions["task_again"])
        if can_cancel(info):
            menu.addAction(actions["task_cancel"])
        if can_retry(info):
            menu.addAction(actions["task_retry"])
        if info.state.final:
            menu.addAction(actions["task_remove"])
        menu.addAction(actions["task_copy"])
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.table.viewport().mapToGlobal(place))

    # what is shown

    def _arrange(self) -> None:
        narrow = self.width() < NARROW
        drawn = self.drawer.isVisibleTo(self)
        self._list.setVisible(not (narrow and drawn))
        self.drawer.set_narrow(narrow)
        beside = drawn and not narrow
        if beside and not self._beside:
            width = self.width() - 2 * _MARGIN
            self.splitter.setSizes([width - _DRAWER_WIDTH, _DRAWER_WIDTH])
        self._beside = beside

    def _count(self) -> None:
        counts = {group: self.model.count(group) for group in Group}
        self.filters.show_counts(counts)
        total = counts[Group.ALL]
        shown = self.model.rowCount()
        narrowed = "" if shown == total else f"{shown:,} of "
        self.counts.setText(f"{narrowed}{total:,} in memory" if total else "")
        self._fill(total, shown)

    def _fill(self, total: int, shown: int) -> None:
        self._stack.setCurrentWidget(self.table if shown else self.empty)
        if shown:
            return
        if total:
            self.empty.say("filter", "No task fits the filter", "")
            self.empty.offer("Clear the filter", self.filters.clear)
        elif self._presence is Presence.JOINING and self._online:
            self.empty.say("tasks", "Reading the tasks", "")
        elif not self._online:
            self.empty.say("lost", "The daemon is not reachable", "Its tasks show up once it is")
        else:
            text = "What you start here, by the command line or by a script shows up at once"
            self.empty.say("tasks", "No tasks yet", text)
            self.empty.offer("New task", lambda: self.parts.new_task(None))

    def _tick(self) -> None:
        if self._list.isVisible() and self.model.rowCount():
            self.table.tick()
        if self.drawer.isVisible() and self.drawer.info and not self.drawer.info.state.final:
            self.drawer.head.tick()
