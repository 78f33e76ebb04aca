"""What tasks read of memory.db by themselves: a connection that only reads, in short steps.

A task must not hold a read open for long, or the writer's log grows meanwhile.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from revo_edge.engines.recall.opening import Options, open_read_only
from revo_edge.errors import Unavailable
from revo_edge.store.sqlite import unavailable

DATABASE = "memory.db"
OPEN_LIMIT_S = 10.0
"""A writer that opens a sound file takes a fraction of a second."""
OPEN_RETRY_S = 0.05
_OPTIONS = Options(cache_mb=16)


class KnownFile(msgspec.Struct, frozen=True):
    """A file as it was read the last time."""

    path: str
    size_bytes: int
    mtime_ns: int
    hash: str


@contextmanager
def reading(home: Path) -> Iterator[sqlite3.Connection | None]:
    """Open memory.db; None: there is none yet.

    Waits a while for a writer that still makes the file or brings it to the present schema. Raises
    Unavailable when it cannot be read, VersionMismatch for a file of a newer version.
    """
    path = home / DATABASE
    if not path.exists():
        yield None
        return
    db = _open(path)
    try:
        yield db
    except sqlite3.Error as error:
        raise unavailable(error, path) from error
    finally:
        db.close()


def _open(path: Path) -> sqlite3.Connection:
    end = time.monotonic() + OPEN_LIMIT_S
    while True:
        try:
            return open_read_only(path, _OPTIONS)
        except Unavailable:
            if time.monotonic() >= end:
                raise
            time.sleep(OPEN_RETRY_S)


def known_roots(home: Path, namespace: str) -> list[str]:
    """Return the folders that files of a namespace were read below."""
    query = (
        "SELECT DISTINCT root FROM file "
        "WHERE namespace = (SELECT number FROM namespace WHERE name = ?) ORDER BY root"
    )
    with reading(home) as db:
        return [] if db is None else [root for (root,) in db.execute(query, (namespace,))]


def known_files(home: Path, namespace: str, root: str) -> dict[str, KnownFile]:
    """Return what is known of the files below a root, by path."""
    query = (
        "SELECT path, size_bytes, mtime_ns, hash FROM file "
        "WHERE namespace = (SELECT number FROM namespace WHERE name = ?) AND root = ?"
    )
    with reading(home) as db:
        if db is None:
            return {}
        found = db.execute(query, (namespace, root)).fetchall()
    return {row[0]: KnownFile(*row) for row in found}
