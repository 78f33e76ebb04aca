"""Reading a damaged memory.db out into a new one, row by row and from both ends.

Words, labels and totals are made anew; a version whose text does not fit its hash is left out.
"""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from revo_edge.engines.recall import meta, rows
from revo_edge.engines.recall.batch import Batch
from revo_edge.engines.recall.rows import Row
from revo_edge.engines.recall.schema import KINDS
from revo_edge.errors import RevoError
from revo_edge.store.sqlite import connect

PROBES = 2_000_000
"""Between what is read from either end so many rows are tried one by one."""
_KEPT_FACTS = ("generation", "purge", "salvaged")
_TABLES = {
    "namespace": ("number", "number, name"),
    "file": ("number", "number, namespace, root, path, size_bytes, mtime_ns, hash"),
    "model": ("number", "number, name"),
    "vector": ("seq", "seq, model, generation, data"),
    "version": ("seq", rows.COLUMNS),
}
_KEYLESS = {"watch": "path, namespace", "link": "id, original", "meta": "name, value"}


def read_out(damaged: Path, db: sqlite3.Connection) -> None:
    """Copy what can be read into the fresh `db`, within its transaction; say what was lost."""
    old = _open(damaged)
    expected, kept = (0, 0), 0
    if old is not None:
        with contextlib.closing(old):
            expected = _expected(old)
            for table in ("namespace", "file", "model"):
                _copy(old, db, table)
            for table, names in _KEYLESS.items():
                _copy_keyless(old, db, table, names)
            kept = _versions(old, db)
            _copy(old, db, "vector")
    db.execute("DELETE FROM vector WHERE seq NOT IN (SELECT seq FROM version)")
    _continue_numbers(db, expected)
    count_all(db)
    meta.put(db, "salvaged", _sentence(damaged, kept, expected))


def _open(damaged: Path) -> sqlite3.Connection | None:
    """Connect to a damaged file; None when not even its tables are known."""
    old = None
    try:
        old = connect(damaged)
        old.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.DatabaseError:
        if old is not None:
            old.close()
        return None
    return old


def count_all(db: sqlite3.Connection) -> None:
    """Count the totals anew."""
    db.execute("DELETE FROM total")
    db.execute(
        "INSERT INTO total SELECT namespace, kind, sum(valid_to IS NULL), count(*), "
        "sum(valid_to IS NULL AND EXISTS (SELECT 1 FROM vector WHERE vector.seq = version.seq "
        "AND model = ?)) FROM version GROUP BY namespace, kind",
        (meta.number(db, "model"),),
    )


def _versions(old: sqlite3.Connection, db: sqlite3.Connection) -> int:
    """Put the versions that are whole into the new file; return how many they are."""
    kept = 0
    known = {number for (number,) in db.execute("SELECT number FROM namespace")}
    batch = Batch(db, 0.0)
    for values in _rows(old, "version"):
        row = Row(*values)
        if not _whole(row):
            continue
        if row.namespace not in known:  # its name is lost; the items are not
            known.add(row.namespace)
            name = f"salvaged-{row.namespace}"
            db.execute("INSERT INTO namespace VALUES (?, ?)", (row.namespace, name))
        batch.add(row, keep_seq=True)
        kept += 1
        if kept % 1_000 == 0:
            batch.flush()
    batch.finish()
    return kept


def _whole(row: Row) -> bool:
    try:
        return row.hash == rows.content_hash(KINDS[row.kind], row.text) and bool(
            rows.to_item(row, "", embedded=False)
        )
    except (RevoError, ValueError, TypeError, IndexError, AttributeError):
        return False


def _copy(old: sqlite3.Connection, db: sqlite3.Connection, table: str) -> None:
    names = _TABLES[table][1]
    marks = ", ".join("?" * len(names.split(",")))
    statement = f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})"  # noqa: S608
    for values in _rows(old, table):
        try:
            db.execute(statement, values)
        except sqlite3.IntegrityError:  # a value of a wrong type: the row is damaged
            continue


def _copy_keyless(old: sqlite3.Connection, db: sqlite3.Connection, table: str, names: str) -> None:
    found: list[tuple[Any, ...]] = []
    try:
        for values in old.execute(f"SELECT {names} FROM {table}"):  # noqa: S608
            found.append(values)  # noqa: PERF402 - what came before the damage stays
    except sqlite3.DatabaseError:
        pass
    if table == "meta":
        found = [values for values in found if values[0] in _KEPT_FACTS]
    db.executemany(f"INSERT OR REPLACE INTO {table} VALUES (?, ?)", found)  # noqa: S608


def _rows(old: sqlite3.Connection, table: str) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a table that can be read: from the start, from the end, then one by one."""
    key, names = _TABLES[table]
    low = high = None
    for values in _walk(old, f"SELECT {names}, {key} FROM {table} ORDER BY {key}"):  # noqa: S608
        if values is None:
            high = -1  # damage was met
            break
        low = values[-1]
        yield values[:-1]
    if high is None:
        return
    top = None
    backward = f"SELECT {names}, {key} FROM {table} ORDER BY {key} DESC"  # noqa: S608
    for values in _walk(old, backward):
        if values is None or (low is not None and values[-1] <= low):
            break
        top = values[-1]
        yield values[:-1]
    first = (low or 0) + 1
    last = top - 1 if top is not None else first + _count(old, table)
    one = f"SELECT {names} FROM {table} WHERE {key} = ?"  # noqa: S608
    for number in range(first, min(last, first + PROBES) + 1):
        yield from (values for values in _walk(old, one, (number,)) if values is not None)


def _walk(
    old: sqlite3.Connection, query: str, values: tuple[int, ...] = ()
) -> Iterator[tuple[Any, ...] | None]:
    """Yield rows, then None when damage was met."""
    try:
        yield from old.execute(query, values)
    except sqlite3.DatabaseError:
        yield None


def _count(old: sqlite3.Connection, table: str) -> int:
    try:
        row = old.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
    except sqlite3.DatabaseError:
        row = None
    return int(row[0]) if row else 100_000


def _expected(old: sqlite3.Connection) -> tuple[int, int]:
    """Return how many versions there were and the last seq; 0 when that is lost, too."""
    facts = []
    for query in (
        "SELECT sum(versions) FROM total",
        "SELECT seq FROM sqlite_sequence WHERE name = 'version'",
    ):
        try:
            row = old.execute(query).fetchone()
        except sqlite3.DatabaseError:
            row = None
        facts.append(int(row[0] or 0) if row else 0)
    return facts[0], facts[1]


def _continue_numbers(db: sqlite3.Connection, expected: Sequence[int]) -> None:
    """Use no seq twice and show a generation that no reader has seen."""
    last = max(meta.last_seq(db), expected[1])
    db.execute("DELETE FROM sqlite_sequence WHERE name = 'version'")
    db.execute("INSERT INTO sqlite_sequence VALUES ('version', ?)", (last,))
    meta.put(db, "generation", meta.number(db, "generation") + 1)


def _sentence(damaged: Path, kept: int, expected: Sequence[int]) -> str:
    if expected[0] > kept:
        lost = f"{expected[0] - kept:,} of {expected[0]:,} versions of items are lost"
    elif expected[0]:
        lost = f"all {kept:,} versions of items could be read"
    else:
        lost = f"{kept:,} versions of items could be read, and how many there were is lost"
    return f"memory.db was damaged: {lost}. The damaged file is kept as {damaged.name}."
