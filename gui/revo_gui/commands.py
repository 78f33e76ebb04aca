"""What the window itself can do: its actions, and what each asks of the daemon."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from PySide6.QtCore import QObject

from revo_edge.client.client import Client
from revo_edge.client.launch import start_daemon, stop_daemon
from revo_edge.contract.requests import HealthReply, HelloReply
from revo_edge.contract.tasks import TaskInfo, TaskSpec
from revo_edge.errors import RevoError
from revo_edge.paths import Paths
from revo_gui.actions import Actions
from revo_gui.link import Link

T = TypeVar("T")
TITLE_LIMIT = 200


class Window(Protocol):
    """What the actions ask of the window."""

    def go(self, page: str) -> None:
        """Show a page."""

    def focus_filter(self) -> None:
        """Put the cursor into the filter of the page."""

    def open_palette(self) -> None:
        """Show the command palette."""

    def open_keys(self) -> None:
        """Show the keyboard shortcuts."""

    def open_about(self) -> None:
        """Show versions and licences."""

    def new_task(self, spec: TaskSpec | None = None) -> None:
        """Open the New task dialog."""

    def choose_folder(self) -> None:
        """Let the user pick a folder to survey."""

    def next_theme(self) -> None:
        """Go on to the next theme: system, dark, light."""

    def toggle_full_screen(self) -> None:
        """Fill the screen, or stop filling it."""

    def close(self) -> bool:
        """Close the window."""


def declare(actions: Actions, window: Window, daemon: "Daemon", pages: dict[str, str]) -> None:
    """Declare the actions of the window; `pages` are name -> title in their order."""
    for number, (name, title) in enumerate(pages.items(), 1):
        run = partial(window.go, name)
        actions.add(f"page-{name}", title, run, group="Go to", icon=name, keys=str(number))
    _declare_window(actions, window)
    _declare_tasks(actions, window, daemon)
    _declare_daemon(actions, daemon)


def _declare_window(actions: Actions, window: Window) -> None:
    add = partial(actions.add, group="Window")
    add("palette", "Search or run", window.open_palette, icon="search", keys="Ctrl+K")
    add("filter", "Filter this page", window.focus_filter, icon="filter", keys="/; Ctrl+F")
    add("keys", "Keyboard shortcuts", window.open_keys, icon="keyboard", keys="?; F1")
    add("theme", "Change the theme", window.next_theme, icon="theme", keys="Ctrl+Shift+T")
    add("full_screen", "Full screen", window.toggle_full_screen, icon="image", keys="F11")
    add("about", "About reVo Edge", window.open_about, icon="info")
    add("quit", "Quit", window.close, icon="power", keys="Ctrl+Q")


def _declare_tasks(actions: Actions, window: Window, daemon: "Daemon") -> None:
    add = partial(actions.add, group="Tasks", online=True)
    add("new_task", "New task", window.new_task, icon="new", keys="Ctrl+N")
    add("survey", "Survey a folder", window.choose_folder, icon="survey", keys="Ctrl+O")
    add("pause_queue", "Pause the queue", daemon.pause_queue, icon="pause")
    add("resume_queue", "Resume the queue", daemon.resume_queue, icon="play")


def _declare_daemon(actions: Actions, daemon: "Daemon") -> None:
    add = partial(actions.add, group="Daemon")
    add("start_daemon", "Start the daemon", daemon.start, icon="power")
    add("restart_daemon", "Restart the daemon", daemon.restart, icon="retry")
    add("stop_daemon", "Stop the daemon", daemon.stop, icon="power", online=True)
    add("diagnose", "Check the daemon's health", daemon.check, icon="doctor")


class Daemon(QObject):
    """What the window asks of the daemon apart from any page; answers become toasts."""

    def __init__(self, link: Link, say: Callable[[str, str], None], parent: QObject) -> None:
        super().__init__(parent)
        self._link = link
        self._say = say
        self.starting = False

    def start(self) -> None:
        """Start the daemon if none runs."""
        self._bring_up(start_daemon)

    def restart(self) -> None:
        """Stop the daemon and start it again; one that does not answer is killed."""
        self._bring_up(_restart)

    def stop(self) -> None:
        """Stop the daemon; what runs goes on at its next start."""
        done = "The daemon has stopped. Tasks that wait or run go on at its next start."
        paths = self._link.paths
        self._ask(lambda _: stop_daemon(paths), lambda _: self._say(done, "info"))

    def check(self) -> None:
        """Say whether the daemon is well, and what to do if not."""
        self._ask(lambda client: client.health(), self._say_health)

    def pause_queue(self) -> None:
        """Start no more tasks."""
        done = "The queue is paused: what runs goes on, nothing new starts."
        self._ask(lambda client: client.pause(), lambda _: self._say(done, "info"))

    def resume_queue(self) -> None:
        """Start tasks again."""
        done = "The queue goes on."
        self._ask(lambda client: client.resume(), lambda _: self._say(done, "ok"))

    def survey(self, folder: str, done: Callable[[TaskInfo], None]) -> None:
        """Measure the folder."""
        title = f"survey {Path(folder).name or folder}"[:TITLE_LIMIT]
        spec = TaskSpec("parallel.analyze", {"path": folder}, title=title, cwd=folder)
        self._ask(lambda client: client.submit(spec), done)

    def _bring_up(self, how: Callable[[Paths], HelloReply]) -> None:
        if self.starting:
            return
        self.starting = True
        paths = self._link.paths
        self._link.ask(self, lambda _: how(paths), self._is_up, self._failed)

    def _is_up(self, hello: HelloReply) -> None:
        self.starting = False
        self._say(f"The daemon is up: version {hello.version}, process {hello.pid}.", "ok")

    def _say_health(self, found: HealthReply) -> None:
        if found.problems:
            self._say("\n".join(found.problems), "warning")
        else:
            self._say("The daemon is well.", "ok")

    def _ask(self, work: Callable[[Client], T], done: Callable[[T], None]) -> None:
        self._link.ask(self, work, done, self._failed)

    def _failed(self, error: RevoError) -> None:
        self.starting = False
        self._say(error.msg, "error")


def _restart(paths: Paths) -> HelloReply:
    stop_daemon(paths, kill=True)
    return start_daemon(paths)
