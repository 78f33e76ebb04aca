"""`recall.optimize`: look for damage, wipe what was forgotten, and write the index anew."""

import sqlite3
import time

import msgspec

from revo_edge.contract.recall_writes import RecallSwapStore
from revo_edge.engines.base import Cancelled, Context
from revo_edge.engines.recall.indexing import Indexed, write_index
from revo_edge.engines.recall.params import OptimizeParams
from revo_edge.engines.recall.purge import Purge
from revo_edge.engines.recall.reading import reading
from revo_edge.engines.recall.rewriting import write_copy
from revo_edge.errors import Conflict, Unavailable

PROBLEMS_TOLD = 100
CHECK_STEPS = 5_000
"""Steps of SQLite's machine between two looks whether the task was cancelled: about a millisecond."""
REWRITES = 5
"""So often the file is copied anew when memory was changed meanwhile."""
SWAP_TRIES = 20
SWAP_PAUSE_S = 0.1


class Optimized(msgspec.Struct, frozen=True):
    """The result: what is damaged (nothing, hopefully), and the index that was written.

    `rewritten` says that the file was written anew without what was forgotten; `waits` that it
    still has to be, because memory was changed each time.
    """

    checked: bool
    problems: list[str]
    index: Indexed | None = None
    rewritten: bool = False
    waits: bool = False


def run_optimize(params: OptimizeParams, ctx: Context) -> Optimized:
    """Check, wipe and index; damage is told, not mended: the daemon reads it out when it starts."""
    with reading(ctx.home) as db:
        if db is None:
            return Optimized(checked=False, problems=[])
        problems: list[str] = []
        if params.check:
            ctx.progress(0, 0, note="looking for damage")
            problems = _check(db, ctx)
        if problems:
            return Optimized(params.check, problems)
        wants_copy = Purge(db, 0).wants_copy
    rewritten = wants_copy and _rewrite(ctx)
    index = write_index(ctx)
    return Optimized(params.check, [], index, rewritten, wants_copy and not rewritten)


def _check(db: sqlite3.Connection, ctx: Context) -> list[str]:
    """Read all of the database; return what SQLite says is wrong."""
    was_cancelled = False

    def is_cancelled() -> bool:
        nonlocal was_cancelled
        try:
            ctx.check_cancelled()
        except Cancelled:
            was_cancelled = True
        return was_cancelled

    db.set_progress_handler(is_cancelled, CHECK_STEPS)
    try:
        found = db.execute(f"PRAGMA integrity_check({PROBLEMS_TOLD})").fetchall()
    except sqlite3.DatabaseError as error:
        if was_cancelled:
            raise Cancelled from None
        return [str(error)]
    finally:
        db.set_progress_handler(None, 0)
    return [text for (text,) in found if text != "ok"]


def _rewrite(ctx: Context) -> bool:
    """Write the database anew and have it served; return whether that was done."""
    for _ in range(REWRITES):
        ctx.check_cancelled()
        ctx.progress(0, 0, note="writing the memory anew")
        write_copy(ctx.home)
        try:
            _swap(ctx)
        except Conflict:
            continue  # memory was changed: the copy is of the past
        return True
    return False


def _swap(ctx: Context) -> None:
    """Ask until nobody reads from the log: a read takes some milliseconds."""
    for _ in range(SWAP_TRIES):
        try:
            ctx.call("recall.swap_store", RecallSwapStore())
        except Unavailable:
            ctx.check_cancelled()
            time.sleep(SWAP_PAUSE_S)
        else:
            return
    raise Unavailable("Memory is read from without a pause. Optimize it again later.")
