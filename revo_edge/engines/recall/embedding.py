"""`recall.embed`: vectors for the items that have none, in the background.

What is done is in memory.db, so a task that was stopped goes on where it was: it asks for versions
without a vector, the newest first, as they are what people ask for next.
"""

import sqlite3
from collections.abc import Iterator, Sequence

import msgspec

from revo_edge import procfs
from revo_edge.contract.recall_writes import RecallVectors, Written
from revo_edge.embed.base import Embedder
from revo_edge.embed.choose import load
from revo_edge.engines.base import Context
from revo_edge.engines.files.root import refuse
from revo_edge.engines.recall import meta, ranking, rows
from revo_edge.engines.recall.params import EmbedParams
from revo_edge.engines.recall.reading import reading

READ_ROWS = 256
EMBED_ROWS = 16
"""Texts embedded at a time: about a third of a second, after which a cancel is seen."""
NICENESS = 19


class Embedded(msgspec.Struct, frozen=True):
    """The result: how many vectors were made, and with which model."""

    model: str
    embedded: int
    generation: int


def run_embed(params: EmbedParams, ctx: Context) -> Embedded:
    """Make vectors until none is missing; raise ItemFailed when the model is not the one in use."""
    procfs.be_nice(NICENESS)
    with reading(ctx.home) as db:
        setting = meta.text(db, "model_setting") if db is not None else ""
    return embed_missing(params, load(setting), ctx)


def embed_missing(params: EmbedParams, embedder: Embedder, ctx: Context) -> Embedded:
    """Make vectors with this model."""
    with reading(ctx.home) as db:
        used = meta.model_name(db) if db is not None else ""
        if db is None or not used:
            raise refuse(
                "The memory keeps no vectors: no model is in use. Set recall.model (empty: the "
                "built-in one) and restart the daemon."
            )
        if used != embedder.id:
            raise refuse(
                f"The memory keeps vectors of {used}, and this model is {embedder.id}. "
                "Set recall.model and restart the daemon; what is missing is then made anew."
            )
        return _embed(params, embedder, db, ctx)


def _embed(
    params: EmbedParams, embedder: Embedder, db: sqlite3.Connection, ctx: Context
) -> Embedded:
    total = _missing(db, every=params.all)
    total = min(total, params.limit) if params.limit else total
    done = generation = 0
    for batch in _batches(db, every=params.all):
        left = params.limit - done if params.limit else len(batch)
        for first in range(0, min(left, len(batch)), EMBED_ROWS):
            ctx.check_cancelled()
            some = batch[first : first + min(EMBED_ROWS, left - first)]
            asked = RecallVectors(embedder.id, _vectors(embedder, some))
            answer = msgspec.convert(ctx.call("recall.put_vectors", asked), Written)
            done, generation = done + len(some), answer.generation
            ctx.progress(done, max(total, done), note="items embedded")
        if params.limit and done >= params.limit:
            break
    return Embedded(embedder.id, done, generation)


def _batches(db: sqlite3.Connection, *, every: bool) -> Iterator[list[rows.Row]]:
    """Yield versions that hold, the newest first, and again from the top when some came meanwhile."""
    below, newest, highest = 1 << 62, 0, 0
    while True:
        without = "" if every else f"AND seq NOT IN ({_HAVE_ONE}) "
        rest = f"WHERE valid_to IS NULL AND seq < ? AND seq > ? {without}ORDER BY seq DESC LIMIT ?"
        batch = list(rows.read_rows(db, rest, (below, newest, READ_ROWS)))
        if batch:
            highest = max(highest, batch[0].seq)
            below = batch[-1].seq
            yield batch
        elif below == 1 << 62:
            return
        else:
            below, newest = 1 << 62, highest


_HAVE_ONE = (
    "SELECT vector.seq FROM vector WHERE vector.seq = version.seq "
    "AND model = (SELECT value FROM meta WHERE name = 'model')"
)


def _missing(db: sqlite3.Connection, *, every: bool) -> int:
    embedded = "0" if every else "embedded"
    query = f"SELECT coalesce(sum(items - {embedded}), 0) FROM total"  # noqa: S608 - one of two
    return int(db.execute(query).fetchone()[0])


def _vectors(embedder: Embedder, batch: Sequence[rows.Row]) -> tuple[tuple[int, bytes], ...]:
    found = embedder.embed([ranking.embedded(row) for row in batch]).astype("<f2")
    return tuple((row.seq, vector.tobytes()) for row, vector in zip(batch, found, strict=True))
