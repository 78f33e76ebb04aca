"""One change of memory.db: versions come, are superseded and go, and all that is derived follows.

A batch lives within one transaction of the writer. Rows are gathered and written together; words
come last, when it is known what stands around a turn.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from revo_edge.engines.recall import meta, neighbours, ranking, rows
from revo_edge.engines.recall.rows import Row
from revo_edge.engines.recall.schema import OLD, SHAPES

SQL_ROWS = 500
"""So many numbers in one IN list."""


def _insert(table: str, columns: Sequence[str]) -> str:
    names = ", ".join(("rowid", "scope", *columns))
    marks = ", ".join("?" * (len(columns) + 2))
    return f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - names of text.py


_INSERT_WORDS = {
    table: _insert(table, shape.columns)
    for shape in SHAPES
    for table in (shape.name, OLD + shape.name)
}


class Batch:
    """What one transaction changes; `now` is UTC. `finish` must be the last call."""

    def __init__(self, db: sqlite3.Connection, now: float) -> None:
        self.db = db
        self.now = now
        self.changed = 0
        self.generation = meta.number(db, "generation")
        self._next = meta.last_seq(db) + 1
        self._namespaces: dict[str, int] = {}
        self._rows: list[Row] = []
        self._words: dict[int, tuple[str, ...]] = {}
        self._totals: Counter[tuple[int, int, str]] = Counter()
        self._touched: dict[neighbours.Session, set[float]] = {}
        self._emptied: set[int] = set()

    def namespace(self, name: str) -> int:
        """Return the number of a namespace, which is made when it is new."""
        number = self._namespaces.get(name)
        if number is None:
            rows.encodable("namespace", name)
            found = self.db.execute("SELECT number FROM namespace WHERE name = ?", (name,))
            row = (
                found.fetchone()
                or self.db.execute(
                    "INSERT INTO namespace (name) VALUES (?) RETURNING number", (name,)
                ).fetchone()
            )
            number = self._namespaces[name] = int(row[0])
            self._emptied.add(number)  # until something is put into it
        return number

    def add(self, row: Row, *, keep_seq: bool = False, words: tuple[str, ...] = ()) -> None:
        """Add a version; its seq is set, unless it has one from before.

        `words`: what `ranking.columns` says of it, if that is known already.
        """
        if not keep_seq:
            row.seq = self._next
            self._next += 1
        self._rows.append(row)
        if words:
            self._words[row.seq] = words
        self.changed += 1

    def flush(self) -> None:
        """Write the versions that were added, without the words of turns."""
        new, self._rows = self._rows, []
        if not new:
            return
        for row in new:
            row.cues = ranking.cues(row)
        self.db.executemany(rows.INSERT, [msgspec.structs.astuple(row) for row in new])
        pairs = [(name, value, row.seq) for row in new for name, value in rows.labels(row)]
        if pairs:
            self.db.executemany("INSERT OR IGNORE INTO label VALUES (?, ?, ?)", pairs)
        for row in new:
            self._count(row, +1, items=row.valid_to is None)
        plain = [row for row in new if row.valid_to is None and not self._turn(row)]
        self._add_words("", plain)
        self._add_words(OLD, [row for row in new if row.valid_to is not None])
        self._words.clear()

    def supersede(self, row: Row, valid_to: float) -> None:
        """Say that a version no longer holds: it leaves the words that are searched."""
        self.flush()
        row.valid_to = max(valid_to, row.valid_from)
        self.db.execute("UPDATE version SET valid_to = ? WHERE seq = ?", (row.valid_to, row.seq))
        self._add_words(OLD, [row])  # alone: its neighbours may be forgotten one day
        self._delete_words("", [row])
        self._totals[row.namespace, row.kind, "items"] -= 1
        self._totals[row.namespace, row.kind, "embedded"] -= self.embedded([row.seq])
        self._turn(row)
        self.changed += 1

    def shorten(self, row: Row, valid_to: float) -> None:
        """Let an old version end earlier."""
        row.valid_to = max(valid_to, row.valid_from)
        self.db.execute("UPDATE version SET valid_to = ? WHERE seq = ?", (row.valid_to, row.seq))

    def remove(self, gone: Sequence[Row]) -> None:
        """Remove versions with all that is derived from them."""
        self.flush()
        held = [row.seq for row in gone if row.valid_to is None]
        for start in range(0, len(held), SQL_ROWS):
            part = held[start : start + SQL_ROWS]
            for (namespace, kind), count in self._embedded_by_place(part).items():
                self._totals[namespace, kind, "embedded"] -= count
        for row in gone:
            self._count(row, -1, items=row.valid_to is None)
            self._emptied.add(row.namespace)
            if row.valid_to is None:
                self._turn(row)
        numbers = [(row.seq,) for row in gone]
        self._delete_words("", [row for row in gone if row.valid_to is None])
        self._delete_words(OLD, [row for row in gone if row.valid_to is not None])
        for table in ("vector", "label", "sketch", "version"):
            self.db.executemany(f"DELETE FROM {table} WHERE seq = ?", numbers)  # noqa: S608
        self.changed += len(gone)

    def remove_links(self, ids: Iterable[str]) -> None:
        """Remove the pointers of duplicates from and to items that are gone."""
        pairs = [(item, item) for item in ids]
        self.db.executemany("DELETE FROM link WHERE id = ? OR original = ?", pairs)

    def embedded(self, seqs: Sequence[int]) -> int:
        """Return how many of these versions have a vector."""
        marks = ", ".join("?" * len(seqs))
        query = f"SELECT count(*) FROM vector WHERE seq IN ({marks}) AND model = ?"  # noqa: S608
        model = meta.number(self.db, "model")
        return int(self.db.execute(query, (*seqs, model)).fetchone()[0])

    def count_embedded(self, row: Row, count: int) -> None:
        """Count vectors of a version that holds."""
        self._totals[row.namespace, row.kind, "embedded"] += count

    def left(self, namespace: int) -> None:
        """Let a namespace go at the end if nothing is in it any more."""
        self._emptied.add(namespace)

    def touch(self) -> None:
        """Count a change that is none of a version."""
        self.changed += 1

    def finish(self) -> int:
        """Write what is left and return the generation after this change."""
        self.flush()
        self._write_turns()
        self._write_totals()
        for number in self._emptied:
            _drop_namespace(self.db, number)
        if self.changed:
            self.generation += 1
            meta.put(self.db, "generation", self.generation)
        return self.generation

    def _count(self, row: Row, sign: int, *, items: bool) -> None:
        self._totals[row.namespace, row.kind, "versions"] += sign
        if items:
            self._totals[row.namespace, row.kind, "items"] += sign

    def _turn(self, row: Row) -> bool:
        """Tell whether a row's words depend on its neighbours, and note that theirs do on it."""
        if not row.session or not ranking.radius(row.kind):
            return False
        key = neighbours.Session(row.namespace, row.kind, row.session)
        self._touched.setdefault(key, set()).add(row.turn)
        return True

    def _write_turns(self) -> None:
        for session, turns in self._touched.items():
            found = neighbours.around(self.db, session, turns)
            table = ranking.table_of(session.kind).name
            gone = [(each.seq,) for each in found]
            self.db.executemany(f"DELETE FROM {table} WHERE rowid = ?", gone)  # noqa: S608
            scope = scope_of(session.namespace, session.kind)
            values = [(each.seq, scope, *each.words) for each in found]
            self.db.executemany(_INSERT_WORDS[table], values)

    def _add_words(self, prefix: str, new: Sequence[Row]) -> None:
        for table, part in _by_table(prefix, new).items():
            values = [
                (row.seq, scope_of(row.namespace, row.kind), *self._columns(row)) for row in part
            ]
            self.db.executemany(_INSERT_WORDS[table], values)

    def _columns(self, row: Row) -> tuple[str, ...]:
        return self._words.get(row.seq) or ranking.columns(row)

    def _delete_words(self, prefix: str, gone: Sequence[Row]) -> None:
        for table, part in _by_table(prefix, gone).items():
            numbers = [(row.seq,) for row in part]
            self.db.executemany(f"DELETE FROM {table} WHERE rowid = ?", numbers)  # noqa: S608

    def _embedded_by_place(self, seqs: Sequence[int]) -> dict[tuple[int, int], int]:
        marks = ", ".join("?" * len(seqs))
        query = (
            "SELECT namespace, kind, count(*) FROM vector JOIN version USING (seq) "  # noqa: S608
            f"WHERE vector.seq IN ({marks}) AND model = ? GROUP BY namespace, kind"
        )
        found = self.db.execute(query, (*seqs, meta.number(self.db, "model")))
        return {(namespace, kind): count for namespace, kind, count in found}

    def _write_totals(self) -> None:
        places = {(namespace, kind) for namespace, kind, _ in self._totals}
        for namespace, kind in places:
            deltas = [
                self._totals[namespace, kind, name] for name in ("items", "versions", "embedded")
            ]
            self.db.execute(
                "INSERT INTO total VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET "
                "items = items + ?3, versions = versions + ?4, embedded = embedded + ?5",
                (namespace, kind, *deltas),
            )
        self._totals.clear()


def _by_table(prefix: str, found: Sequence[Row]) -> dict[str, list[Row]]:
    parts: dict[str, list[Row]] = {}
    for row in found:
        parts.setdefault(prefix + ranking.table_of(row.kind).name, []).append(row)
    return parts


def scope_of(namespace: int, kind: int) -> str:
    """Return the words that restrict a search to a namespace or a kind."""
    return f"n{namespace} k{kind}"


def _drop_namespace(db: sqlite3.Connection, number: int) -> None:
    """Drop a namespace in which nothing is left: its name is somebody's word, too."""
    left = db.execute("SELECT sum(versions) FROM total WHERE namespace = ?", (number,)).fetchone()
    watched = db.execute("SELECT 1 FROM watch WHERE namespace = ?", (number,)).fetchone()
    if left[0]:
        return
    db.execute("DELETE FROM total WHERE namespace = ?", (number,))
    if (
        watched is None
        and not db.execute("SELECT 1 FROM file WHERE namespace = ? LIMIT 1", (number,)).fetchone()
    ):
        db.execute("DELETE FROM namespace WHERE number = ?", (number,))
