"""Opening memory.db: checked, brought to the present schema, and read out when it is damaged."""

import contextlib
import sqlite3
from pathlib import Path

import msgspec

from revo_edge.engines.recall import meta, salvage
from revo_edge.engines.recall.schema import STEPS
from revo_edge.errors import Unavailable, VersionMismatch
from revo_edge.store.sqlite import connect, is_damage, migrate, move_aside, roll_back, unavailable

CHECK_LIMIT_BYTES = 64 * 1024 * 1024
"""A larger file is checked only after a statement met damage: reading all of it takes seconds."""
RETRY_MS = 500


class Options(msgspec.Struct, frozen=True):
    """How the services of Perfect Recall run.

    `model` is the id of the embedder whose vectors are kept; empty: none, and `lexical_only` says
    why. A retention limit of 0 is none; pinned items and those of files are beyond it.
    """

    model: str = ""
    model_setting: str = ""
    """What names the model in the settings; tasks load it by that."""
    lexical_only: str = "No embedder is installed: install the extra `revo-edge[recall]`."
    keep_items: int = 0
    """So many items in each namespace."""
    keep_days: float = 0.0
    cache_mb: int = 64
    """Of pages, in each process."""
    cached_queries: int = 512
    vacuum_limit_bytes: int = 128 * 1024 * 1024
    """A larger file waits for a task that rewrites it after a forget; see rewriting.py."""


def open_store(path: Path, options: Options) -> sqlite3.Connection:
    """Open for writing; a damaged file is kept aside and what can be read put into a new one.

    Raises VersionMismatch for a file of a newer version, Unavailable when the disk refuses.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        db = _open_or_salvage(path)
        try:
            _tune(db, options)
            db.execute("PRAGMA secure_delete=ON")
            _choose_model(db, options.model)
            meta.put(db, "model_setting", options.model_setting)
        except BaseException:
            db.close()
            raise
    except (sqlite3.Error, OSError) as error:
        raise unavailable(error, path) from error
    return db


def open_read_only(path: Path, options: Options) -> sqlite3.Connection:
    """Open for reading; raises Unavailable when the writer has not made the file yet."""
    try:
        db = connect(path, readonly=True)
    except sqlite3.Error as error:
        raise _not_yet(path, error) from error
    try:
        _tune(db, options)
        (version,) = db.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error as error:
        db.close()
        raise _not_yet(path, error) from error
    if version > len(STEPS):
        db.close()
        raise VersionMismatch(
            f"{path} was written by a newer reVo Edge. Install the newer version again, or set "
            "REVO_HOME to another folder."
        )
    if version < len(STEPS):
        db.close()
        raise _not_yet(path, None)
    return db


def mark_damaged(path: Path) -> None:
    """Have the file checked when it is opened next, however large it is."""
    with contextlib.suppress(OSError):
        _mark(path).touch()


def _open_or_salvage(path: Path) -> sqlite3.Connection:
    try:
        return _open_sound(path)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
    aside = move_aside(path)
    db = connect(path)
    try:
        _pages(db)
        migrate(db, STEPS, path)
        db.execute("BEGIN IMMEDIATE")
        salvage.read_out(aside, db)
        db.execute("COMMIT")
    except BaseException:
        roll_back(db)
        db.close()
        raise
    _mark(path).unlink(missing_ok=True)
    return db


def _open_sound(path: Path) -> sqlite3.Connection:
    small = not path.exists() or path.stat().st_size <= CHECK_LIMIT_BYTES
    db = connect(path)
    try:
        if small or _mark(path).exists():
            _check(db)
            _mark(path).unlink(missing_ok=True)
        _pages(db)
        migrate(db, STEPS, path)
    except BaseException:
        db.close()
        raise
    return db


def _pages(db: sqlite3.Connection) -> None:
    """Have what is deleted overwritten, also before the first table is made."""
    db.execute("PRAGMA secure_delete=ON")


def _check(db: sqlite3.Connection) -> None:
    (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        error = sqlite3.DatabaseError(verdict)
        error.sqlite_errorname = "SQLITE_CORRUPT"
        raise error


def _tune(db: sqlite3.Connection, options: Options) -> None:
    db.execute(f"PRAGMA cache_size={-1024 * options.cache_mb}")
    db.execute("PRAGMA temp_store=MEMORY")  # no text of an item in a file of its own


def _choose_model(db: sqlite3.Connection, model: str) -> None:
    """Count the vectors of the model in use only; those of another are dropped in the background."""
    if not model or meta.model_name(db) == model:  # a model that is away may come back
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        number = meta.model_number(db, model)
        meta.put(db, "model", number)
        meta.put(db, "generation", meta.number(db, "generation") + 1)
        meta.put(db, "index", "")
        salvage.count_all(db)
        db.execute("COMMIT")
    finally:
        roll_back(db)


def _mark(path: Path) -> Path:
    return path.with_name(f"{path.name}.check")


def _not_yet(path: Path, error: sqlite3.Error | None) -> Unavailable:
    why = f" ({error})" if error else ""
    return Unavailable(
        f"{path} cannot be read yet{why}: its writer is starting. Try again.", after_ms=RETRY_MS
    )
