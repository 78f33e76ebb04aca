"""`recall.index`: words and vectors in files that searches read, written beside those in use."""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from revo_edge.contract.ids import new_ulid
from revo_edge.contract.recall_writes import RecallSwap, Written
from revo_edge.engines.base import Context
from revo_edge.engines.files.root import refuse
from revo_edge.engines.recall import meta
from revo_edge.engines.recall.meta import INDEXES
from revo_edge.engines.recall.params import IndexParams
from revo_edge.engines.recall.reading import reading
from revo_edge.engines.recall.views import HAS_NUMPY, holds_forgotten

if TYPE_CHECKING:
    from revo_edge.engines.recall.vector_file import VectorFile

READ_ROWS = 4_096


class Indexed(msgspec.Struct, frozen=True):
    """The result: the files that are served from now, and how much is in them.

    Without vectors, or without numpy, there is none, and its name is empty.
    """

    name: str = ""
    vectors: int = 0
    words: str = ""
    rows: int = 0
    bytes: int = 0
    duration_s: float = 0.0
    generation: int = 0


def run_index(params: IndexParams, ctx: Context) -> Indexed:
    """Write the files anew and have them served; raise ItemFailed when the disk refuses."""
    return write_index(ctx, words=params.of != "vectors", vectors=params.of != "words")


def write_index(ctx: Context, *, words: bool = True, vectors: bool = True) -> Indexed:
    """Write all words, or all vectors of the model in use, anew, and have the readers take them."""
    began = time.monotonic()
    found = Indexed()
    with reading(ctx.home) as db:
        if db is None:
            return found
        try:
            if words and HAS_NUMPY:
                found = _write_words(db, ctx)
            dim = _dim(db) if vectors else 0
            if dim:
                found = _write_vectors(db, dim, found, ctx)
        except OSError as error:
            raise refuse(
                f"Cannot write the index to {ctx.home / INDEXES}: {error.strerror}. "
                "Free some space there and start it again."
            ) from error
    return msgspec.structs.replace(found, duration_s=time.monotonic() - began)


def _write_words(db: sqlite3.Connection, ctx: Context) -> Indexed:
    """Write the file of words, and remove the one it takes the place of."""
    from revo_edge.engines.recall import word_build, word_file  # noqa: PLC0415 - they need numpy

    folder = ctx.home / INDEXES
    folder.mkdir(mode=0o700, exist_ok=True)
    written = folder / f"{new_ulid()}{word_file.SUFFIX}"
    report = word_build.Report(
        lambda done, total: ctx.progress(done, total, note="sorting words"), ctx.check_cancelled
    )
    head = word_build.build(written, db, report)
    swap = RecallSwap(written.name, head.generation, head.last_seq)
    answer = msgspec.convert(ctx.call("recall.swap_index", swap), Written)
    word_file.remove_leftovers(folder, folder / meta.text(db, "words"))
    rows = sum(size.rows for size in head.tables.values())
    size_bytes = written.stat().st_size if written.exists() else 0
    return Indexed("", 0, written.name, rows, size_bytes, 0.0, answer.generation)


def _write_vectors(db: sqlite3.Connection, dim: int, found: Indexed, ctx: Context) -> Indexed:
    """Write the file of vectors, and its graph when it has many.

    The file before it is kept until its graph was gone on with, unless it holds what was forgotten.
    """
    earlier = None if holds_forgotten(db, "index") else _served(db, dim, ctx)
    written, generation = _write(db, dim, ctx)
    swap = RecallSwap(written.name, generation)
    answer = msgspec.convert(ctx.call("recall.swap_index", swap), Written)
    if earlier is None:
        _remove_others(db, ctx)
    vectors = _add_graph(written, earlier, meta.model_name(db), dim, ctx)
    _remove_others(db, ctx)
    size = written.stat().st_size if written.exists() else 0
    return msgspec.structs.replace(
        found,
        name=written.name,
        vectors=vectors,
        bytes=found.bytes + size,
        generation=answer.generation,
    )


def _dim(db: sqlite3.Connection) -> int:
    """Return how many numbers a vector of the model in use has; 0: there is none."""
    query = "SELECT length(data) / 2 FROM vector WHERE model = ? LIMIT 1"
    row = db.execute(query, (meta.number(db, "model"),)).fetchone()
    return int(row[0]) if row else 0


def _write(db: sqlite3.Connection, dim: int, ctx: Context) -> tuple[Path, int]:
    """Return the file of vectors, and the state of the memory that it is of."""
    from revo_edge.engines.recall import vector_build, vector_file  # noqa: PLC0415 - they need numpy

    folder = ctx.home / INDEXES
    folder.mkdir(mode=0o700, exist_ok=True)
    name = f"{new_ulid()}{vector_file.SUFFIX}"
    generation = meta.number(db, "generation")  # what comes while it is written is newer
    about = vector_build.Build(
        meta.model_name(db),
        dim,
        generation,
        lambda done, total: ctx.progress(done, total, note="writing the index"),
        ctx.check_cancelled,
    )
    vector_build.build(folder / name, _rows(db), about)
    return folder / name, generation


def _served(db: sqlite3.Connection, dim: int, ctx: Context) -> "VectorFile | None":
    """Return the file that is served now, if it is sound."""
    from revo_edge.engines.recall import vector_file  # noqa: PLC0415 - it needs numpy

    name = meta.text(db, "index")
    try:
        return vector_file.VectorFile(ctx.home / INDEXES / name, meta.model_name(db), dim)
    except (OSError, vector_file.BadVectorFile):
        return None


def _add_graph(
    written: Path, earlier: "VectorFile | None", model: str, dim: int, ctx: Context
) -> int:
    """Build the graph of a large file, which is served without one until then.

    Returns how many vectors there are.
    """
    from revo_edge.engines.recall import graph, vector_file, vectors  # noqa: PLC0415 - as above

    try:
        file = vector_file.VectorFile(written, model, dim)
        if file.head.count > vectors.EXACT_ROWS:
            graph.build(
                file,
                lambda done, total: ctx.progress(done, total, note="connecting near vectors"),
                ctx.check_cancelled,
                earlier,
            )
    except (FileNotFoundError, vector_file.BadVectorFile):
        return 0  # another index took its place meanwhile
    return file.head.count


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
