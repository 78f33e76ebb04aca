"""What Recall's own tasks change: files, whole items, vectors, the index, watched folders."""

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from revo_edge.contract.ids import ULID_PATTERN, new_ulid
from revo_edge.contract.recall import Item, ItemKind
from revo_edge.contract.recall_writes import (
    FileItems,
    RecallImport,
    RecallReplaceFiles,
    RecallSwap,
    RecallVectors,
)
from revo_edge.engines.recall import duplicates, meta, rows
from revo_edge.engines.recall.batch import Batch
from revo_edge.engines.recall.meta import INDEXES, WORDS_SUFFIX
from revo_edge.engines.recall.rows import Row
from revo_edge.errors import BadRequest, NotFound

MOVED = ("source", "path", "session", "turn", "place", "tags", "metadata")
"""What may change of an item of a file while its text stays."""

_PLAIN_NAME = re.compile(r"[\w.-]+")
_ULID = re.compile(ULID_PATTERN)


def replace_files(batch: Batch, params: RecallReplaceFiles) -> tuple[int, int, int]:
    """Put the items of files in place of what was there; return stored, kept, removed."""
    namespace = batch.namespace(params.namespace)
    stored = kept = 0
    gone: list[Row] = []
    for file in {file.path: file for file in params.files}.values():
        new, stayed, old = _replace_file(batch, namespace, params.root, file)
        stored, kept = stored + new, kept + stayed
        gone += old
    for path in params.vanished:
        gone += _drop_file(batch, namespace, params.root, path)
    batch.remove(gone)
    batch.remove_links({row.id for row in gone})
    return stored, kept, len(gone)


def _replace_file(
    batch: Batch, namespace: int, root: str, file: FileItems
) -> tuple[int, int, list[Row]]:
    number, before = _keep_file(batch, namespace, root, file)
    if before == file.hash and not file.items:  # only its times changed
        return 0, _count(batch, number), []
    there: dict[tuple[int, str, bytes], list[Row]] = defaultdict(list)
    if before is not None:
        where = "WHERE file = ? AND valid_to IS NULL ORDER BY seq DESC"
        for row in rows.read_rows(batch.db, where, (number,)):
            there[row.kind, row.title, row.hash].append(row)
    stored = kept = 0
    words = file.words or ((),) * len(file.items)
    if len(words) != len(file.items):
        raise BadRequest(f"{file.path} has {len(file.items)} items and words of {len(words)}.")
    for item, its_words in zip(file.items, words, strict=True):
        row = rows.new_row(item, namespace, batch.now)
        row.file = number
        same = there.get((row.kind, row.title, row.hash))
        if same:
            _move(batch, same.pop(), row)
            kept += 1
        else:
            row.id = new_ulid()
            batch.add(row, words=its_words)
            stored += 1
    gone = [row for left in there.values() for row in left]
    return stored, kept, [*gone, *_history(batch, gone)]


def _keep_file(batch: Batch, namespace: int, root: str, file: FileItems) -> tuple[int, str | None]:
    """Write the file's row; return its number and the hash it had."""
    for name, text in (("root", root), ("path", file.path)):
        rows.encodable(name, text)
    key = (namespace, root, file.path)
    query = "SELECT number, hash FROM file WHERE namespace = ? AND root = ? AND path = ?"
    found = batch.db.execute(query, key).fetchone()
    facts = (file.size_bytes, file.mtime_ns, file.hash)
    if found is not None:
        update = "UPDATE file SET size_bytes = ?, mtime_ns = ?, hash = ? WHERE number = ?"
        batch.db.execute(update, (*facts, found[0]))
        return int(found[0]), str(found[1])
    insert = (
        "INSERT INTO file (namespace, root, path, size_bytes, mtime_ns, hash) "
        "VALUES (?, ?, ?, ?, ?, ?) RETURNING number"
    )
    return int(batch.db.execute(insert, (*key, *facts)).fetchone()[0]), None


def _count(batch: Batch, number: int) -> int:
    query = "SELECT count(*) FROM version WHERE file = ? AND valid_to IS NULL"
    return int(batch.db.execute(query, (number,)).fetchone()[0])


def _move(batch: Batch, old: Row, new: Row) -> None:
    """Say where the same text stands now; it keeps its id, version and vector."""
    if all(getattr(old, name) == getattr(new, name) for name in MOVED if name != "turn"):
        return
    sets = ", ".join(f"{name} = ?" for name in MOVED)
    values = [getattr(new, name) for name in MOVED]
    batch.db.execute(f"UPDATE version SET {sets} WHERE seq = ?", (*values, old.seq))  # noqa: S608
    if (old.tags, old.metadata) != (new.tags, new.metadata):
        batch.db.execute("DELETE FROM label WHERE seq = ?", (old.seq,))
        pairs = [(name, value, old.seq) for name, value in rows.labels(new)]
        batch.db.executemany("INSERT OR IGNORE INTO label VALUES (?, ?, ?)", pairs)
    batch.touch()


def _drop_file(batch: Batch, namespace: int, root: str, path: str) -> list[Row]:
    rows.encodable("vanished", path)
    query = "DELETE FROM file WHERE namespace = ? AND root = ? AND path = ? RETURNING number"
    found = batch.db.execute(query, (namespace, root, path)).fetchall()
    return [
        row for (number,) in found for row in rows.read_rows(batch.db, "WHERE file = ?", (number,))
    ]


def _history(batch: Batch, gone: Iterable[Row]) -> list[Row]:
    """Return the older versions of items of a file that go."""
    return [
        old
        for row in gone
        if row.version > 1
        for old in rows.read_rows(batch.db, "WHERE id = ? AND seq <> ?", (row.id, row.seq))
    ]


def import_items(batch: Batch, params: RecallImport) -> tuple[int, int]:
    """Take in exported versions; return how many are new and how many were there."""
    stored = 0
    seen: dict[tuple[str, int], Row] = {}
    texts: set[tuple[int, bytes, bytes, int]] = set()
    for number, item in enumerate(params.items):
        row = _imported(batch, number, item)
        key = (row.namespace, row.hash, row.place, row.kind)
        if (row.id, row.version) in seen or _known(batch, row, key in texts):
            continue
        batch.add(row)
        seen[row.id, row.version] = row
        if row.valid_to is None:
            texts.add(key)
        stored += 1
    batch.flush()
    for item_id in {item_id for item_id, _ in seen}:
        _put_right(batch, item_id)
    return stored, len(params.items) - stored


def _imported(batch: Batch, number: int, item: Item) -> Row:
    if not _ULID.fullmatch(item.id) or item.version < 1 or item.kind is ItemKind.UNKNOWN:
        raise BadRequest(
            f"items[{number}] has no sound id, version or kind. Import what `recall.export` wrote."
        )
    row = rows.imported_row(item, batch.namespace(item.namespace))
    rows.set_source(row, item.source)
    return row


def _known(batch: Batch, row: Row, repeated: bool) -> bool:  # noqa: FBT001 - told apart by its one caller
    """Tell whether this version, or the same text in the same place, is there already."""
    query = "SELECT 1 FROM version WHERE id = ? AND version = ?"
    if batch.db.execute(query, (row.id, row.version)).fetchone():
        return True
    if row.valid_to is not None:
        return False
    same = duplicates.original(batch.db, row)
    return repeated or (same is not None and same.id != row.id)


def _put_right(batch: Batch, item_id: str) -> None:
    """Let no version but the last hold, and none longer than until its successor."""
    versions = list(rows.read_rows(batch.db, "WHERE id = ? ORDER BY version DESC", (item_id,)))
    until = None
    for row in versions:
        if until is not None:
            if row.valid_to is None:
                batch.supersede(row, until)
            elif row.valid_to > until:
                batch.shorten(row, until)
        until = row.valid_from if until is None else min(until, row.valid_from)


def put_vectors(batch: Batch, params: RecallVectors) -> int:
    """Take in vectors of the model in use, for versions that are there; return how many."""
    model = meta.number(batch.db, "model")
    if not params.model or meta.model_name(batch.db) != params.model:
        return 0
    taken = 0
    for seq, data in params.rows:
        if not data or len(data) % 2:
            raise BadRequest(f"The vector of {seq} has {len(data)} bytes: it must be float16.")
        row = next(rows.read_rows(batch.db, "WHERE seq = ?", (seq,)), None)
        if row is None:
            continue
        if row.valid_to is None:
            batch.count_embedded(row, 1 - batch.embedded([seq]))
        batch.db.execute(
            "INSERT OR REPLACE INTO vector VALUES (?, ?, ?, ?)",
            (seq, model, batch.generation + 1, data),
        )
        taken += 1
        batch.touch()
    return taken


def swap_index(batch: Batch, params: RecallSwap, home: Path) -> int:
    """Serve from another file of vectors, or of words, as its suffix says.

    Raises BadRequest for a path, NotFound when it is not there.
    """
    if not _PLAIN_NAME.fullmatch(params.name) or params.name.startswith("."):
        raise BadRequest(f'"{params.name}" is no name of a file in {INDEXES}/.')
    if not (home / INDEXES / params.name).exists():
        raise NotFound(f"There is no index {params.name}. Build it again: `revo recall optimize`.")
    name = "words" if params.name.endswith(WORDS_SUFFIX) else "index"
    meta.put(batch.db, name, params.name)
    meta.put(batch.db, f"{name}_generation", params.generation)
    if name == "words":
        meta.put(batch.db, "words_seq", params.last_seq)
    batch.touch()
    return 1
