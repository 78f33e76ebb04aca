"""What the public calls change: store, update, forget."""

import math
import sqlite3
from collections.abc import Sequence

import msgspec

from revo_edge.contract.ids import new_ulid
from revo_edge.contract.recall import (
    Filter,
    ForgetReply,
    ItemKind,
    Near,
    NewItem,
    RecallForget,
    RecallStore,
    RecallUpdate,
    Stored,
)
from revo_edge.engines.recall import duplicates, filters, meta, purge, rows
from revo_edge.engines.recall.batch import Batch
from revo_edge.engines.recall.rows import Row
from revo_edge.engines.recall.schema import KINDS
from revo_edge.errors import BadRequest, Conflict, NotFound, RevoError

IDS_SHOWN = 1_000
"""So many ids of forgotten items stand in one answer."""


def store(batch: Batch, params: RecallStore) -> tuple[Stored, ...]:
    """Store items; raise BadRequest or TooLarge with the number of the one that is wrong."""
    stored = []
    for number, item in enumerate(params.items):
        try:
            stored.append(_store_one(batch, item, params.duplicates))
        except RevoError as error:
            raise type(error)(f"items[{number}]: {error.msg}") from None
    return tuple(stored)


def _store_one(batch: Batch, item: NewItem, policy: str) -> Stored:
    if item.kind is ItemKind.UNKNOWN:
        raise BadRequest("This kind is unknown. Use note, code, conversation or document.")
    row = rows.new_row(item, batch.namespace(item.namespace), batch.now)
    rows.set_source(row, item.source)
    original = duplicates.original(batch.db, row)
    if original is not None and policy == "skip":
        return Stored(original.id, original.version, "duplicate", of=original.id)
    row.id = new_ulid()
    near = add_compared(batch, row)
    if original is not None and policy == "link":
        batch.db.execute("INSERT INTO link VALUES (?, ?)", (row.id, original.id))
        return Stored(row.id, 1, "linked", of=original.id, near=near)
    return Stored(row.id, 1, "stored", near=near)


def add_compared(batch: Batch, row: Row) -> tuple[Near, ...]:
    """Add a version and return the items that say almost the same."""
    words = duplicates.words_of(row.text)
    shingles = duplicates.sketch(words)
    near = duplicates.near(batch.db, row, words, shingles)
    batch.add(row)
    batch.flush()
    duplicates.keep_sketch(batch.db, row.seq, shingles)
    return tuple(near)


def update(batch: Batch, params: RecallUpdate) -> Row:
    """Make a new version of an item; return its row.

    Raises NotFound, Conflict when it changed since `params.version`, BadRequest.
    """
    versions = list(rows.read_rows(batch.db, "WHERE id = ? ORDER BY version DESC", (params.id,)))
    if not versions:
        raise NotFound(f"There is no item {params.id}. It may have been forgotten or have expired.")
    last = versions[0]
    if params.version is not None and params.version != last.version:
        raise Conflict(
            f"The item is at version {last.version}, not {params.version}: somebody corrected it. "
            "Read it again and decide whether your correction still holds."
        )
    row = _corrected(last, params, batch.now)
    for old in versions:
        if old.valid_to is None:
            batch.supersede(old, row.valid_from)
        elif old.valid_to > row.valid_from:
            batch.shorten(old, row.valid_from)
    add_compared(batch, row)
    return row


def _corrected(last: Row, params: RecallUpdate, now: float) -> Row:
    given = {
        name: value
        for name in ("text", "title", "tags", "metadata", "importance", "pinned")
        if (value := getattr(params, name)) is not None
    }
    if not given and params.ttl_s is None and params.valid_from is None:
        raise BadRequest("Nothing to correct was given. Say a text, title, tags or another field.")
    rows.check_number("valid_from", params.valid_from)
    rows.check_number("ttl_s", params.ttl_s)
    row = msgspec.structs.replace(last, **given)
    row.version, row.valid_to, row.created_at = last.version + 1, None, now
    row.title = rows.check_line("title", row.title)
    if params.text is not None:
        rows.check_text(params.text)
        row.hash = rows.content_hash(KINDS[row.kind], params.text)
    if params.tags is not None:
        row.tags = rows.dump_tags(params.tags)
    if params.metadata is not None:
        row.metadata = rows.dump_metadata(params.metadata)
    if params.ttl_s is not None:
        row.expires_at = now + params.ttl_s
    row.valid_from = _valid_from(last, params.valid_from, now)
    return row


def _valid_from(last: Row, asked: float | None, now: float) -> float:
    """Return since when a correction holds: after what it corrects, though the clock went back."""
    return max(now, math.nextafter(last.valid_from, math.inf)) if asked is None else asked


def forget(batch: Batch, params: RecallForget) -> ForgetReply:
    """Forget items for good; with `dry_run` say what would go. The generation is left 0."""
    ids, missing, more = find(batch.db, params)
    found = _versions(batch.db, ids)
    if not params.dry_run:
        erase(batch, found)
    return ForgetReply(
        items=len(ids),
        versions=len(found),
        ids=tuple(ids[:IDS_SHOWN]),
        missing=tuple(missing),
        more=more,
    )


def erase(batch: Batch, found: Sequence[Row]) -> None:
    """Remove all versions of items and ask for what is left of them in the file to be wiped."""
    if not found:
        return
    batch.remove(found)
    batch.remove_links({row.id for row in found})
    meta.put(batch.db, "purge", purge.FIRST)


def forget_files(batch: Batch, wanted: Filter) -> None:
    """Forget which files were taken into namespaces that were forgotten as a whole."""
    if wanted != Filter(namespaces=wanted.namespaces):
        return
    for name in wanted.namespaces:
        number = batch.namespace(name)
        batch.db.execute("DELETE FROM file WHERE namespace = ?", (number,))
        batch.left(number)


def find(db: sqlite3.Connection, params: RecallForget) -> tuple[list[str], list[str], bool]:
    """Return ids of the items to forget, ids that are not there, and whether there are more."""
    if bool(params.ids) == (params.filter is not None):
        raise BadRequest("Say what to forget: either `ids` or a `filter`.")
    if params.filter is not None:
        ids, more = _fitting(db, params.filter, params.limit)
        return ids, [], more
    asked = list(dict.fromkeys(params.ids))
    marks = ", ".join("?" * len(asked))
    query = f"SELECT DISTINCT id FROM version WHERE id IN ({marks})"  # noqa: S608 - marks only
    there = {item for (item,) in db.execute(query, asked)}
    ids = [item for item in asked if item in there]
    return ids[: params.limit], [i for i in asked if i not in there], len(ids) > params.limit


def _fitting(db: sqlite3.Connection, wanted: Filter, limit: int) -> tuple[list[str], bool]:
    if wanted == Filter():
        raise BadRequest(
            "The filter is empty: that would forget everything. Name namespaces; to forget all, "
            "name each of them."
        )
    if wanted.as_of is not None:
        raise BadRequest(
            "`as_of` cannot choose what to forget: an item goes with all its versions."
        )
    if wanted == Filter(
        namespaces=wanted.namespaces
    ):  # then history without a current version, too
        where = filters.Where(*filters.in_namespaces(filters.numbers(db, wanted.namespaces)))
    else:
        where = filters.where(db, wanted)
    query = f"SELECT DISTINCT id FROM version WHERE {where.sql} ORDER BY seq LIMIT ?"  # noqa: S608
    ids = [item for (item,) in db.execute(query, (*where.values, limit + 1))]
    return ids[:limit], len(ids) > limit


def _versions(db: sqlite3.Connection, ids: Sequence[str]) -> list[Row]:
    marks = ", ".join("?" * len(ids))
    return list(rows.read_rows(db, f"WHERE id IN ({marks}) ORDER BY seq", ids)) if ids else []
