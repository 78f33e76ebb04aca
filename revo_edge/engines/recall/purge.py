"""Wiping what was forgotten out of the file: words of the full text, old pages, the log.

A deleted row is overwritten at once (`secure_delete`). The full text keeps deleted words until its
segments are merged; pages that were rebuilt may keep copies of rows that moved, until the file is
rewritten; the log keeps old pages until it is cut. The stage is kept in the file, so that a wipe
goes on after a restart, and begins again when more is forgotten.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from revo_edge.engines.recall import meta

MERGE_PAGES = 200
"""Pages of a segment written in one step; some 20 ms."""
RETRY_S = 0.5
"""While a reader still reads from the log, it cannot be cut."""


class Purge:
    """Takes one step of the wipe at a time."""

    def __init__(self, db: sqlite3.Connection, path: Path, vacuum_limit_bytes: int) -> None:
        self._db = db
        self._path = path
        self._limit = vacuum_limit_bytes
        self._stages: dict[str, Callable[[], str]] = {
            "words": lambda: self._begin_merge("words", "words-merge"),
            "words-merge": lambda: self._merge("words", "words-merge", "old"),
            "old": lambda: self._begin_merge("old_words", "old-merge"),
            "old-merge": lambda: self._merge("old_words", "old-merge", "file"),
            "file": self._rewrite,
            "log": self._cut_log,
        }
        self.waits = False
        """The log could not be cut: somebody reads from it."""

    @property
    def pending(self) -> bool:
        """Whether words that were forgotten may still be in the file."""
        return meta.text(self._db, "purge") != ""

    def step(self, now: float) -> bool:
        """Do one step; return whether something was done."""
        del now
        self.waits = False
        stage = meta.text(self._db, "purge")
        if stage not in self._stages:
            return False
        after = self._stages[stage]()
        if after != stage:
            meta.put(self._db, "purge", after)
            if not after:
                self._cut_log()  # once more, for this very change
        return not self.waits

    def _begin_merge(self, table: str, after: str) -> str:
        self._ask_merge(table, -MERGE_PAGES)
        return after

    def _merge(self, table: str, stage: str, after: str) -> str:
        before = self._db.total_changes
        self._ask_merge(table, MERGE_PAGES)
        return stage if self._db.total_changes - before > 1 else after

    def _ask_merge(self, table: str, pages: int) -> None:
        """Merge all segments into one from now on (less than 0), or go on with that."""
        self._db.execute(
            f"INSERT INTO {table} ({table}, rank) VALUES ('merge', ?)",  # noqa: S608 - names of this file
            (pages,),
        )

    def _rewrite(self) -> str:
        (pages,) = self._db.execute("PRAGMA page_count").fetchone()
        (page_size,) = self._db.execute("PRAGMA page_size").fetchone()
        if pages * page_size <= self._limit:
            self._db.execute("VACUUM")
        return "log"

    def _cut_log(self) -> str:
        busy, _, _ = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        self.waits = bool(busy)
        return "log" if busy else ""
