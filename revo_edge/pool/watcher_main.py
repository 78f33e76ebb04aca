"""The process that watches folders: told which on one pipe, it notes on another what has changed.

It runs beside the workers and takes no slot. It ends when its input does, so it cannot outlive the
daemon.
"""

import os
import select
import time
from collections.abc import Callable

import msgspec

from revo_edge.contract.watching import FolderNote, WatchFolders
from revo_edge.pool.watched_folder import WatchedFolder

LOOK_S = 0.25
"""How often the folders are looked at."""
_READ_BYTES = 64 * 1024

_decoder = msgspec.json.Decoder(WatchFolders)
_encoder = msgspec.json.Encoder()


def serve(read_fd: int, write_fd: int) -> None:
    """Read WatchFolders and write FolderNotes, a line each, until the input ends.

    Raises msgspec.DecodeError for a line that is none: then the caller is another version.
    """
    watcher = Watcher(time.monotonic)
    rest = b""
    try:
        while True:
            ready, _, _ = select.select([read_fd], [], [], LOOK_S)
            if ready:
                data = os.read(read_fd, _READ_BYTES)
                if not data:
                    return
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    watcher.watch(_decoder.decode(line))
            for note in watcher.look():
                _write(write_fd, _encoder.encode(note) + b"\n")
    except BrokenPipeError:  # nobody listens any more
        return
    finally:
        watcher.close()


class Watcher:
    """The folders that are watched now; `clock` is monotonic."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._folders: dict[str, WatchedFolder] = {}

    def watch(self, asked: WatchFolders) -> None:
        """Watch exactly these; those that were watched before go on as they were."""
        for path in self._folders.keys() - set(asked.folders):
            self._folders.pop(path).close()
        for path in asked.folders:
            if path not in self._folders:
                self._folders[path] = WatchedFolder(path, self._clock())

    def look(self) -> list[FolderNote]:
        """Return what there is to say of the folders."""
        notes = (folder.look(self._clock()) for folder in self._folders.values())
        return [note for note in notes if note is not None]

    def close(self) -> None:
        """Stop watching."""
        for folder in self._folders.values():
            folder.close()
        self._folders.clear()


def _write(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
