"""The journal, revo.db: everything that must survive the daemon, written by one thread.

Rows keep a few columns to search by and msgpack blobs for the rest. Columns that grow stand last
or in a table of their own, so that a change of state does not rewrite a task's params.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from revo_edge.contract.codec import encode
from revo_edge.contract.tasks import Ranges, TaskInfo
from revo_edge.errors import Conflict, InternalError, RevoError
from revo_edge.store.sqlite import is_damage, open_database, roll_back, unavailable
from revo_edge.store.writes import (
    DropChildren,
    DropGroup,
    DropTask,
    Prune,
    PutAudit,
    PutChildren,
    PutGroup,
    PutQueue,
    PutReply,
    PutStarts,
    PutTask,
    UpdateTask,
    Writes,
    task_hash,
)

DAY_S = 86_400.0
REPLY_KEPT_S = DAY_S
AUDIT_KEPT_S = 90 * DAY_S
PRUNE_TASKS = 500
"""Tasks deleted in one transaction; more would make submissions wait."""

STEPS = (
    """
    CREATE TABLE task (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, queue TEXT NOT NULL,
        state TEXT NOT NULL, created_at REAL NOT NULL,
        ended_at REAL, -- set exactly when the state is final
        params_hash TEXT NOT NULL, result_blob TEXT, info BLOB NOT NULL, story BLOB NOT NULL,
        result BLOB) STRICT;
    CREATE INDEX task_ended ON task (ended_at);
    CREATE TABLE asked (
        seq INTEGER PRIMARY KEY REFERENCES task (seq) ON DELETE CASCADE,
        params_blob TEXT, spec BLOB NOT NULL, params BLOB) STRICT;
    CREATE TABLE children ( -- AUTOINCREMENT: a cursor never meets another row under its number
        seq INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, count INTEGER NOT NULL,
        failed INTEGER NOT NULL, done BLOB NOT NULL, blobs BLOB, results BLOB NOT NULL) STRICT;
    CREATE INDEX children_owner ON children (owner, seq);
    CREATE TABLE child_start (
        owner TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (owner, number)
        ) STRICT, WITHOUT ROWID;
    CREATE TABLE tombstone (id TEXT PRIMARY KEY, until REAL NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE reply (
        key TEXT PRIMARY KEY, method TEXT NOT NULL, params_hash TEXT NOT NULL, at REAL NOT NULL,
        reply BLOB NOT NULL) STRICT;
    CREATE INDEX reply_at ON reply (at);
    CREATE TABLE audit (
        at REAL NOT NULL, subject TEXT NOT NULL, method TEXT NOT NULL, key TEXT,
        params_hash TEXT NOT NULL, code TEXT NOT NULL) STRICT;
    CREATE INDEX audit_at ON audit (at);
    CREATE TABLE worker_group (
        pid INTEGER NOT NULL, start_ticks INTEGER NOT NULL, PRIMARY KEY (pid, start_ticks)
        ) STRICT, WITHOUT ROWID;
    CREATE TABLE queue (name TEXT PRIMARY KEY, info BLOB NOT NULL) STRICT, WITHOUT ROWID;
    """,
    """
    ALTER TABLE task ADD COLUMN task_group TEXT;
    CREATE INDEX task_grouped ON task (task_group) WHERE task_group IS NOT NULL;
    """,
)


class Journal:
    """The one writer of revo.db. `aside` is where a damaged file was kept, if there was one."""

    def __init__(self, path: Path) -> None:
        """Open or create; raises VersionMismatch (a newer file) or Unavailable (the disk)."""
        self.path = path
        opened = open_database(path, STEPS)
        self.aside = opened.aside
        self._db = opened.db

    def apply(self, batch: Iterable[Writes]) -> None:
        """Commit all lists in one transaction, synced to disk; on an error nothing is written.

        Raises Conflict for a task id that exists, Unavailable when the disk refuses, InternalError
        for a value that cannot be written.
        """
        db = self._db
        try:
            db.execute("BEGIN IMMEDIATE")
            for writes in batch:
                for write in writes:
                    _APPLY[type(write)](db, write)
            db.execute("COMMIT")
        except Exception as error:
            roll_back(db)
            raise self._explain(error) from error

    def close(self) -> None:
        """Close; the last connection to close folds the log into the file."""
        self._db.close()

    def _explain(self, error: Exception) -> RevoError:
        if isinstance(error, RevoError):
            return error
        if isinstance(error, sqlite3.IntegrityError) and "task.id" in str(error):
            return Conflict("There is already a task with this id. Submit with a fresh key.")
        if isinstance(error, sqlite3.OperationalError) or is_damage(error):
            return unavailable(error, self.path)
        return InternalError(f"This cannot be written to {self.path}: {error!r}. Report it.")


def _put_task(db: sqlite3.Connection, write: PutTask) -> None:
    info, spec = write.info, write.spec
    if db.execute("SELECT 1 FROM tombstone WHERE id=?", (info.id,)).fetchone():
        raise Conflict(f"The task {info.id} was removed a short while ago. Use a fresh key.")
    db.execute(
        "INSERT INTO task (id, kind, queue, state, created_at, ended_at, params_hash, info, story,"
        " task_group) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            info.id,
            info.kind,
            info.queue,
            info.state.value,
            info.created_at,
            _ended_at(info),
            task_hash(spec, write.params),
            encode(info),
            encode(write.story),
            info.group,
        ),
    )
    db.execute(
        "INSERT INTO asked (seq, params_blob, spec, params) VALUES (last_insert_rowid(), ?, ?, ?)",
        (spec.params_blob, encode(spec), write.params),
    )


def _update_task(db: sqlite3.Connection, write: UpdateTask) -> None:
    info, result = write.info, write.result
    db.execute(
        "UPDATE task SET state=?1, ended_at=?2, info=?3, story=?4,"
        " result_blob=CASE WHEN ?5 IS NOT NULL THEN ?6 WHEN ?2 IS NOT NULL THEN result_blob END,"
        " result=CASE WHEN ?5 IS NOT NULL THEN ?5 WHEN ?2 IS NOT NULL THEN result END WHERE id=?7",
        (
            info.state.value,
            _ended_at(info),
            encode(info),
            encode(write.story),
            None if result is None else encode(result),
            None if result is None else result.blob,
            info.id,
        ),
    )


def _ended_at(info: TaskInfo) -> float | None:
    return (info.ended_at or info.created_at) if info.state.final else None


def _put_children(db: sqlite3.Connection, write: PutChildren) -> None:
    results = write.results
    blobs = [result.blob for result in results if result.blob]
    row = (
        write.owner,
        len(results),
        sum(result.error is not None for result in results),
        encode(to_ranges(result.index for result in results)),
        encode(blobs) if blobs else None,
        encode(results),
        write.task_id,
    )
    db.execute(  # nothing is kept of a task that was removed meanwhile
        "INSERT INTO children (owner, count, failed, done, blobs, results)"
        " SELECT ?, ?, ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM task WHERE id=?)",
        row,
    )


def to_ranges(indexes: Iterable[int]) -> Ranges:
    """Return the ranges that hold exactly these indexes."""
    return merge_ranges((index, index) for index in indexes)


def merge_ranges(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Return the ranges, in any order and overlapping, as few ascending ones that are apart."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return tuple(merged)


def _put_starts(db: sqlite3.Connection, write: PutStarts) -> None:
    db.execute("INSERT OR IGNORE INTO child_start VALUES (?, ?)", (write.owner, write.index))


def _drop_children(db: sqlite3.Connection, write: DropChildren) -> None:
    _drop_owner(db, write.owner)


def _drop_owner(db: sqlite3.Connection, owner: str) -> None:
    # "0" follows "/": the range holds every "<owner>/..." and is found by the index
    bounds = (owner, f"{owner}/", f"{owner}0")
    db.execute("DELETE FROM children WHERE owner=? OR (owner>? AND owner<?)", bounds)
    db.execute("DELETE FROM child_start WHERE owner=? OR (owner>? AND owner<?)", bounds)


def _drop_task(db: sqlite3.Connection, write: DropTask) -> None:
    _delete_task(db, write.id)
    db.execute("INSERT OR REPLACE INTO tombstone VALUES (?, ?)", (write.id, write.until))


def _delete_task(db: sqlite3.Connection, task_id: str) -> None:
    _drop_owner(db, task_id)
    db.execute("DELETE FROM task WHERE id=?", (task_id,))


def _put_reply(db: sqlite3.Connection, write: PutReply) -> None:
    db.execute(
        "INSERT OR REPLACE INTO reply (key, method, params_hash, at, reply) VALUES (?, ?, ?, ?, ?)",
        (write.key, write.method, write.params_hash, write.at, write.reply),
    )


def _put_audit(db: sqlite3.Connection, write: PutAudit) -> None:
    row = (write.at, write.subject, write.method, write.key, write.params_hash, write.code)
    db.execute("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?)", row)


def _put_group(db: sqlite3.Connection, write: PutGroup) -> None:
    row = (write.pid, write.start_ticks)
    db.execute("INSERT OR IGNORE INTO worker_group VALUES (?, ?)", row)


def _drop_group(db: sqlite3.Connection, write: DropGroup) -> None:
    row = (write.pid, write.start_ticks)
    db.execute("DELETE FROM worker_group WHERE pid=? AND start_ticks=?", row)


def _put_queue(db: sqlite3.Connection, write: PutQueue) -> None:
    row = (write.info.name, encode(write.info))
    db.execute("INSERT OR REPLACE INTO queue VALUES (?, ?)", row)


def _prune(db: sqlite3.Connection, write: Prune) -> None:
    db.execute("DELETE FROM reply WHERE at<?", (write.now - REPLY_KEPT_S,))
    db.execute("DELETE FROM tombstone WHERE until<?", (write.now,))
    db.execute("DELETE FROM audit WHERE at<?", (write.now - AUDIT_KEPT_S,))
    old: Sequence[tuple[str]] = db.execute(
        "SELECT id FROM task WHERE ended_at<? ORDER BY ended_at LIMIT ?",
        (write.now - write.keep_days * DAY_S, PRUNE_TASKS),
    ).fetchall()
    for (task_id,) in old:
        _delete_task(db, task_id)


_APPLY: MappingProxyType[type, Callable[[sqlite3.Connection, Any], None]] = MappingProxyType(
    {
        PutTask: _put_task,
        UpdateTask: _update_task,
        PutChildren: _put_children,
        PutStarts: _put_starts,
        DropChildren: _drop_children,
        DropTask: _drop_task,
        PutReply: _put_reply,
        PutAudit: _put_audit,
        PutGroup: _put_group,
        DropGroup: _drop_group,
        PutQueue: _put_queue,
        Prune: _prune,
    }
)
