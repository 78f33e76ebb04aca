"""The watcher: the process that follows folders and says which of them have changed.

It reads from memory.db which folders these are, so it knows them again after a restart, and looks
at what the kernel tells of them. What has changed is read by `recall.ingest`, which the daemon
submits.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import msgspec

from revo_edge.contract.events import MemoryKept
from revo_edge.contract.params import Params
from revo_edge.contract.watching import FolderNote
from revo_edge.engines.recall import watching
from revo_edge.engines.recall.opening import Options, open_read_only
from revo_edge.engines.recall.watched_folder import WatchedFolder
from revo_edge.errors import UnknownMethod

LOOK_S = 0.25
"""How often the folders are looked at."""


class Watcher:
    """Follows the folders of memory.db. Raises Unavailable until the writer made the file."""

    def __init__(self, home: Path, options: Options, clock: Callable[[], float]) -> None:
        self._path = home / "memory.db"
        self._options = options
        self._clock = clock
        self._db = open_read_only(self._path, options)
        self._inode = self._path.stat().st_ino
        self._seen = -1
        self._folders: dict[str, WatchedFolder] = {}
        self._namespaces: dict[str, str] = {}
        self._notes: list[FolderNote] = []

    def call(self, method: str, params: Params, key: str | None = None) -> msgspec.Struct:
        """Answer nothing; raises UnknownMethod."""
        del params, key
        raise UnknownMethod(f"The watcher of Perfect Recall has no method {method}.")

    def rest(self, now: float) -> float | None:
        """Look at the folders."""
        del now
        self._follow()
        for path, folder in self._folders.items():
            note = folder.look(self._clock())
            if note is not None:
                namespace = self._namespaces[path]
                self._notes.append(msgspec.structs.replace(note, namespace=namespace))
        return LOOK_S

    def news(self) -> tuple[MemoryKept | FolderNote, ...]:
        """Return what was seen since it was last asked."""
        notes, self._notes = tuple(self._notes), []
        return notes

    def note(self) -> dict[str, float]:
        """Return figures for the metrics."""
        return {"followed": len(self._folders)}

    def close(self) -> None:
        """Follow no more."""
        for folder in self._folders.values():
            folder.close()
        self._db.close()

    def _follow(self) -> None:
        """Take up which folders there are, when memory.db has changed."""
        try:
            self._look_again()
            (version,) = self._db.execute("PRAGMA data_version").fetchone()
            if version == self._seen:
                return
            wanted = {each.path: each.namespace for each in watching.folders(self._db)}
        except (sqlite3.Error, OSError):
            return  # the writer replaces the file just now: it is read the next time
        self._seen = version
        self._namespaces = wanted
        for path in self._folders.keys() - wanted.keys():
            self._folders.pop(path).close()
        for path in wanted.keys() - self._folders.keys():
            self._folders[path] = WatchedFolder(path, self._clock())

    def _look_again(self) -> None:
        """Open the file that is there now, if another took its place."""
        inode = self._path.stat().st_ino
        if inode != self._inode:
            self._db.close()
            self._db = open_read_only(self._path, self._options)
            self._inode, self._seen = inode, -1
