"""The writer: the one process that changes memory.db.

A change, its key -> reply and its audit row commit together; the answer comes after the commit.
"""

import hashlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from revo_edge.clock import utc_now
from revo_edge.contract.calls import CALLS
from revo_edge.contract.codec import encode
from revo_edge.contract.events import MemoryKept
from revo_edge.contract.params import Params
from revo_edge.contract.recall import (
    RecallForget,
    RecallStore,
    RecallUpdate,
    RecallWatch,
    StoreReply,
    UpdateReply,
    WatchReply,
)
from revo_edge.contract.recall_writes import (
    ImportReply,
    RecallImport,
    RecallReplaceFiles,
    RecallSwap,
    RecallVectors,
    ReplaceReply,
    Written,
)
from revo_edge.engines.recall import changes, meta, replacing, rewriting, rows, watching
from revo_edge.engines.recall.batch import Batch
from revo_edge.engines.recall.opening import Options, mark_damaged, open_store
from revo_edge.engines.recall.upkeep import Upkeep
from revo_edge.engines.recall.views import figures, item_of
from revo_edge.errors import (
    BadRequest,
    Conflict,
    InternalError,
    NotFound,
    RevoError,
    Unavailable,
    UnknownMethod,
)
from revo_edge.store.sqlite import is_damage, roll_back, unavailable

COMING_IN = 200
"""So many new versions between two notes, a second apart, are a bulk: what is derived waits for its end."""


class Corrected(msgspec.Struct, frozen=True):
    """What is kept of the answer to an update: the text is read again, if it is still there."""

    id: str
    version: int
    generation: int


class Writer:
    """Answers the calls that mutate. Raises VersionMismatch or Unavailable when it opens."""

    def __init__(self, home: Path, options: Options, clock: Callable[[], float] = utc_now) -> None:
        self.path = home / "memory.db"
        self._home = home
        self._clock = clock
        self._options = options
        self._db = open_store(self.path, options)
        self._upkeep = Upkeep(self._db, options)
        self._noted = float(meta.last_seq(self._db))
        """How many versions there ever were at the last note."""
        self._calls: dict[str, Callable[[Batch, Any], msgspec.Struct]] = {
            "recall.store": self._store,
            "recall.update": self._update,
            "recall.forget": self._forget,
            "recall.replace_files": self._replace_files,
            "recall.import_items": self._import_items,
            "recall.put_vectors": self._put_vectors,
            "recall.swap_index": self._swap_index,
            "recall.watch": self._watch,
        }

    def call(self, method: str, params: Params, key: str | None = None) -> msgspec.Struct:
        """Run a change once and return its reply after the commit.

        Raises Conflict for a key that was used with other params, Unavailable when the disk
        refuses; then nothing of the change is written.
        """
        run = self._calls.get(method)
        if run is None and method != "recall.swap_store":
            raise UnknownMethod(f"The writer of Perfect Recall has no method {method}.")
        try:
            if run is None:
                return self._swap_store()
            return self._commit(method, params, key, run)
        except (sqlite3.Error, OverflowError, UnicodeError) as error:
            raise self._explain(error) from error
        finally:
            roll_back(self._db)

    def rest(self, now: float) -> float | None:
        """Do one short step of upkeep; return in how many seconds the next is wanted."""
        del now  # a monotonic time; what expires does so by the clock on the wall
        try:
            return self._upkeep.step(self._clock())
        except sqlite3.Error as error:
            raise self._explain(error) from error
        finally:
            roll_back(self._db)

    def news(self) -> tuple[MemoryKept, ...]:
        """Return what upkeep dropped since it was last asked."""
        return tuple(each.kept() for each in self._upkeep.news())

    def note(self) -> dict[str, float]:
        """Return figures for the metrics, and whether much is just coming in."""
        found = figures(self._db, self.path) | self._upkeep.figures()
        found["coming_in"] = float(found["stored"] - self._noted > COMING_IN)
        self._noted = found["stored"]
        return found

    def close(self) -> None:
        """Close; the last connection to close folds the log into the file."""
        self._db.close()

    def _swap_store(self) -> Written:
        """Serve from a copy of the same state; its answer is the same however often it is asked."""
        generation = meta.number(self._db, "generation")
        rewriting.check_copy(self._home, generation)
        (busy, _, _) = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise Unavailable("Somebody reads from memory.db. Try again.", after_ms=100)
        self._db.close()
        try:
            rewriting.put_in_place(self._home)
        finally:
            self._db = open_store(self.path, self._options)
            self._upkeep.serve(self._db)
        self._upkeep.rewritten()
        self._db.execute(
            "INSERT INTO audit VALUES (?, ?, NULL, ?, 0)",
            (self._clock(), "recall.swap_store", generation),
        )
        return Written(generation, 1)

    def _commit(
        self,
        method: str,
        params: Params,
        key: str | None,
        run: Callable[[Batch, Any], msgspec.Struct],
    ) -> msgspec.Struct:
        db = self._db
        params_hash = _params_hash(method, params)
        db.execute("BEGIN IMMEDIATE")
        earlier = self._earlier(method, params_hash, key)
        if earlier is not None:
            return earlier
        batch = Batch(db, self._clock())
        reply = run(batch, params)
        if not (isinstance(params, RecallForget) and params.dry_run):
            self._record(batch, method, params_hash, key, reply)
            db.execute("COMMIT")
        return reply

    def _earlier(self, method: str, params_hash: bytes, key: str | None) -> msgspec.Struct | None:
        if key is None:
            return None
        query = "SELECT method, params_hash, reply FROM reply WHERE key = ?"
        row = self._db.execute(query, (key,)).fetchone()
        if row is None:
            return None
        if row[:2] != (method, params_hash):
            raise Conflict(
                f"The key {key} was used for another request. Make a fresh key for each request."
            )
        if method == "recall.update":
            return self._corrected(msgspec.msgpack.decode(row[2], type=Corrected))
        decoded: msgspec.Struct = msgspec.msgpack.decode(row[2], type=CALLS[method].reply)
        return decoded

    def _corrected(self, kept: Corrected) -> UpdateReply:
        where = "WHERE id = ? AND version = ?"
        row = next(rows.read_rows(self._db, where, (kept.id, kept.version)), None)
        if row is None:
            raise NotFound(f"The item {kept.id} was corrected with this key and forgotten since.")
        row.valid_to = None  # as it was when it was answered first
        return UpdateReply(item_of(self._db, row), kept.generation)

    def _record(
        self, batch: Batch, method: str, params_hash: bytes, key: str | None, reply: msgspec.Struct
    ) -> None:
        kept: msgspec.Struct = reply
        if isinstance(reply, UpdateReply):
            kept = Corrected(reply.item.id, reply.item.version, reply.generation)
        if key is not None:
            self._db.execute(
                "INSERT INTO reply VALUES (?, ?, ?, ?, ?)",
                (key, method, params_hash, batch.now, encode(kept)),
            )
        self._db.execute(
            "INSERT INTO audit VALUES (?, ?, ?, ?, ?)",
            (batch.now, method, key, batch.generation, batch.changed),
        )

    def _explain(self, error: Exception) -> RevoError:
        if isinstance(error, OverflowError | UnicodeError):
            return BadRequest(f"This cannot be kept: {error}. Correct it and send it again.")
        if is_damage(error):
            mark_damaged(self.path)
        if is_damage(error) or isinstance(error, sqlite3.OperationalError):
            return unavailable(error, self.path)
        return InternalError(f"This cannot be written to {self.path}: {error!r}. Report it.")

    def _store(self, batch: Batch, params: RecallStore) -> StoreReply:
        stored = changes.store(batch, params)
        return StoreReply(stored, batch.finish())

    def _update(self, batch: Batch, params: RecallUpdate) -> UpdateReply:
        row = changes.update(batch, params)
        generation = batch.finish()
        return UpdateReply(item_of(self._db, row), generation)

    def _forget(self, batch: Batch, params: RecallForget) -> msgspec.Struct:
        reply = changes.forget(batch, params)
        if params.dry_run:
            return msgspec.structs.replace(reply, generation=batch.generation)
        if reply.items and not reply.more and params.filter is not None:
            changes.forget_files(batch, params.filter)
        return msgspec.structs.replace(reply, generation=batch.finish())

    def _replace_files(self, batch: Batch, params: RecallReplaceFiles) -> ReplaceReply:
        stored, kept, removed = replacing.replace_files(batch, params)
        return ReplaceReply(stored, kept, removed, batch.finish())

    def _import_items(self, batch: Batch, params: RecallImport) -> ImportReply:
        stored, known = replacing.import_items(batch, params)
        return ImportReply(stored, known, batch.finish())

    def _put_vectors(self, batch: Batch, params: RecallVectors) -> Written:
        taken = replacing.put_vectors(batch, params)
        return Written(batch.finish(), taken)

    def _swap_index(self, batch: Batch, params: RecallSwap) -> Written:
        replacing.swap_index(batch, params, self._home)
        return Written(batch.finish(), 1)

    def _watch(self, batch: Batch, params: RecallWatch) -> WatchReply:
        watching.follow(batch, params)
        return WatchReply(watching.folders(self._db), batch.finish())


def _params_hash(method: str, params: Params) -> bytes:
    try:
        return hashlib.blake2b(encode(params), person=method[:16].encode(), digest_size=16).digest()
    except UnicodeEncodeError as error:
        raise BadRequest(
            f"The request holds half a character (a lone surrogate): {error}. "
            "Decode the text with errors='replace' and send it again."
        ) from None
