"""A reader: answers from memory.db without changing it, each answer from one state of the store."""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from revo_edge.clock import utc_now
from revo_edge.contract.codec import encode
from revo_edge.contract.events import MemoryKept
from revo_edge.contract.params import Params
from revo_edge.contract.recall import (
    ContextReply,
    Filter,
    GetReply,
    Hit,
    Item,
    ListReply,
    RecallContext,
    RecallGet,
    RecallList,
    RecallRelated,
    RecallSearch,
    RecallStats,
    SearchReply,
    StatsReply,
)
from revo_edge.engines.recall import filters, meta, packing, ranking, rows, views, watching
from revo_edge.engines.recall.opening import Options, mark_damaged, open_read_only
from revo_edge.engines.recall.query_cache import QueryCache
from revo_edge.engines.recall.rows import Row
from revo_edge.engines.recall.searching import Found, Question, Search, Vectors
from revo_edge.engines.recall.snippets import Highlighter
from revo_edge.errors import (
    BadRequest,
    InternalError,
    NotFound,
    RevoError,
    Unavailable,
    UnknownMethod,
)
from revo_edge.store.sqlite import is_damage, unavailable

PACKED_FROM = 60
"""A context is packed from so many of the best hits."""
LOOK_S = 2.0
"""How often it is looked whether anything is remembered by now."""
_ALIVE = "(expires_at IS NULL OR expires_at > ?)"


class Reader:
    """Answers the calls that do not mutate. Raises Unavailable until the writer made the file."""

    def __init__(
        self,
        home: Path,
        options: Options,
        vectors: Vectors | None = None,
        clock: Callable[[], float] = utc_now,
    ) -> None:
        self.path = home / "memory.db"
        self._options = options
        self._clock = clock
        self._vectors = vectors
        self._db = open_read_only(self.path, options)
        self._inode = self.path.stat().st_ino
        self._searches = Search(self._db, home, vectors, options.lexical_only)
        self._highlighter = Highlighter()
        self._cache = QueryCache(options.cached_queries)
        self._calls: dict[str, Callable[[Any], msgspec.Struct]] = {
            "recall.search": self._search,
            "recall.get": self._get,
            "recall.list": self._list,
            "recall.related": self._related,
            "recall.context": self._context,
            "recall.stats": self._stats,
        }

    def call(self, method: str, params: Params, key: str | None = None) -> msgspec.Struct:
        """Answer a call; raise NotFound, BadRequest, or Unavailable when the disk refuses."""
        del key  # nothing is changed
        answer = self._calls.get(method)
        if answer is None:
            raise UnknownMethod(f"The readers of Perfect Recall have no method {method}.")
        try:
            self._look_again()
            self._db.execute("BEGIN")
            return answer(params)
        except (sqlite3.Error, OverflowError, UnicodeError, OSError) as error:
            raise self._explain(error) from error
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    def rest(self, now: float) -> float | None:
        """Load what searches by vectors need, once something is remembered: a model takes 150 MB."""
        del now
        if self._vectors is None:
            return None
        with contextlib.suppress(sqlite3.Error):  # a call says what is wrong with the file
            if self._db.execute("SELECT 1 FROM version LIMIT 1").fetchone() is None:
                return LOOK_S
        return self._vectors.rest()

    def news(self) -> tuple[MemoryKept, ...]:
        """Have nothing to tell."""
        return ()

    def note(self) -> dict[str, float]:
        """Return figures for the metrics."""
        cache = {"cache_hits": self._cache.hits, "cache_misses": self._cache.misses}
        return {**cache, **(self._vectors.note() if self._vectors else {})}

    def close(self) -> None:
        """Close the files."""
        if self._vectors is not None:
            self._vectors.close()
        self._searches.close()
        self._highlighter.close()
        self._db.close()

    def _look_again(self) -> None:
        """Open the file again when another was put in its place."""
        inode = self.path.stat().st_ino
        if inode != self._inode:
            fresh = open_read_only(self.path, self._options)
            self._searches.close()
            self._db.close()
            self._db, self._inode = fresh, inode
            self._searches = Search(
                fresh, self.path.parent, self._vectors, self._options.lexical_only
            )
            self._cache.clear()

    def _explain(self, error: Exception) -> RevoError:
        if isinstance(error, OverflowError | UnicodeError):
            return BadRequest(f"This cannot be looked for: {error}. Correct it and ask again.")
        if is_damage(error):
            mark_damaged(self.path)
        if is_damage(error) or isinstance(error, sqlite3.OperationalError | OSError):
            return unavailable(error, self.path)
        return InternalError(f"This cannot be read from {self.path}: {error!r}. Report it.")

    def _search(self, params: RecallSearch) -> SearchReply:
        began = time.monotonic()
        generation = meta.number(self._db, "generation")
        if params.generation > generation:
            raise Unavailable(
                f"The store is at generation {generation}, not yet at {params.generation}. "
                "Ask again; if it stays so, the store was restored: ask without a generation.",
                after_ms=50,
            )
        now = self._clock()
        key = encode(msgspec.structs.replace(params, generation=0))
        kept = self._cache.get(key, generation, now)
        if kept is not None:
            return msgspec.structs.replace(kept, cached=True, took_ms=_since(began))
        question = Question(params.query, params.filter, params.k, now, params.mode)
        found = self._searches.run(question)
        if params.mode == "vector" and found.lexical_only:
            raise Unavailable(f"No vectors can take part: {found.lexical_only}", after_ms=None)
        reply = self._reply(params.query, found, explain=params.explain)
        reply = msgspec.structs.replace(reply, took_ms=_since(began))
        self._cache.put(key, reply, now, found.until)
        return reply

    def _related(self, params: RecallRelated) -> SearchReply:
        began = time.monotonic()
        row = next(
            rows.read_rows(self._db, "WHERE id = ? AND valid_to IS NULL", (params.id,)), None
        )
        if row is None:
            raise NotFound(f"There is no item {params.id}. It may have been forgotten.")
        words = ranking.key_words(f"{row.title} {row.text}")
        question = Question(words, params.filter, params.k, self._clock(), like=row.seq)
        found = self._searches.run(question)
        reply = self._reply(words, found, explain=params.explain)
        return msgspec.structs.replace(reply, took_ms=_since(began))

    def _reply(self, query: str, found: Found, *, explain: bool) -> SearchReply:
        items = self._items([each.seq for each in found.ranked])
        snippets = self._highlighter.snippets(query, [item.text for item in items])
        hits = tuple(
            Hit(
                item,
                round(ranked.score, 6),
                snippet.text,
                snippet.marks,
                {name: round(part, 6) for name, part in ranking.parts(ranked).items()}
                if explain
                else {},
            )
            for item, ranked, snippet in zip(items, found.ranked, snippets, strict=True)
        )
        generation = meta.number(self._db, "generation")
        return SearchReply(
            hits, generation, 0.0, candidates=found.candidates, lexical_only=found.lexical_only
        )

    def _context(self, params: RecallContext) -> ContextReply:
        question = Question(params.query, params.filter, PACKED_FROM, self._clock())
        found = self._searches.run(question)
        reply = self._reply(params.query, found, explain=False)
        packed = packing.pack(reply.hits, params.budget_tokens)
        return ContextReply(
            packed.text,
            packed.citations,
            packed.tokens,
            generation=reply.generation,
            left_out=packed.left_out,
            lexical_only=found.lexical_only,
        )

    def _get(self, params: RecallGet) -> GetReply:
        ids = list(dict.fromkeys(params.ids))
        marks = ", ".join("?" * len(ids))
        condition, values = _which(params)
        where = f"WHERE id IN ({marks}) AND {condition} AND {_ALIVE} ORDER BY version DESC"
        found: dict[str, list[Row]] = {}
        for row in rows.read_rows(self._db, where, (*ids, *values, self._clock())):
            found.setdefault(row.id, []).append(row)
        items = views.items_of(self._db, [row for item in ids for row in found.get(item, ())])
        missing = tuple(item for item in ids if item not in found)
        return GetReply(tuple(items), missing, meta.number(self._db, "generation"))

    def _list(self, params: RecallList) -> ListReply:
        where = filters.where(self._db, params.filter)
        sql, values = f"{where.sql} AND {_ALIVE}", (*where.values, self._clock())
        total = self._total(params.filter, where, sql, values)
        newest = params.order == "newest"
        if params.cursor is not None:
            sql = f"{sql} AND seq {'<' if newest else '>'} ?"
            values = (*values, params.cursor)
        rest = f"WHERE {sql} ORDER BY seq {'DESC' if newest else 'ASC'} LIMIT ?"
        page = list(rows.read_rows(self._db, rest, (*values, params.limit + 1)))
        more = len(page) > params.limit
        page = page[: params.limit]
        return ListReply(
            tuple(views.items_of(self._db, page)),
            total,
            page[-1].seq if more else None,
            meta.number(self._db, "generation"),
        )

    def _total(
        self, wanted: Filter, where: filters.Where, sql: str, values: Sequence[object]
    ) -> int:
        """Count what fits; the totals know it when only namespaces and kinds are asked for."""
        query = f"SELECT count(*) FROM version WHERE {sql}"  # noqa: S608 - conditions of filters.py
        if where.plain:
            named = Filter(namespaces=wanted.namespaces, kinds=wanted.kinds)
            held = filters.where(self._db, named).sql.replace("valid_to IS NULL", "1")
            query = f"SELECT coalesce(sum(items), 0) FROM total WHERE {held}"  # noqa: S608
            values = where.values
        return int(self._db.execute(query, tuple(values)).fetchone()[0])

    def _stats(self, params: RecallStats) -> StatsReply:
        del params
        db = self._db
        counts = views.figures(db, self.path)
        why = self._searches.missing()
        return StatsReply(
            items=int(counts["items"]),
            versions=int(counts["versions"]),
            namespaces=tuple(views.namespaces(db)),
            embedded_ratio=counts["embedded"] / counts["items"] if counts["items"] else 0.0,
            bytes=int(counts["bytes"]),
            generation=int(counts["generation"]),
            model=meta.model_name(db),
            lexical_only=why,
            index=meta.text(db, "index"),
            purge_pending=meta.text(db, "purge") != ""
            or any(views.holds_forgotten(db, name) for name in ("index", "words")),
            watched=watching.folders(db),
            salvaged=meta.text(db, "salvaged"),
        )

    def _items(self, seqs: Sequence[int]) -> list[Item]:
        marks = ", ".join("?" * len(seqs))
        found = {row.seq: row for row in rows.read_rows(self._db, f"WHERE seq IN ({marks})", seqs)}
        return views.items_of(self._db, [found[seq] for seq in seqs])


def _which(params: RecallGet) -> tuple[str, tuple[object, ...]]:
    if params.history:
        return "1", ()
    if params.version is not None:
        return "version = ?", (params.version,)
    return filters.holding(params.as_of)


def _since(began: float) -> float:
    return round((time.monotonic() - began) * 1_000, 3)
