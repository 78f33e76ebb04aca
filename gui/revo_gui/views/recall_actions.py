"""The actions of the Recall page: their keys, and what the palette and the help say of them."""

from typing import Protocol, cast

from PySide6.QtWidgets import QWidget

from revo_gui.actions import Actions


class Acts(Protocol):
    """What the actions ask of the page."""

    def open_place(self) -> None:
        """Open where the item is from."""

    def correct(self) -> None:
        """Correct the item."""

    def pin(self) -> None:
        """Pin the item, or no longer."""

    def forget(self) -> None:
        """Forget the item, once that is confirmed."""

    def copy(self) -> None:
        """Copy the text of the item."""

    def copy_command(self) -> None:
        """Copy the search as a command."""

    def clear(self) -> None:
        """Take search and filters off."""

    def leave(self) -> None:
        """Close the details, else empty the search."""

    def store_note(self) -> None:
        """Open the form of a note."""

    def ingest(self) -> None:
        """Open the form that remembers a folder."""


def declare(actions: Actions, page: Acts) -> None:
    """Declare them; what adds to memory can be done from every page."""
    for id, text, run, picture, keys, online in (
        ("open", "Open the item at its line", page.open_place, "open", "Ctrl+Return; Ctrl+Enter", False),
        ("correct", "Correct the item", page.correct, "edit", "F2", True),
        ("pin", "Pin the item, or unpin it", page.pin, "pin", "Ctrl+P", True),
        ("forget", "Forget the item", page.forget, "remove", "Del", True),
        ("copy", "Copy the item's text", page.copy, "copy", "Ctrl+C", False),
        ("command", "Copy the search as a command", page.copy_command, "terminal", "", False),
        ("clear", "Clear search and filters", page.clear, "filter", "", False),
        ("leave", "Close the item, or clear the search", page.leave, "close", "Esc", False),
    ):  # fmt: skip
        actions.add(
            f"recall_{id}",
            text,
            run,
            group="Recall",
            icon=picture,
            keys=keys,
            online=online,
            within=cast("QWidget", page),
        )
    actions.add(
        "recall_note",
        "Store a note",
        page.store_note,
        group="Recall",
        icon="note",
        keys="Ctrl+Shift+N",
        online=True,
    )
    actions.add(
        "recall_ingest",
        "Remember a folder",
        page.ingest,
        group="Recall",
        icon="folder",
        online=True,
    )
