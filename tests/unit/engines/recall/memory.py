"""Both services over one real memory.db."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from revo_edge.contract.recall import (
    Filter,
    ForgetReply,
    GetReply,
    Hit,
    Item,
    ListReply,
    NewItem,
    RecallForget,
    RecallGet,
    RecallList,
    RecallSearch,
    RecallStats,
    RecallStore,
    RecallUpdate,
    SearchReply,
    StatsReply,
    Stored,
    StoreReply,
    UpdateReply,
)
from revo_edge.engines.recall import ranking
from revo_edge.engines.recall.opening import Options
from revo_edge.engines.recall.reader import Reader
from revo_edge.engines.recall.schema import OLD, SHAPES
from revo_edge.engines.recall.searching import Vectors
from revo_edge.engines.recall.writer import Writer


class Clock:
    """Stands still until it is set."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Memory:
    """Shorthands for what a test asks; answers are the services' own."""

    def __init__(
        self, home: Path, options: Options | None = None, vectors: Vectors | None = None
    ) -> None:
        self.home = home
        self.clock = Clock()
        self.options = options or Options()
        self.vectors = vectors
        self.writer = Writer(home, self.options, self.clock)
        self.reader = Reader(home, self.options, vectors, self.clock)

    @property
    def path(self) -> Path:
        return self.home / "memory.db"

    def close(self) -> None:
        self.reader.close()
        self.writer.close()

    def reopen(self) -> None:
        self.close()
        self.writer = Writer(self.home, self.options, self.clock)
        self.reader = Reader(self.home, self.options, self.vectors, self.clock)

    def store(
        self, *items: NewItem, key: str | None = None, duplicates: Any = "skip"
    ) -> StoreReply:
        reply = self.writer.call("recall.store", RecallStore(items, duplicates), key)
        assert isinstance(reply, StoreReply)
        return reply

    def put(self, text: str, **fields: Any) -> Stored:
        return self.store(NewItem(text, **fields)).stored[0]

    def update(self, item: str, key: str | None = None, **fields: Any) -> UpdateReply:
        reply = self.writer.call("recall.update", RecallUpdate(item, **fields), key)
        assert isinstance(reply, UpdateReply)
        return reply

    def forget(self, *ids: str, **fields: Any) -> ForgetReply:
        reply = self.writer.call("recall.forget", RecallForget(ids, **fields))
        assert isinstance(reply, ForgetReply)
        return reply

    def search(self, query: str, filter: Filter = Filter(), **fields: Any) -> SearchReply:  # noqa: B008
        reply = self.reader.call("recall.search", RecallSearch(query, filter, **fields))
        assert isinstance(reply, SearchReply)
        return reply

    def texts(self, query: str, filter: Filter = Filter(), **fields: Any) -> list[str]:  # noqa: B008
        return [hit.item.text for hit in self.search(query, filter, **fields).hits]

    def hits(self, query: str, **fields: Any) -> Sequence[Hit]:
        return self.search(query, **fields).hits

    def get(self, *ids: str, **fields: Any) -> GetReply:
        reply = self.reader.call("recall.get", RecallGet(ids, **fields))
        assert isinstance(reply, GetReply)
        return reply

    def one(self, item: str, **fields: Any) -> Item:
        (found,) = self.get(item, **fields).items
        return found

    def list(self, filter: Filter = Filter(), **fields: Any) -> ListReply:  # noqa: B008
        reply = self.reader.call("recall.list", RecallList(filter, **fields))
        assert isinstance(reply, ListReply)
        return reply

    def stats(self) -> StatsReply:
        reply = self.reader.call("recall.stats", RecallStats())
        assert isinstance(reply, StatsReply)
        return reply

    def rest(self, limit: int = 1_000) -> float | None:
        """Let the writer do all that waits; return when it wants to go on."""
        for _ in range(limit):
            after = self.writer.rest(0.0)
            if after != 0.0:
                return after
        raise AssertionError("upkeep never ends")

    def raw(self) -> bytes:
        return b"".join(file.read_bytes() for file in self.home.iterdir() if file.is_file())

    def sound(self) -> None:
        check_sound(self.writer._db)


def check_sound(db: sqlite3.Connection) -> None:
    """Assert that all that is derived from the versions fits them."""
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    indexed: dict[str, set[int]] = {}
    for shape in SHAPES:
        for table in (shape.name, OLD + shape.name):
            db.execute(f"INSERT INTO {table} ({table}) VALUES ('integrity-check')")  # noqa: S608 - names of the package
            indexed[table] = {seq for (seq,) in db.execute(f"SELECT rowid FROM {table}")}  # noqa: S608 - names of the package
    there: dict[str, set[int]] = {table: set() for table in indexed}
    for seq, kind, valid_to in db.execute("SELECT seq, kind, valid_to FROM version"):
        table = ranking.table_of(kind).name
        there[table if valid_to is None else OLD + table].add(seq)
    assert indexed == there
    for table in ("label", "vector", "sketch"):
        orphans = f"SELECT count(*) FROM {table} WHERE seq NOT IN (SELECT seq FROM version)"  # noqa: S608 - names of this file
        assert db.execute(orphans).fetchone() == (0,)
    counted = db.execute(
        "SELECT namespace, kind, sum(valid_to IS NULL), count(*), sum(valid_to IS NULL AND EXISTS "
        "(SELECT 1 FROM vector WHERE vector.seq = version.seq AND model = "
        "(SELECT value FROM meta WHERE name = 'model'))) FROM version GROUP BY namespace, kind"
    )
    totals = db.execute("SELECT * FROM total WHERE versions <> 0")
    assert sorted(totals) == sorted(counted)
    double = "SELECT id FROM version WHERE valid_to IS NULL GROUP BY id HAVING count(*) > 1"
    assert db.execute(double).fetchall() == []
    assert db.execute("SELECT count(*) FROM version WHERE valid_to < valid_from").fetchone() == (0,)
