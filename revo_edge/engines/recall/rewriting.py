"""Rewriting a large memory.db beside the one in use, so that no page keeps what was forgotten.

VACUUM would hold the writer up for seconds. Instead a task writes a copy, which takes no lock that
others wait for, and the writer puts it in place if nothing was changed meanwhile.
"""

import os
import sqlite3
from pathlib import Path

import msgspec

from revo_edge.contract.recall_writes import RecallSwapStore, Written
from revo_edge.engines.base import Context
from revo_edge.engines.files.root import refuse
from revo_edge.engines.recall import meta
from revo_edge.engines.recall.params import RewriteParams
from revo_edge.errors import Conflict, NotFound
from revo_edge.store.sqlite import connect, unavailable

TRIES = 5
COPY = "memory.db.copy"
"""The name of the copy in REVO_HOME."""


class Rewritten(msgspec.Struct, frozen=True):
    """The result: the state of the memory that was put in place."""

    generation: int


def run_rewrite(params: RewriteParams, ctx: Context) -> Rewritten:
    """Write the copy and have it put in place; when memory changed meanwhile, do it again."""
    del params
    for _ in range(TRIES):
        ctx.check_cancelled()
        write_copy(ctx.home)
        try:
            found = msgspec.convert(ctx.call("recall.swap_store", RecallSwapStore()), Written)
        except Conflict:
            continue
        return Rewritten(found.generation)
    raise refuse("Memory is changed all the time. It is tried again when it is quieter.")


def write_copy(home: Path) -> int:
    """Write the copy and return the generation it is of; raises Unavailable when the disk refuses."""
    copy = home / COPY
    try:
        copy.unlink(missing_ok=True)
        os.close(
            os.open(copy, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        )  # nobody else may read
        db = connect(home / "memory.db", readonly=True)
        try:
            db.execute("VACUUM INTO ?", (str(copy),))
        finally:
            db.close()
        _sync(copy)
        return generation_of(copy)
    except (sqlite3.Error, OSError) as error:
        copy.unlink(missing_ok=True)
        raise unavailable(error, copy) from error


def generation_of(copy: Path) -> int:
    """Return the generation of a copy; raises sqlite3.Error for a file that is none."""
    db = connect(copy, readonly=True)
    try:
        return meta.number(db, "generation")
    finally:
        db.close()


def check_copy(home: Path, generation: int) -> None:
    """Raise NotFound when there is no copy, Conflict when it is not of this generation."""
    copy = home / COPY
    if not copy.exists():
        raise NotFound("There is no copy of memory.db to put in place. Write it again.")
    if generation_of(copy) != generation:
        copy.unlink()
        raise Conflict("Memory was changed while its copy was written. Write it again.")


def put_in_place(home: Path) -> None:
    """Put the copy in the place of memory.db, which nobody may have open for writing.

    The old one's log must be empty. Readers keep the old file until they look again.
    """
    path = home / "memory.db"
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    (home / COPY).replace(path)
    _sync(home)


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    finally:
        os.close(number)
