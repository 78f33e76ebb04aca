"""One watched folder: what the kernel tells of it, held back until it is quiet."""

import os
from typing import Any

from revo_edge.contract.watching import FolderNote, FolderState
from revo_edge.engines.files.ignored import Ignored

QUIET_S = 1.0
"""A folder is noted when nothing has changed in it for so long,"""
MOST_S = 10.0
"""or at the latest after so long; so often while changes go on."""
POLL_S = 60.0
"""A folder that the kernel does not tell of is noted so often."""

_STEP_MS = 1  # the notifier's own grouping is not needed

_TOO_MANY = (
    "The kernel's limit of watched folders is reached, so it is looked through once a minute. "
    "Raise it: sudo sysctl fs.inotify.max_user_watches=1048576"
)
_NOT_INSTALLED = (
    "watchfiles is not installed, so it is looked through once a minute. "
    'Install it: pip install "revo-edge[recall]"'
)


class WatchedFolder:
    """Follows a folder by its path, also when it goes and comes back. Times are monotonic."""

    def __init__(self, path: str, now: float) -> None:
        self.path = path
        self._ignored = Ignored(path)
        self._identity: tuple[int, int] | None = None
        self._notifier: Any = None
        self._state = FolderState.MISSING
        self._told: FolderState | None = None  # the state that was noted last
        self._why = ""
        self._first: float | None = None  # of the changes that were not noted yet
        self._last = now

    def look(self, now: float) -> FolderNote | None:
        """Take in what happened; return a note if there is something to say."""
        identity = _identity(self.path)
        if identity != self._identity:
            self._begin(identity, now)
        elif (self._notifier is not None and self._take_changes()) or (
            self._state is FolderState.POLLED and now - self._last >= POLL_S
        ):
            self._mark(now)
        is_due = self._is_due(now)
        if is_due:
            self._first = None
        if not is_due and self._told is self._state:
            return None
        self._told = self._state
        return FolderNote(self.path, self._state, is_due, self._why)

    def close(self) -> None:
        """Stop watching."""
        if self._notifier is not None:
            self._notifier.close()
            self._notifier = None

    def _begin(self, identity: tuple[int, int] | None, now: float) -> None:
        """Watch the folder that is there now, if one is."""
        self.close()
        self._identity, self._why = identity, ""
        if identity is None:
            self._state, self._first = FolderState.MISSING, None
            return
        self._mark(now)
        try:
            from watchfiles._rust_notify import (  # noqa: PLC0415 - of the extra [recall]
                RustNotify,
                WatchfilesRustInternalError,
            )
        except ImportError:
            self._poll(_NOT_INSTALLED)
            return
        try:
            self._notifier = RustNotify([self.path], False, False, 0, True, True)
            self._state = FolderState.WATCHED
        except FileNotFoundError:  # gone between one look and the next
            self._state, self._identity, self._first = FolderState.MISSING, None, None
        except (OSError, WatchfilesRustInternalError) as error:
            self._poll(_TOO_MANY if "limit" in str(error) else f"It cannot be watched: {error}.")

    def _poll(self, why: str) -> None:
        self._state, self._why = FolderState.POLLED, why

    def _take_changes(self) -> bool:
        """Tell whether something changed that is not left out; forget the changes."""
        changes = self._notifier.watch(_STEP_MS, _STEP_MS, _STEP_MS, None)
        if isinstance(changes, str):
            return False
        prefix = len(self.path.rstrip("/")) + 1
        # the folder itself is told of when it goes
        return any(len(path) < prefix or path[prefix:] not in self._ignored for _, path in changes)

    def _mark(self, now: float) -> None:
        self._first = now if self._first is None else self._first
        self._last = now

    def _is_due(self, now: float) -> bool:
        if self._first is None:
            return False
        return now - self._last >= QUIET_S or now - self._first >= MOST_S


def _identity(path: str) -> tuple[int, int] | None:
    """Name a folder by device and inode: one of the same name may have taken its place."""
    try:
        record = os.stat(path)  # noqa: PTH116  Path cannot hold every name
    except (OSError, ValueError):
        return None
    return record.st_dev, record.st_ino
