"""What a daemon that was killed leaves behind, and taking it away: `revo doctor --fix`."""

import fcntl
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from revo_edge.client.launch import read_endpoint
from revo_edge.clock import utc_now
from revo_edge.paths import Paths

UPLOAD_AGE_S = 3_600.0
"""An upload or a half-written file that nobody went on with for so long is given up."""
LISTEN_LIMIT_S = 1.0


def find_leftovers(paths: Paths) -> list[Path]:
    """Return stale sockets, endpoint files of dead daemons and given-up temporary files."""
    found = list(_half_written(paths))
    if read_endpoint(paths) is None:
        found += [path for path in (paths.endpoint, _fresh(paths)) if os.path.lexists(path)]
        found += [path for path in _sockets(paths) if listener(path) is None]
    return found


def remove_leftovers(paths: Paths) -> list[Path]:
    """Remove them and return which; nothing while a daemon serves, which tidies up by itself.

    The home's lock is held meanwhile, so that no daemon starts between the look and the removal.
    """
    with _locked(paths) as free:
        found = find_leftovers(paths) if free else []
        for path in found:
            path.unlink(missing_ok=True)
    return found


def listener(path: Path) -> int | None:
    """Return the pid that listens on a socket file, None if nobody does.

    The kernel tells who called listen, so a stopped daemon is known too and a socket file that
    was replaced by another program is found out. Raises OSError when it cannot be known.
    """
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(LISTEN_LIMIT_S)
        try:
            peer.connect(os.fsencode(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return None
        told = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return int.from_bytes(told[:4], "little")


def _sockets(paths: Paths) -> list[Path]:
    every = (paths.sockets / name for name in "cep")
    return [path for path in every if os.path.lexists(path) and stat.S_ISSOCK(path.lstat().st_mode)]


def _fresh(paths: Paths) -> Path:
    return paths.endpoint.with_suffix(".new")


def _half_written(paths: Paths) -> Iterator[Path]:
    limit = utc_now() - UPLOAD_AGE_S
    for path in paths.spool.iterdir() if paths.spool.is_dir() else ():
        if path.suffix in {".part", ".tmp"} and path.lstat().st_mtime < limit:
            yield path


@contextmanager
def _locked(paths: Paths) -> Iterator[bool]:
    """Hold the home's lock, if there is one and it is free; yield whether nobody else has it."""
    if not paths.home.is_dir():
        yield True
        return
    fd = os.open(paths.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(fd)
