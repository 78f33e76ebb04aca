"""Checks of `revo doctor` on what the daemon keeps on disk: modes, leftovers, the journal."""

import os
import re
import sqlite3
import stat
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from revo_edge import procfs
from revo_edge.cli.leftovers import find_leftovers
from revo_edge.cli.verdict import Check, guarded, unchecked, warned
from revo_edge.client.launch import read_endpoint
from revo_edge.client.units import duration, size
from revo_edge.clock import utc_now
from revo_edge.errors import Unavailable
from revo_edge.paths import Paths

JOURNAL_LIMIT_BYTES = 2_000_000_000
WAL_LIMIT_BYTES = 64 * 1024 * 1024
"""The daemon cuts the log back to 16 MiB; four times as much says that somebody reads for long."""
CHECK_LIMIT_S = 5.0
"""How long `PRAGMA quick_check` may take: it reads the whole file."""
_STEPS = 10_000
"""Virtual machine steps of SQLite between two looks at the clock."""
_SPOOL_AGE_S = 2 * 3_600.0
"""The daemon collects what no row names after an hour, every ten minutes."""
_DIGEST = re.compile("[0-9a-f]{64}")


def check_files(paths: Paths) -> Iterator[Check]:
    """Yield the checks; all work without a daemon and change nothing."""
    yield from guarded("modes", lambda: _modes(paths))
    yield from guarded("leftovers", lambda: _leftovers(paths))
    yield from guarded("journal", lambda: _journal(paths))
    yield from guarded("journal size", lambda: _journal_size(paths))
    yield from guarded("spool", lambda: _spool(paths))
    yield from guarded("orphans", lambda: _orphans(paths))
    yield from guarded("user templates", lambda: _templates(paths))


def open_journal(paths: Paths) -> sqlite3.Connection:
    """Open revo.db for reading only; raise Unavailable.

    A database that was closed cleanly has no log beside it and cannot be opened read-only in the
    usual way, which would have to create one; then nobody writes, so it may be taken as it is.
    """
    quiet = read_endpoint(paths) is None and not _wal(paths).exists()
    name = f"file:{urllib.parse.quote(str(paths.journal))}?mode=ro{'&immutable=1' * quiet}"
    try:
        return sqlite3.connect(name, uri=True, timeout=1.0)
    except sqlite3.Error as error:
        raise Unavailable(
            f"{paths.journal} cannot be opened: {error}. Run `revo doctor`."
        ) from None


def _wal(paths: Paths) -> Path:
    return paths.journal.with_name(paths.journal.name + "-wal")


def _modes(paths: Paths) -> Check:
    """Home and socket folder have checks of their own; this is what lies in them."""
    me = os.getuid()
    files = [paths.lock, paths.endpoint, paths.journal, _wal(paths), paths.daemon_log]
    files += [paths.metrics, *_below(paths.sockets), *_below(paths.spool)]
    found = list(filter(os.path.lexists, (*files, paths.spool, paths.logs)))
    foreign = [path for path in found if path.lstat().st_uid != me]
    if foreign:
        return Check(
            "modes", False, f"{foreign[0]} belongs to somebody else", f"ls -l {foreign[0]}"
        )
    open_ = [path for path in found if not _private(path)]
    detail = f"{len(found)} files and folders, {len(open_)} open to others"
    if open_:
        detail += f": {open_[0]}"
    return Check("modes", not open_, detail, " ".join(["chmod go-rwx", *map(str, open_[:5])]))


def _below(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _private(path: Path) -> bool:
    """Sockets are guarded by their folder: libzmq makes them as the umask says."""
    mode = path.lstat().st_mode
    return stat.S_ISSOCK(mode) or not mode & 0o077


def _leftovers(paths: Paths) -> Check:
    found = find_leftovers(paths)
    names = ", ".join(str(path) for path in found[:3]) + (", ..." if len(found) > 3 else "")
    detail = f"{len(found)} stale files{': ' if found else ''}{names}"
    return warned("leftovers", not found, detail, "revo doctor --fix")


def _journal(paths: Paths) -> Check:
    if not paths.journal.exists():
        return unchecked("journal", "there is none yet: the first `revo up` makes it")
    began = time.monotonic()
    try:
        with closing(open_journal(paths)) as db:
            answer = _quick_check(db, began + CHECK_LIMIT_S)
    except sqlite3.OperationalError as error:
        if time.monotonic() - began >= CHECK_LIMIT_S:
            return unchecked("journal", f"the check takes over {CHECK_LIMIT_S:g} s")
        return unchecked("journal", f"{error}: {paths.journal}", "revo up")
    except sqlite3.DatabaseError as error:
        answer = str(error)
    took = duration(time.monotonic() - began)
    mend = "revo restart   (the damaged file is kept aside, a fresh one is begun)"
    return Check("journal", answer == "ok", f"quick_check says {answer} after {took}", mend)


def _quick_check(db: sqlite3.Connection, end: float) -> str:
    db.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
    return str(db.execute("PRAGMA quick_check(1)").fetchone()[0])


def _journal_size(paths: Paths) -> Check:
    if not paths.journal.exists():
        return unchecked("journal size", "there is no journal yet")
    db, wal = (path.stat().st_size if path.exists() else 0 for path in (paths.journal, _wal(paths)))
    detail = f"{size(db)}, its write-ahead log {size(wal)}"
    if wal > WAL_LIMIT_BYTES:
        mend = f"fuser -v {_wal(paths)}   (names the program that reads for so long; end it)"
        return warned("journal size", good=False, detail=detail, mend=mend)
    return warned(
        "journal size",
        db <= JOURNAL_LIMIT_BYTES,
        detail,
        "Lower daemon.keep_days in the settings (`revo config`), then: revo restart",
    )


def _spool(paths: Paths) -> Check:
    blobs = [path for path in _below(paths.spool) if _DIGEST.fullmatch(path.name)]
    if not blobs:
        return Check("spool", ok=True, detail="empty")
    try:
        with closing(open_journal(paths)) as db:
            named = _named_blobs(db)
    except sqlite3.Error as error:
        return unchecked("spool", f"the journal does not say what is in use: {error}")
    young = utc_now() - _SPOOL_AGE_S
    idle = [path for path in blobs if path.name not in named and path.stat().st_mtime < young]
    kept, lost = (size(sum(p.stat().st_size for p in some)) for some in (blobs, idle))
    detail = f"{len(blobs)} files, {kept}; {len(idle)} that no task names, {lost}"
    return warned("spool", not idle, detail, "revo restart   (the daemon removes them by itself)")


def _named_blobs(db: sqlite3.Connection) -> set[str]:
    rows = db.execute(
        "SELECT params_blob FROM asked WHERE params_blob IS NOT NULL"
        " UNION SELECT result_blob FROM task WHERE result_blob IS NOT NULL"
    )
    named = {str(digest) for (digest,) in rows}
    for (blobs,) in db.execute("SELECT blobs FROM children WHERE blobs IS NOT NULL"):
        named.update(msgspec.msgpack.decode(blobs, type=list[str]))
    return named


def _orphans(paths: Paths) -> Check:
    """A recorded worker group that still lives must stand below the daemon."""
    if not paths.journal.exists():
        return Check("orphans", ok=True, detail="no worker was ever started here")
    try:
        with closing(open_journal(paths)) as db:
            groups = db.execute("SELECT pid, start_ticks FROM worker_group").fetchall()
    except sqlite3.Error as error:
        return unchecked("orphans", f"the journal does not name the workers: {error}")
    living = [pid for pid, ticks in groups if procfs.is_alive(pid, ticks)]
    endpoint = read_endpoint(paths)
    owner = endpoint.pid if endpoint else 0
    orphans = [pid for pid in living if not owner or owner not in _ancestors(pid)]
    detail = f"{len(living)} worker groups live, {len(orphans)} without their daemon"
    if orphans:
        detail += f": pid {', '.join(map(str, orphans[:5]))}"
    mend = " ".join(["kill -KILL --", *(f"-{pid}" for pid in orphans[:5])])
    return Check("orphans", not orphans, detail, mend)


def _ancestors(pid: int) -> set[int]:
    found: set[int] = set()
    while pid > 1 and (seen := procfs.read_stat(pid)) is not None:
        pid = seen.ppid
        found.add(pid)
    return found


def _templates(paths: Paths) -> Check:
    folder = paths.config / "templates"
    if not folder.exists():
        return Check("user templates", ok=True, detail=f"none: {folder} is not there")
    good = folder.is_dir() and os.access(folder, os.R_OK | os.X_OK)
    count = len(list(folder.glob("*.toml"))) if good else 0
    detail = f"{count} files in {folder}" if good else f"{folder} cannot be read"
    return warned("user templates", good, detail, f"chmod u+rwx {folder}")
