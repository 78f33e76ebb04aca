"""What earlier surveys of a tree found out, so that the next one reads only what changed.

One database for each tree and version of the measuring code, in `<home>/cache/analyze/`. It only
saves time: a row that is damaged is not used, a file that is damaged is thrown away, and what
cannot be written is measured again. The least recently used are removed when all take too much.
"""

import contextlib
import hashlib
import importlib.metadata
import os
import platform
import sqlite3
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from revo_edge._version import __version__
from revo_edge.engines.files.tree import Stamp, Tree
from revo_edge.engines.parallel.measure import Examined, Kept, Measured
from revo_edge.store.sqlite import connect

LIMIT_BYTES = 1024 * 1024 * 1024
"""All databases together; the least recently used go first."""

MEASURES = 2
"""Raised whenever the same content is measured otherwise than before, within one version."""

_TABLE = "CREATE TABLE IF NOT EXISTS files (path TEXT PRIMARY KEY, check_sum INT, kept BLOB)"
_SELECT = "SELECT check_sum, kept FROM files WHERE path = ?"
_INSERT = "INSERT OR REPLACE INTO files VALUES (?, ?, ?)"
_FACTS = "CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, check_sum INT, kept BLOB)"
_SELECT_FACT = "SELECT check_sum, kept FROM facts WHERE name = ?"
_INSERT_FACT = "INSERT OR REPLACE INTO facts VALUES (?, ?, ?)"
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Kept)

T = TypeVar("T", bound=msgspec.Struct)
Row = tuple[str, int, bytes]
_NO_FACTS: Mapping[str, msgspec.Struct] = {}


def cache_file(home: Path, root: str) -> Path:
    """Return where the tree's results are kept; nothing is made."""
    made_by = f"{__version__} {MEASURES} {platform.python_version()} {_lizard_version()}"
    name = hashlib.sha256(f"{made_by}\0{root}".encode(errors="surrogateescape")).hexdigest()[:24]
    return home / "cache" / "analyze" / f"{name}.sqlite"


def _lizard_version() -> str:
    try:
        return importlib.metadata.version("lizard")
    except importlib.metadata.PackageNotFoundError:
        return "bundled"


class CacheReader:
    """The results that are kept for one tree; there are none without a sound file of that name."""

    def __init__(self, file: str) -> None:
        self._db: sqlite3.Connection | None = None
        with contextlib.suppress(sqlite3.Error):
            if file and Path(file).exists():
                self._db = connect(Path(file), readonly=True)

    def get(self, path: str) -> Kept | None:
        """Return what is kept of a file; None when nothing is, or it is damaged."""
        return self._read(_SELECT, path, _DECODER)

    def fact(self, name: str, kind: type[T]) -> T | None:
        """Return what is kept of a fact about the tree; None as for a file."""
        return self._read(_SELECT_FACT, name, msgspec.msgpack.Decoder(kind))

    def _read(self, select: str, key: str, decoder: msgspec.msgpack.Decoder[T]) -> T | None:
        if self._db is None:
            return None
        try:
            row = self._db.execute(select, (key,)).fetchone()
            return None if row is None else _open(row[0], row[1], decoder)
        except (sqlite3.Error, msgspec.MsgspecError, TypeError, ValueError):
            return None

    def close(self) -> None:
        """Let go of the file."""
        if self._db is not None:
            self._db.close()


def _open(check_sum: int, blob: bytes, decoder: msgspec.msgpack.Decoder[T]) -> T | None:
    return decoder.decode(blob) if zlib.crc32(blob) == check_sum else None


def _row(name: str, kept: msgspec.Struct) -> Row:
    blob = _ENCODER.encode(kept)
    return name, zlib.crc32(blob), blob


def keep(
    file: Path,
    tree: Tree,
    parts: Iterable[Measured],
    facts: Mapping[str, msgspec.Struct] = _NO_FACTS,
) -> None:
    """Write what was measured anew and these facts, and forget the files that are gone.

    Raises OSError and sqlite3.Error when the disk refuses; the results are then not kept.
    """
    stamps = dict(zip((path for path, _ in tree.files), tree.stamps, strict=False))
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    rows = [_row(path, kept) for part in parts for path, kept in _new(part, stamps)]
    known = [_row(name, fact) for name, fact in facts.items()]
    try:
        _write(file, rows, known, stamps)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        _remove(file)  # it was damaged
        _write(file, rows, known, stamps)
    os.utime(file)
    _evict(file.parent)


def _new(part: Measured, stamps: Mapping[str, Stamp | None]) -> Iterable[tuple[str, Kept]]:
    reports = {found.path: found for found in part.files}
    skipped = {found.path: found for found in part.skipped}
    prints = {found.path: found for found in part.prints}
    for path, digest in part.digests.items():
        examined = Examined(reports.get(path), skipped.get(path), prints.get(path))
        yield path, Kept(stamps.get(path), digest, examined)


def _write(
    file: Path, rows: Iterable[Row], facts: Iterable[Row], stamps: Mapping[str, object]
) -> None:
    with contextlib.closing(connect(file)) as db:
        db.execute("PRAGMA synchronous=OFF")  # after a power failure rows may be damaged: see _open
        db.execute(_TABLE)
        db.execute(_FACTS)
        db.execute("BEGIN IMMEDIATE")
        db.executemany(_INSERT, rows)
        db.executemany(_INSERT_FACT, facts)
        gone = [(path,) for (path,) in db.execute("SELECT path FROM files") if path not in stamps]
        db.executemany("DELETE FROM files WHERE path = ?", gone)
        db.execute("COMMIT")


def _evict(folder: Path) -> None:
    """Remove the least recently used databases until the rest is small enough."""
    total = 0
    for file in sorted(
        folder.glob("*.sqlite"), key=lambda file: file.stat().st_mtime, reverse=True
    ):
        total += file.stat().st_size
        if total > LIMIT_BYTES:
            _remove(file)


def _remove(file: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
