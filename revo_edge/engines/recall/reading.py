"""What tasks read of memory.db by themselves: a connection that only reads, in short steps.

A task must not hold a read open for long, or the writer's log grows meanwhile.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from revo_edge.store.sqlite import connect, unavailable

DATABASE = "memory.db"


class KnownFile(msgspec.Struct, frozen=True):
    """A file as it was read the last time."""

    path: str
    size_bytes: int
    mtime_ns: int
    hash: str


@contextmanager
def reading(home: Path) -> Iterator[sqlite3.Connection | None]:
    """Open memory.db; None: there is none yet. Raises Unavailable when it cannot be read."""
    path = home / DATABASE
    if not path.exists():
        yield None
        return
    try:
        db = connect(path, readonly=True)
    except sqlite3.Error as error:
        raise unavailable(error, path) from error
    try:
        yield db
    except sqlite3.Error as error:
        raise unavailable(error, path) from error
    finally:
        db.close()


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
