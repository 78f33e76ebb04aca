"""One daemon for each REVO_HOME: an OS lock held for life, and the endpoint file beside it.

The lock is taken before any bind: a second bind on an ipc path succeeds and silently steals the
endpoint, so "the socket exists" proves nothing.
"""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

import msgspec

from revo_edge.contract.endpoint import Endpoint
from revo_edge.errors import Conflict, SettingsError


@dataclass(slots=True)
class Lock:
    """The lock on a REVO_HOME; the kernel frees it when the process ends, however it ends."""

    path: Path
    fd: int

    def release(self) -> None:
        """Free the lock; the file stays, since removing it would race with the next owner."""
        os.close(self.fd)


def take_lock(path: Path) -> Lock:
    """Take the lock; raise Conflict that names the owner's pid, or SettingsError (read-only)."""
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SettingsError(
            f"Cannot write {path}: {error.strerror}. Set REVO_HOME to a folder you can write to."
        ) from None
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.read(fd, 32).decode(errors="replace").strip() or "unknown"
        os.close(fd)
        raise Conflict(
            f"A daemon (pid {owner}) already serves {path.parent}. "
            "Use it, or stop it with `revo down`."
        ) from None
    os.ftruncate(fd, 0)
    os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
    return Lock(path, fd)


def write_endpoint(path: Path, endpoint: Endpoint) -> None:
    """Put endpoint.json in place atomically, mode 0600."""
    fresh = path.with_suffix(".new")
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(endpoint)) + b"\n")
    fresh.replace(path)


def remove_endpoint(path: Path, boot: str) -> None:
    """Remove endpoint.json if it is still this boot's."""
    try:
        if msgspec.json.decode(path.read_bytes(), type=Endpoint).boot == boot:
            path.unlink()
    except (OSError, msgspec.MsgspecError):
        return
