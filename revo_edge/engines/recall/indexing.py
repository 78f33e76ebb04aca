"""`recall.index`: all vectors in one file that searches read, written beside the one in use."""

import sqlite3
import time
from collections.abc import Iterator

import msgspec

from revo_edge.contract.ids import new_ulid
from revo_edge.contract.recall_writes import RecallSwap, Written
from revo_edge.engines.base import Context
from revo_edge.engines.files.root import refuse
from revo_edge.engines.recall import meta
from revo_edge.engines.recall.params import IndexParams
from revo_edge.engines.recall.reading import reading
from revo_edge.engines.recall.replacing import INDEXES

READ_ROWS = 4_096


class Indexed(msgspec.Struct, frozen=True):
    """The result: the file that is served from now, and how many vectors are in it.

    Without vectors there is no file, and `name` is empty.
    """

    name: str = ""
    vectors: int = 0
    bytes: int = 0
    duration_s: float = 0.0
    generation: int = 0


def run_index(params: IndexParams, ctx: Context) -> Indexed:
    """Write the file anew and have it served; raise ItemFailed when the disk refuses."""
    del params
    return write_index(ctx)


def write_index(ctx: Context) -> Indexed:
    """Write all vectors of the model in use to a new file, and have the readers take it."""
    began = time.monotonic()
    with reading(ctx.home) as db:
        dim = _dim(db) if db is not None else 0
        if db is None or not dim:
            return Indexed()
        try:
            name, vectors, size = _write(db, dim, ctx)
        except OSError as error:
            raise refuse(
                f"Cannot write the index to {ctx.home / INDEXES}: {error.strerror}. "
                "Free some space there and start it again."
            ) from error
        answer = msgspec.convert(ctx.call("recall.swap_index", RecallSwap(name)), Written)
        _remove_others(db, ctx)
    return Indexed(name, vectors, size, time.monotonic() - began, answer.generation)


def _dim(db: sqlite3.Connection) -> int:
    """Return how many numbers a vector of the model in use has; 0: there is none."""
    query = "SELECT length(data) / 2 FROM vector WHERE model = ? LIMIT 1"
    row = db.execute(query, (meta.number(db, "model"),)).fetchone()
    return int(row[0]) if row else 0


def _write(db: sqlite3.Connection, dim: int, ctx: Context) -> tuple[str, int, int]:
    from revo_edge.engines.recall import cells, vector_file  # noqa: PLC0415 - they need numpy

    folder = ctx.home / INDEXES
    folder.mkdir(mode=0o700, exist_ok=True)
    name = f"{new_ulid()}{vector_file.SUFFIX}"
    about = cells.Build(
        meta.model_name(db),
        dim,
        meta.number(db, "generation"),  # what comes while it is written is newer than the file
        lambda done, total: ctx.progress(done, total, note="writing the index"),
        ctx.check_cancelled,
    )
    head = cells.build(folder / name, _rows(db), about)
    return name, head.count, (folder / name).stat().st_size


def _rows(db: sqlite3.Connection) -> Iterator[tuple[int, int, bytes]]:
    """Yield (seq, namespace, vector), a short read at a time."""
    query = (
        "SELECT vector.seq, namespace, data FROM vector JOIN version USING (seq) "
        "WHERE model = ? AND vector.seq > ? ORDER BY vector.seq LIMIT ?"
    )
    model, after = meta.number(db, "model"), 0
    while batch := db.execute(query, (model, after, READ_ROWS)).fetchall():
        yield from batch
        after = batch[-1][0]


def _remove_others(db: sqlite3.Connection, ctx: Context) -> None:
    """Remove all files but the one in use, which may be one that came after ours."""
    from revo_edge.engines.recall.vector_file import remove_leftovers  # noqa: PLC0415 - as above

    folder = ctx.home / INDEXES
    remove_leftovers(folder, folder / meta.text(db, "index"))
