"""`recall.optimize`: look for damage, and write the index anew."""

import sqlite3

import msgspec

from revo_edge.engines.base import Cancelled, Context
from revo_edge.engines.recall import meta
from revo_edge.engines.recall.indexing import Indexed, write_index
from revo_edge.engines.recall.params import OptimizeParams
from revo_edge.engines.recall.reading import reading

PROBLEMS_TOLD = 100
CHECK_STEPS = 5_000
"""Steps of SQLite's machine between two looks whether the task was cancelled: about a millisecond."""


class Optimized(msgspec.Struct, frozen=True):
    """The result: what is damaged (nothing, hopefully), and the index that was written."""

    checked: bool
    problems: list[str]
    index: Indexed | None = None


def run_optimize(params: OptimizeParams, ctx: Context) -> Optimized:
    """Check and index; damage is told, not mended: the daemon reads it out when it starts."""
    with reading(ctx.home) as db:
        if db is None:
            return Optimized(checked=False, problems=[])
        problems: list[str] = []
        if params.check:
            ctx.progress(0, 0, note="looking for damage")
            problems = _check(db, ctx)
        has_model = not problems and bool(meta.model_name(db))
    index = write_index(ctx) if has_model else None
    return Optimized(params.check, problems, index)


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
