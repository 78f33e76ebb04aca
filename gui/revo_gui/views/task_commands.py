"""What a user can do to a task, each with what is said when it does not work."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from revo_edge.client.client import Client
from revo_edge.contract.tasks import TaskInfo
from revo_edge.errors import RevoError
from revo_gui.views.page import Parts


class TaskCommands(QObject):
    """Asks the daemon; the record tells what came of it."""

    def __init__(self, parts: Parts, parent: QObject) -> None:
        super().__init__(parent)
        self._parts = parts

    def cancel(self, info: TaskInfo) -> None:
        """Stop the task."""
        self._ask(lambda client: client.cancel(info.id), lambda: None)

    def retry(self, info: TaskInfo) -> None:
        """Queue the task again."""
        self._ask(lambda client: client.retry(info.id), lambda: None)

    def remove(self, info: TaskInfo, done: Callable[[], None]) -> None:
        """Delete the task with its result and log; then call `done`."""
        self._ask(lambda client: client.remove(info.id), partial(self._removed, done))

    def copy_id(self, task_id: str) -> None:
        """Put the id on the clipboard."""
        QApplication.clipboard().setText(task_id)
        self._parts.say("The task's id is on the clipboard", "ok")

    def run_again(self, task_id: str) -> None:
        """Open the New task dialog with what was asked of this one."""
        self._parts.link.ask(
            self,
            lambda client: client.task(task_id).spec,
            self._parts.new_task,
            self._complain,
        )

    def _ask(self, work: Callable[[Client], object], done: Callable[[], None]) -> None:
        self._parts.link.ask(self, work, lambda _: done(), self._complain)

    def _removed(self, done: Callable[[], None]) -> None:
        self._parts.say("The task is removed", "ok")
        done()

    def _complain(self, error: RevoError) -> None:
        self._parts.say(error.msg, "error")
