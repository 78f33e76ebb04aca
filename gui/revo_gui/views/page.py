"""What every page is, and what the pages share."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from revo_edge.contract.tasks import TaskSpec
from revo_gui.actions import Actions
from revo_gui.link import Frame, Link
from revo_gui.models.events import EventModel
from revo_gui.models.tasks import TaskModel
from revo_gui.theme import Theme


@dataclass(frozen=True, slots=True)
class Parts:
    """What the window hands to its pages."""

    link: Link
    theme: Theme
    actions: Actions
    tasks: TaskModel
    events: EventModel
    say: Callable[[str, str], None]
    """(text, `info` | `ok` | `warning` | `error`): shows a toast."""
    show_task: Callable[[str], None]
    """Goes to the Tasks page and opens the task's drawer."""
    new_task: Callable[[TaskSpec | None], None]
    """Opens the New task dialog, filled in from a spec if one is given."""


class Page(QWidget):
    """One page of the window. The models get every frame; a page only while it is on screen."""

    name = ""
    title = ""
    icon = ""

    def __init__(self, parts: Parts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.parts = parts
        self.setObjectName(f"page-{self.name}")

    def take(self, frame: Frame) -> None:
        """Show what changed; called also when the page comes on screen, with no changes."""

    def set_online(self, online: bool) -> None:  # noqa: FBT001 - one switch
        """Switch what needs the daemon on or off, and say why."""

    def focus_filter(self) -> None:
        """Put the cursor into the page's filter, if it has one."""
