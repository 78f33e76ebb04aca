"""What both services say of memory.db: items with their names, figures."""

import sqlite3
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from revo_edge.contract.recall import Item, NamespaceInfo
from revo_edge.engines.recall import meta, rows
from revo_edge.engines.recall.meta import INDEXES
from revo_edge.engines.recall.rows import Row
from revo_edge.engines.recall.schema import KINDS

HAS_NUMPY = find_spec("numpy") is not None
WORDS_ROWS = 5_000
"""So many versions FTS5 searches fast enough, in some 10 ms, without a file of words."""


def items_of(db: sqlite3.Connection, found: Iterable[Row]) -> list[Item]:
    """Return the items of rows, in their order."""
    found = list(found)
    names: dict[int, str] = dict(
        _pick(db, "SELECT number, name FROM namespace WHERE number", {r.namespace for r in found})
    )
    model = meta.number(db, "model")
    vectors = dict(_pick(db, "SELECT seq, model FROM vector WHERE seq", {r.seq for r in found}))
    return [
        rows.to_item(
            row, names[row.namespace], embedded=bool(model) and vectors.get(row.seq) == model
        )
        for row in found
    ]


def item_of(db: sqlite3.Connection, row: Row) -> Item:
    """Return the item of a row."""
    return items_of(db, (row,))[0]


def namespaces(db: sqlite3.Connection) -> list[NamespaceInfo]:
    """Return every namespace with what is in it, by name."""
    found: dict[str, list[tuple[int, int, int]]] = {}
    numbers: dict[str, int] = {}
    query = (
        "SELECT name, number, kind, items, embedded FROM namespace LEFT JOIN total "
        "ON total.namespace = number ORDER BY name, kind"
    )
    for name, number, kind, items, embedded in db.execute(query):
        numbers[name] = number
        found.setdefault(name, []).append((kind or 0, items or 0, embedded or 0))
    return [_namespace(db, name, numbers[name], kinds) for name, kinds in found.items()]


def _namespace(
    db: sqlite3.Connection, name: str, number: int, kinds: Sequence[tuple[int, int, int]]
) -> NamespaceInfo:
    newest = db.execute(
        "SELECT created_at FROM version WHERE namespace = ? ORDER BY seq DESC LIMIT 1", (number,)
    ).fetchone()
    return NamespaceInfo(
        name=name,
        items=sum(items for _, items, _ in kinds),
        kinds={KINDS[kind].value: items for kind, items, _ in kinds if items},
        embedded=sum(embedded for _, _, embedded in kinds),
        newest_at=newest[0] if newest else None,
    )


def figures(db: sqlite3.Connection, path: Path) -> dict[str, float]:
    """Return what the metrics show of the store."""
    query = "SELECT sum(items), sum(versions), sum(embedded) FROM total"
    items, versions, embedded = (count or 0 for count in db.execute(query).fetchone())
    return {
        "items": items,
        "versions": versions,
        "embedded": embedded,
        "pending_vectors": items - embedded if meta.number(db, "model") else 0,
        "stored": meta.last_seq(db),
        "wants_index": float(holds_forgotten(db, "index")),
        "wants_words": float(_wants_words(db, path.parent, items)),
        "watched": db.execute("SELECT count(*) FROM watch").fetchone()[0],
        "bytes": size_bytes(path),
        "generation": meta.number(db, "generation"),
    }


def holds_forgotten(db: sqlite3.Connection, name: str) -> bool:
    """Tell whether the file of vectors ("index") or of words is from before something was forgotten."""
    forgot_at = meta.number(db, "forgot_at")
    return meta.text(db, name) != "" and forgot_at > meta.number(db, f"{name}_generation")


def _wants_words(db: sqlite3.Connection, home: Path, items: int) -> bool:
    """Tell whether so much came since the file of words that full text is slow to search."""
    if not HAS_NUMPY:
        return False
    served = meta.text(db, "words")
    is_there = served and (home / INDEXES / served).exists()
    since = meta.last_seq(db) - (meta.number(db, "words_seq") if is_there else 0)
    return since > max(WORDS_ROWS, items // 8) or holds_forgotten(db, "words")


def size_bytes(path: Path) -> int:
    """Return how much of the disk the database takes, with its log."""
    total = 0
    for suffix in ("", "-wal"):
        try:
            total += path.with_name(path.name + suffix).stat().st_size
        except FileNotFoundError:
            continue
    return total


def _pick(db: sqlite3.Connection, query: str, numbers: Iterable[int]) -> Iterable[tuple[int, Any]]:
    values = tuple(numbers)
    return db.execute(f"{query} IN ({', '.join('?' * len(values))})", values)
