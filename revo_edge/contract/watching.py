"""What the daemon and the process that watches folders say to each other: one JSON object a line."""

from enum import Enum

import msgspec


class FolderState(Enum):
    """What is known of a watched folder."""

    WATCHED = "watched"
    """The kernel tells of changes."""
    POLLED = "polled"
    """It does not; the folder is looked through from time to time."""
    MISSING = "missing"
    """There is no such folder now; it is waited for."""


class WatchFolders(msgspec.Struct, frozen=True):
    """To the process: watch exactly these, absolute paths. Sent at the start and at each change."""

    folders: tuple[str, ...]


class FolderNote(msgspec.Struct, frozen=True, omit_defaults=True):
    """From the process: `changed` asks for an ingest; `why` says what is wrong and what helps.

    A folder is noted as changed when the watch begins and when it is back: what happened meanwhile
    is not known.
    """

    path: str
    state: FolderState
    changed: bool = False
    why: str = ""
