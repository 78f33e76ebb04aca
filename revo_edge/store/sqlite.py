"""SQLite, opened the one way we trust: WAL, a full sync for each commit, no extensions."""

import contextlib
import os
import sqlite3
import urllib.parse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from revo_edge.clock import utc_now
from revo_edge.errors import RevoError, Unavailable, VersionMismatch

BUSY_TIMEOUT_MS = 5_000
"""How long a statement waits for another process, such as a backup tool, to let go."""
WAL_LIMIT_BYTES = 16 * 1024 * 1024
"""The write-ahead log is cut back to this size after a checkpoint."""
CHECK_LIMIT_BYTES = 256 * 1024 * 1024
"""A larger file is only checked if it was not closed cleanly, since the check reads all of it."""

_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_BOTH = ("PRAGMA foreign_keys=ON", "PRAGMA mmap_size=0", f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
_WRITER = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    f"PRAGMA journal_size_limit={WAL_LIMIT_BYTES}",
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A writable database; `aside` is where a damaged file was moved to, if there was one."""

    db: sqlite3.Connection
    aside: Path | None


def connect(path: Path, *, readonly: bool = False) -> sqlite3.Connection:
    """Connect without checks; statements commit by themselves unless BEGIN was said.

    Raises sqlite3.Error. The connection may change threads, but serves one at a time.
    """
    if not readonly:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    db = sqlite3.connect(
        f"file:{urllib.parse.quote(str(path))}?mode={'ro' if readonly else 'rw'}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    try:
        for pragma in _BOTH if readonly else _BOTH + _WRITER:
            db.execute(pragma)
    except BaseException:
        db.close()
        raise
    return db


def open_database(path: Path, steps: Sequence[str]) -> Opened:
    """Open for writing, check and migrate; a damaged file is kept aside and a fresh one made.

    Raises VersionMismatch for a file of a newer version, Unavailable when the disk refuses.
    """
    try:
        return Opened(_open_sound(path, steps), None)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise unavailable(error, path) from error
    except OSError as error:
        raise unavailable(error, path) from error
    try:
        aside = move_aside(path)
        return Opened(_open_sound(path, steps), aside)
    except (sqlite3.Error, OSError) as error:
        raise unavailable(error, path) from error


def migrate(db: sqlite3.Connection, steps: Sequence[str], path: Path) -> None:
    """Bring the schema to version `len(steps)`, each step in its own transaction.

    Raises VersionMismatch when the file is of a newer version.
    """
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > len(steps):
        raise VersionMismatch(
            f"{path} was written by a newer reVo Edge: its schema is {version}, and this one knows "
            f"{len(steps)}. Install the newer version again, or set REVO_HOME to another folder."
        )
    for number, step in enumerate(steps[version:], version + 1):
        try:
            db.executescript(f"BEGIN IMMEDIATE;{step};PRAGMA user_version={number};COMMIT")
        except BaseException:
            roll_back(db)
            raise


def roll_back(db: sqlite3.Connection) -> None:
    """Undo, if SQLite has not done so itself; what fails here is tried again by the next one."""
    if db.in_transaction:
        with contextlib.suppress(sqlite3.Error):
            db.execute("ROLLBACK")


def is_damage(error: BaseException | None) -> bool:
    """Tell whether the file itself is broken, rather than the disk full or the query wrong."""
    return _error_name(error).startswith(_DAMAGED)


def unavailable(error: Exception, path: Path) -> RevoError:
    """Return the error a user can act on for one of SQLite or of the operating system."""
    name = _error_name(error)
    if name == "SQLITE_FULL":
        hint = f"Free some space on the disk of {path.parent}; writing then goes on by itself."
    elif name.startswith(_DAMAGED):
        hint = "Restart the daemon: it keeps the damaged file aside and begins a fresh one."
    elif name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        hint = "Another program holds the file; close it."
    else:
        hint = f"Check that {path.parent} is yours, writable, on a sound disk and has free space."
    return Unavailable(f"Cannot use {path}: {error} ({name}). {hint}", after_ms=1_000)


def _error_name(error: BaseException | None) -> str:
    default = type(error).__name__
    return str(getattr(error, "sqlite_errorname", default))


def _open_sound(path: Path, steps: Sequence[str]) -> sqlite3.Connection:
    doubtful = _wal(path).exists() or _size(path) <= CHECK_LIMIT_BYTES
    db = connect(path)
    try:
        if doubtful:
            _check(db)
        migrate(db, steps, path)
    except BaseException:
        db.close()
        raise
    return db


def _check(db: sqlite3.Connection) -> None:
    (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        error = sqlite3.DatabaseError(verdict)
        error.sqlite_errorname = "SQLITE_CORRUPT"
        raise error


def move_aside(path: Path) -> Path:
    """Rename the file with its log, so that nothing of it is mixed into the fresh one."""
    stamp = datetime.fromtimestamp(utc_now(), UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    aside = path.with_name(f"{path.name}.corrupt-{stamp}")
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside


def _wal(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
