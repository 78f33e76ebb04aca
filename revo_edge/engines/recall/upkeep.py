"""What the writer does when nobody asks: short steps that expire, drop, and wipe."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from revo_edge.contract.events import MemoryKept
from revo_edge.engines.recall import changes, meta, purge, rows
from revo_edge.engines.recall.batch import Batch
from revo_edge.engines.recall.opening import Options
from revo_edge.engines.recall.rows import Row

DAY_S = 86_400.0
REPLY_KEPT_S = DAY_S
AUDIT_KEPT_S = 90 * DAY_S
STEP_ITEMS = 100
"""Items dropped in one step."""
STEP_ROWS = 1_000
"""Vectors, keys or audit rows dropped in one step."""
IDLE_S = 60.0
IDS_TOLD = 20


class Dropped(msgspec.Struct, frozen=True):
    """Items that upkeep dropped; `reason` is `ttl`, `keep_items` or `keep_days`."""

    namespace: str
    reason: str
    items: int
    ids: tuple[str, ...]
    """The first of them."""

    def kept(self) -> MemoryKept:
        """Say it in words."""
        one = self.items == 1
        why = {
            "ttl": "its time was over" if one else "their time was over",
            "keep_items": "there were more than recall.keep_items",
        }
        reason = why.get(self.reason, "older than recall.keep_days")
        items = "1 item" if one else f"{self.items:,} items"
        return MemoryKept(f"{items} of {self.namespace} dropped: {reason}", self.items)


class Upkeep:
    """Takes one step at a time; `now` is UTC."""

    def __init__(self, db: sqlite3.Connection, options: Options) -> None:
        self._options = options
        self._news: list[Dropped] = []
        self._dropped = 0
        self.serve(db)

    def serve(self, db: sqlite3.Connection) -> None:
        """Go on with this connection."""
        self._db = db
        self._purge = purge.Purge(db, self._options.vacuum_limit_bytes)
        self._steps: Sequence[Callable[[float], bool]] = (
            self._expire,
            self._keep_items,
            self._keep_days,
            self._purge.step,
            self._drop_vectors,
            self._drop_rows,
        )

    def rewritten(self) -> None:
        """Know that the file was rewritten as a whole."""
        self._purge.rewritten()

    def step(self, now: float) -> float:
        """Do the first thing there is to do; return in how many seconds to come back."""
        if any(step(now) for step in self._steps):
            return 0.0
        if self._purge.waits:
            return purge.RETRY_S
        row = self._db.execute(
            "SELECT min(expires_at) FROM version WHERE expires_at IS NOT NULL"
        ).fetchone()
        return IDLE_S if row[0] is None else min(max(row[0] - now, 0.0), IDLE_S)

    def news(self) -> tuple[Dropped, ...]:
        """Return what was dropped since it was last asked."""
        news, self._news = tuple(self._news), []
        return news

    def figures(self) -> dict[str, float]:
        """Return what the metrics show of it."""
        return {
            "dropped": self._dropped,
            "purge_pending": float(self._purge.pending),
            "wants_copy": float(self._purge.wants_copy),
        }

    def _expire(self, now: float) -> bool:
        return self._drop(now, "ttl", "expires_at <= ?", (now,), STEP_ITEMS)

    def _keep_items(self, now: float) -> bool:
        limit = self._options.keep_items
        if not limit:
            return False
        query = "SELECT namespace, sum(items) FROM total GROUP BY namespace HAVING sum(items) > ?"
        for namespace, items in self._db.execute(query, (limit,)).fetchall():
            count = min(items - limit, STEP_ITEMS)
            if self._drop(now, "keep_items", f"namespace = ? AND {_MAY_GO}", (namespace,), count):
                return True
        return False

    def _keep_days(self, now: float) -> bool:
        if not self._options.keep_days:
            return False
        before = now - self._options.keep_days * DAY_S
        return self._drop(now, "keep_days", f"moment < ? AND {_MAY_GO}", (before,), STEP_ITEMS)

    def _drop(
        self, now: float, reason: str, where: str, values: tuple[object, ...], count: int
    ) -> bool:
        query = f"SELECT id FROM version WHERE {where} ORDER BY moment, seq LIMIT ?"  # noqa: S608
        ids = list(dict.fromkeys(i for (i,) in self._db.execute(query, (*values, count))))
        if not ids:
            return False
        self._db.execute("BEGIN IMMEDIATE")
        marks = ", ".join("?" * len(ids))
        found = list(rows.read_rows(self._db, f"WHERE id IN ({marks})", ids))
        told = self._told(reason, found)
        batch = Batch(self._db, now)
        changes.erase(batch, found)
        batch.finish()
        self._db.execute(
            "INSERT INTO audit VALUES (?, ?, NULL, ?, ?)",
            (now, f"recall.{reason}", batch.generation, batch.changed),
        )
        self._db.execute("COMMIT")
        self._news += told
        self._dropped += len(ids)
        return True

    def _told(self, reason: str, found: Sequence[Row]) -> list[Dropped]:
        by_namespace = {row.id: row.namespace for row in found}
        names = dict(self._db.execute("SELECT number, name FROM namespace"))
        counts = Counter(by_namespace.values())
        return [
            Dropped(
                names[namespace],
                reason,
                count,
                tuple(i for i, its in by_namespace.items() if its == namespace)[:IDS_TOLD],
            )
            for namespace, count in counts.items()
        ]

    def _drop_vectors(self, now: float) -> bool:
        """Drop vectors of models that are not in use."""
        del now
        model = meta.number(self._db, "model")
        gone = self._db.execute(
            "DELETE FROM vector WHERE seq IN (SELECT seq FROM vector WHERE model < ?1 "
            "UNION ALL SELECT seq FROM vector WHERE model > ?1 LIMIT ?2)",
            (model, STEP_ROWS),
        )
        return gone.rowcount > 0

    def _drop_rows(self, now: float) -> bool:
        dropped = 0
        for table, kept_s in (("reply", REPLY_KEPT_S), ("audit", AUDIT_KEPT_S)):
            key = "key" if table == "reply" else "rowid"
            gone = self._db.execute(
                f"DELETE FROM {table} WHERE {key} IN "  # noqa: S608 - names of this file
                f"(SELECT {key} FROM {table} WHERE at < ? LIMIT ?)",
                (now - kept_s, STEP_ROWS),
            )
            dropped += gone.rowcount
        return dropped > 0


_MAY_GO = "valid_to IS NULL AND pinned = 0 AND file IS NULL"
