"""`recall.export` and `recall.import`: whole items with their history, one JSON object a line."""

import contextlib
import hashlib
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from revo_edge.contract.ids import ALPHABET
from revo_edge.contract.recall import Item, NewItem, RecallStore, StoreReply
from revo_edge.contract.recall_writes import ImportReply, RecallImport
from revo_edge.engines.base import Context
from revo_edge.engines.files.root import check_path, refuse
from revo_edge.engines.recall import filters, rows, views
from revo_edge.engines.recall.params import ExportParams, ImportParams
from revo_edge.engines.recall.reading import reading
from revo_edge.errors import BadRequest, TooLarge

ITEMS_AT_ONCE = 500
NEW_ITEMS_AT_ONCE = 100
"""As `recall.store` takes them."""
SEND_CHARACTERS = 2 * 1024 * 1024
LINE_LIMIT_BYTES = 4 * 1024 * 1024
"""A longer line is no item: its text may have 1 MiB, four times that as JSON escapes."""
BAD_LINES_NAMED = 200
_BLOCK_BYTES = 1024 * 1024

_item = msgspec.json.Decoder(Item)
_new_item = msgspec.json.Decoder(NewItem)
_encoder = msgspec.json.Encoder()


class Exported(msgspec.Struct, frozen=True):
    """The result: what was written, and where."""

    path: str
    items: int
    versions: int
    bytes: int
    duration_s: float


class Imported(msgspec.Struct, frozen=True):
    """The result: versions that are new and that were there, and the lines that are neither.

    `bad_lines` names up to 200 of the `bad` ones as (number, reason).
    """

    lines: int
    stored: int
    duplicates: int
    bad: int
    bad_lines: list[tuple[int, str]]
    duration_s: float
    generation: int


# export


def run_export(params: ExportParams, ctx: Context) -> Exported:
    """Write the items to a new file, whole or not at all; raise ItemFailed when that cannot be."""
    began = time.monotonic()
    path = _target(params)
    part = path.with_name(f".{path.name}.{ctx.task_id}.part")
    try:
        with _new_file(part) as file:
            items, versions = _export(params, file, ctx)
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        part.rename(path)
    except OSError as error:
        raise refuse(f"Cannot write {path}: {error.strerror}.") from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return Exported(str(path), items, versions, size, time.monotonic() - began)


def _target(params: ExportParams) -> Path:
    path = Path(params.path)
    if not path.is_absolute():
        raise refuse(f"{path} is not an absolute path.")
    if path.is_dir():
        raise refuse(f"{path} is a folder. Name a file in it.")
    if path.exists() and not params.overwrite:
        raise refuse(f"{path} exists. Choose another name, or ask to overwrite it.")
    return path


def _new_file(path: Path) -> BinaryIO:
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
    return os.fdopen(descriptor, "wb")


def _export(params: ExportParams, file: BinaryIO, ctx: Context) -> tuple[int, int]:
    with reading(ctx.home) as db:
        if db is None:
            return 0, 0
        wanted = filters.where(db, params.filter)
        count = f"SELECT count(*) FROM version WHERE {wanted.sql}"  # noqa: S608 - sql of filters
        (total,) = db.execute(count, wanted.values).fetchone()
        items = versions = 0
        for batch in _batches(db, wanted):
            ctx.check_cancelled()
            found = _with_history(db, batch) if params.history else batch
            for item in views.items_of(db, found):
                file.write(_encoder.encode(item) + b"\n")
            items += len(batch)
            versions += len(found)
            ctx.progress(items, max(total, items), note="items written")
        return items, versions


def _batches(db: sqlite3.Connection, wanted: filters.Where) -> Iterator[list[rows.Row]]:
    """Yield rows that fit in the order they were stored, a short read each.

    What is corrected meanwhile comes again under a greater number, so it is not missed.
    """
    after = 0
    while True:
        rest = f"WHERE {wanted.sql} AND seq > ? ORDER BY seq LIMIT ?"
        batch = list(rows.read_rows(db, rest, (*wanted.values, after, ITEMS_AT_ONCE)))
        if not batch:
            return
        after = batch[-1].seq
        yield batch


def _with_history(db: sqlite3.Connection, batch: list[rows.Row]) -> list[rows.Row]:
    if all(row.version == 1 for row in batch):
        return batch
    ids = list(dict.fromkeys(row.id for row in batch))
    rest = f"WHERE id IN ({', '.join('?' * len(ids))}) ORDER BY id, version"
    return list(rows.read_rows(db, rest, ids))


# import


def run_import(params: ImportParams, ctx: Context) -> Imported:
    """Take in the lines of a file; one that is no item is named, and the others go on."""
    began = time.monotonic()
    path = check_path(params.path)
    if path.is_dir():
        raise refuse(f"{path} is a folder. Name a file that `recall.export` wrote.")
    task = _Import(params, ctx)
    try:
        total = _count_lines(path, ctx)
        with path.open("rb") as file:
            for number, line in enumerate(_lines(file), 1):
                task.take(number, line)
                task.lines = number
                if number % 100 == 0:
                    ctx.check_cancelled()
                    ctx.progress(number, max(total, number), failed=task.bad, note="lines read")
    except OSError as error:
        raise refuse(f"Cannot read {path}: {error.strerror}.") from None
    task.flush()
    ctx.progress(task.lines, task.lines, failed=task.bad, note="lines read")
    return task.result(time.monotonic() - began)


class _Import:
    """What is on its way to the store, and what became of the rest."""

    def __init__(self, params: ImportParams, ctx: Context) -> None:
        self.lines = 0
        self.bad = 0
        self._params = params
        self._ctx = ctx
        self._items: list[tuple[int, Item]] = []
        self._new: list[tuple[int, NewItem]] = []
        self._characters = 0
        self._stored = self._duplicates = self._generation = 0
        self._bad_lines: list[tuple[int, str]] = []

    def take(self, number: int, line: bytes) -> None:
        """Take one line; a full batch is handed over."""
        if not line.strip():
            return
        if len(line) >= LINE_LIMIT_BYTES:
            self._note_bad(number, f"the line is longer than {LINE_LIMIT_BYTES} bytes")
            return
        try:
            self._sort_in(number, line)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            self._note_bad(number, str(error) or "nested too deeply")
        full = len(self._items) >= ITEMS_AT_ONCE or len(self._new) >= NEW_ITEMS_AT_ONCE
        if full or self._characters > SEND_CHARACTERS:
            self.flush()

    def flush(self) -> None:
        """Hand over what is there."""
        items, new = self._items, self._new
        self._items, self._new, self._characters = [], [], 0
        if items:
            self._send_items(items)
        if new:
            self._send_new(new)

    def result(self, duration_s: float) -> Imported:
        """Return what became of the lines."""
        return Imported(
            lines=self.lines,
            stored=self._stored,
            duplicates=self._duplicates,
            bad=self.bad,
            bad_lines=sorted(self._bad_lines),
            duration_s=duration_s,
            generation=self._generation,
        )

    def _sort_in(self, number: int, line: bytes) -> None:
        namespace = self._params.namespace
        try:
            item = _item.decode(line)
        except msgspec.ValidationError:
            new = _new_item.decode(line)  # it has no id or version: somebody wrote it by hand
            new = msgspec.structs.replace(new, namespace=namespace) if namespace else new
            self._new.append((number, new))
            self._characters += len(new.text)
            return
        item = moved(item, namespace) if namespace else item
        self._items.append((number, item))
        self._characters += len(item.text)

    def _send_items(self, items: list[tuple[int, Item]]) -> None:
        """Hand items over; when one is refused, the batch is halved until it is known which."""
        try:
            reply = self._call("recall.import_items", RecallImport(tuple(i for _, i in items)))
        except (BadRequest, TooLarge) as error:
            if len(items) == 1:
                self._note_bad(items[0][0], error.msg)
                return
            middle = len(items) // 2
            self._send_items(items[:middle])
            self._send_items(items[middle:])
            return
        answer = msgspec.convert(reply, ImportReply)
        self._stored += answer.stored
        self._duplicates += answer.duplicates
        self._generation = answer.generation

    def _send_new(self, items: list[tuple[int, NewItem]]) -> None:
        try:
            reply = self._call("recall.store", RecallStore(tuple(i for _, i in items)))
        except (BadRequest, TooLarge) as error:
            if len(items) == 1:
                self._note_bad(items[0][0], error.msg)
                return
            middle = len(items) // 2
            self._send_new(items[:middle])
            self._send_new(items[middle:])
            return
        answer = msgspec.convert(reply, StoreReply)
        stored = sum(each.outcome != "duplicate" for each in answer.stored)
        self._stored += stored
        self._duplicates += len(answer.stored) - stored
        self._generation = answer.generation

    def _call(self, method: str, params: msgspec.Struct) -> Any:
        self._ctx.check_cancelled()
        return self._ctx.call(method, params)

    def _note_bad(self, number: int, why: str) -> None:
        self.bad += 1
        if len(self._bad_lines) < BAD_LINES_NAMED:
            self._bad_lines.append((number, why[:500]))


def moved(item: Item, namespace: str) -> Item:
    """Return the item as one of another namespace: a copy, whose id is always the same."""
    if item.namespace == namespace:
        return item
    digest = hashlib.blake2b(f"{item.id} {namespace}".encode(errors="replace"), digest_size=16)
    tail = "".join(ALPHABET[byte & 31] for byte in digest.digest())
    return msgspec.structs.replace(item, id=item.id[:10] + tail, namespace=namespace)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield lines; of one that is too long only the beginning."""
    while line := file.readline(LINE_LIMIT_BYTES):
        if len(line) == LINE_LIMIT_BYTES:
            rest = line
            while rest and not rest.endswith(b"\n"):
                rest = file.readline(LINE_LIMIT_BYTES)
        yield line


def _count_lines(path: Path, ctx: Context) -> int:
    count = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            ctx.check_cancelled()
            count += block.count(b"\n")
    return count
