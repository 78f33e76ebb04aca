"""Wiping what was forgotten out of the file: words of the full text, old pages, the log.

A deleted row is overwritten at once (`secure_delete`). The full text keeps deleted words until its
segments are merged; pages that were rebuilt may keep copies of rows that moved, until the file is
rewritten; the log keeps old pages until it is cut. The stage is kept in the file, so that a wipe
goes on after a restart, and begins again when more is forgotten.
"""

import sqlite3
from itertools import pairwise

from revo_edge.engines.recall import meta
from revo_edge.engines.recall.schema import OLD, SHAPES

MERGE_PAGES = 200
"""Pages of a segment written in one step; some 20 ms."""
FIRST = "begin"
"""The stage that a change which forgets says in `meta`."""
_FILE, _LOG = "file", "log"
_GOES_ON = "+"
RETRY_S = 0.5
"""While a reader still reads from the log, it cannot be cut."""


class Purge:
    """Takes one step of the wipe at a time."""

    def __init__(self, db: sqlite3.Connection, vacuum_limit_bytes: int) -> None:
        self._db = db
        self._limit = vacuum_limit_bytes
        self._stages = _stages()
        self.waits = False
        """The log could not be cut: somebody reads from it."""

    @property
    def pending(self) -> bool:
        """Whether words that were forgotten may still be in the file."""
        return meta.text(self._db, "purge") != ""

    @property
    def wants_copy(self) -> bool:
        """Whether the file is too large to be rewritten here: see rewriting.py."""
        return meta.text(self._db, "purge") == _FILE and self._bytes() > self._limit

    def rewritten(self) -> None:
        """Go on after the file was rewritten as a whole, if that was what was waited for."""
        if meta.text(self._db, "purge") == _FILE:
            meta.put(self._db, "purge", self._stages[_FILE])

    def step(self, now: float) -> bool:
        """Do one step; return whether something was done."""
        del now
        self.waits = False
        stage = meta.text(self._db, "purge")
        if stage not in self._stages or self.wants_copy:
            return False
        after = self._do(stage)
        if after != stage:
            meta.put(self._db, "purge", after)
            if not after:
                self._cut_log()  # once more, for this very change
        return not self.waits

    def _do(self, stage: str) -> str:
        """Do one step of a stage and return the stage to go on with."""
        after = self._stages[stage]
        if stage == _FILE:
            self._db.execute("VACUUM")
        elif stage == _LOG:
            self.waits = self._cut_log()
            return stage if self.waits else after
        elif stage.endswith(_GOES_ON):
            before = self._db.total_changes
            self._ask_merge(stage.removesuffix(_GOES_ON), MERGE_PAGES)
            return stage if self._db.total_changes - before > 1 else after
        elif stage != FIRST:
            self._ask_merge(stage, -MERGE_PAGES)
        return after

    def _ask_merge(self, table: str, pages: int) -> None:
        """Merge all segments into one from now on (less than 0), or go on with that."""
        self._db.execute(
            f"INSERT INTO {table} ({table}, rank) VALUES ('merge', ?)",  # noqa: S608 - names of this file
            (pages,),
        )

    def _bytes(self) -> int:
        (pages,) = self._db.execute("PRAGMA page_count").fetchone()
        (page_size,) = self._db.execute("PRAGMA page_size").fetchone()
        return int(pages * page_size)

    def _cut_log(self) -> bool:
        """Cut the log; return whether somebody still reads from it."""
        busy, _, _ = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return bool(busy)


def _stages() -> dict[str, str]:
    """Return each stage with the one after it; the last is followed by none."""
    order = [FIRST]
    for shape in SHAPES:
        for table in (shape.name, OLD + shape.name):
            order += [table, table + _GOES_ON]
    order += [_FILE, _LOG, ""]
    return dict(pairwise(order))
