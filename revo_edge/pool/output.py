"""Output of programs, kept within bounds: its beginning, its end, and how much fell between."""

import os
from pathlib import Path

KEPT_BYTES = 64 * 1024
"""How much is kept of each end."""
TASK_LOG_BYTES = 1024 * 1024
"""The log of one task grows no further."""

_FULL = b"\n[the log of this task is full: further output is dropped]\n"


class Bounded:
    """Takes any amount of bytes and keeps the first and the last KEPT_BYTES."""

    def __init__(self) -> None:
        self.head = bytearray()
        self._tail = bytearray()
        self._dropped = 0

    def feed(self, data: bytes) -> None:
        """Add what was read."""
        room = KEPT_BYTES - len(self.head)
        if room > 0:
            self.head += data[:room]
            data = data[room:]
        self._tail += data
        if len(self._tail) > 2 * KEPT_BYTES:  # cut rarely: a cut copies
            self._cut()

    def take(self) -> bytes:
        """Return all that was kept, with the number of dropped bytes said; start anew."""
        self._cut()
        gap = b"\n[%d bytes dropped]\n" % self._dropped if self._dropped else b""
        text = bytes(self.head) + gap + bytes(self._tail)
        self.__init__()  # type: ignore[misc]  # as new: there is no other state
        return text

    def _cut(self) -> None:
        extra = len(self._tail) - KEPT_BYTES
        if extra > 0:
            self._dropped += extra
            del self._tail[:extra]


class TaskLog:
    """The log file of one task, which several workers may append to."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, text: bytes) -> int:
        """Append, up to TASK_LOG_BYTES in all; return the size of the file, 0 if it fails."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fd = os.open(self._path, flags, 0o600)
        except OSError:
            return 0  # a full disk must not fail the task
        try:
            return _append(fd, text)
        except OSError:
            return 0
        finally:
            os.close(fd)


def _append(fd: int, text: bytes) -> int:
    size_bytes = os.fstat(fd).st_size
    room = TASK_LOG_BYTES - size_bytes
    if room <= 0:
        return size_bytes
    if len(text) > room:
        text = text[: max(0, room - len(_FULL))] + _FULL
    return size_bytes + os.write(fd, text)
