"""What the process that watches folders tells the daemon."""

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


class FolderNote(msgspec.Struct, frozen=True, omit_defaults=True):
    """Of one folder: `changed` asks for an ingest; `why` says what is wrong and what helps.

    A folder is noted as changed when the watch begins and when it is back: what happened meanwhile
    is not known.
    """

    path: str
    state: FolderState
    changed: bool = False
    why: str = ""
    namespace: str = ""
