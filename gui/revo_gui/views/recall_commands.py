"""What a user can do to an item of memory, each with what is said when it does not work."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, QProcess, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication

from revo_edge.client.client import Client
from revo_edge.contract.recall import Item, NewItem, RecallUpdate, Source, Stored
from revo_edge.errors import RevoError
from revo_gui.models.open_place import opener
from revo_gui.models.recall_query import Question, item_command, search_command
from revo_gui.models.recall_words import place, stored_words
from revo_gui.models.text import one_line
from revo_gui.views.page import Parts

T = TypeVar("T")
_WEB = ("http", "https")


class RecallCommands(QObject):
    """Asks memory, and opens what items come from."""

    def __init__(self, parts: Parts, parent: QObject) -> None:
        super().__init__(parent)
        self._parts = parts

    # memory

    def store(
        self, item: NewItem, done: Callable[[Stored], None], failed: Callable[[RevoError], None]
    ) -> None:
        """Remember a text."""

        def stored(outcome: Stored) -> None:
            self._parts.say(*stored_words(outcome))
            done(outcome)

        self._parts.link.ask(self, lambda client: client.recall.put(item), stored, failed)

    def correct(
        self,
        change: RecallUpdate,
        done: Callable[[Item], None],
        failed: Callable[[RevoError], None],
    ) -> None:
        """Make a new version of an item; CONFLICT when it has changed since."""
        self._parts.link.ask(self, lambda client: client.recall.update(change), done, failed)

    def pin(self, item: Item, done: Callable[[Item], None]) -> None:
        """Keep an item beyond all limits and rank it higher, or no longer."""
        change = RecallUpdate(id=item.id, pinned=not item.pinned, version=item.version)
        self.ask(lambda client: client.recall.update(change), done)

    def forget(self, item: Item, done: Callable[[], None]) -> None:
        """Forget an item for good."""

        def forgotten(_: object) -> None:
            self._parts.say("Forgotten, with all its versions", "ok")
            done()

        self.ask(lambda client: client.recall.forget([item.id]), forgotten)

    def ask(self, work: Callable[[Client], T], done: Callable[[T], None]) -> None:
        """Ask the daemon; what does not work becomes a toast."""
        self._parts.link.ask(self, work, done, self._complain)

    # the clipboard

    def copy_text(self, item: Item) -> None:
        """Put the whole text on the clipboard."""
        self._copy(item.text, "The text is on the clipboard")

    def copy_item_command(self, item: Item) -> None:
        """Put the command that prints this item on the clipboard."""
        self._copy(item_command(item.id, self._home()), "The command is on the clipboard")

    def copy_search_command(self, question: Question) -> None:
        """Put the command that asks the same on the clipboard."""
        self._copy(search_command(question, self._home()), "The command is on the clipboard")

    # places

    def open_place(self, source: Source) -> None:
        """Open the file at its line in the user's editor, or the address; say what was done."""
        if source.path:
            self._open_file(Path(source.path), source.first_line)
        elif source.url:
            self._open_address(source.url)
        else:
            self._parts.say("This item comes from no file or address", "info")

    def _open_file(self, path: Path, line: int | None) -> None:
        name = one_line(path.name)
        if not path.is_file():
            said = (
                f"{one_line(str(path))} is no longer there"
                if path.is_absolute()
                else (
                    f"{one_line(str(path))} is not a full path: nobody knows which folder it is in"
                )
            )
            self._parts.say(said, "warning")
            return
        chosen = opener(path, line, os.environ, shutil.which)
        if not chosen.words and os.access(path, os.X_OK):
            said = f"{name} is a program: it is only opened in an editor. Set $VISUAL to yours."
            self._parts.say(said, "warning")
            return
        if chosen.words:
            started = bool(QProcess.startDetached(chosen.words[0], list(chosen.words[1:])))
        else:
            started = QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
        at = f" at line {line}" if line and chosen.words else ""
        if started:
            self._parts.say(f"Opened {name}{at} with {chosen.said}", "ok")
        else:
            self._parts.say(f"Nothing here opens {name}. Set $VISUAL to your editor.", "error")

    def _open_address(self, address: str) -> None:
        url = QUrl(address)
        if url.scheme() not in _WEB:
            self._parts.say(f"{one_line(address)} is no address of the web", "warning")
        elif QDesktopServices.openUrl(url):
            self._parts.say(f"Opened {one_line(address)}", "ok")
        else:
            self._parts.say("Nothing here opens addresses of the web.", "error")

    def _copy(self, text: str, said: str) -> None:
        QApplication.clipboard().setText(text)
        self._parts.say(said, "ok")

    def _home(self) -> Path | None:
        return self._parts.link.paths.home if "REVO_HOME" in os.environ else None

    def _complain(self, error: RevoError) -> None:
        self._parts.say(error.msg, "error")


def can_open(source: Source) -> bool:
    """Tell whether there is something to open."""
    return bool(source.path or source.url)


def open_words(source: Source) -> str:
    """Return what opening does."""
    return f"Open {place(source)} in your editor (Ctrl+Enter)" if can_open(source) else ""
