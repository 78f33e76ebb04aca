"""Finding by meaning: the embedder of queries, the mapped file of vectors, and what came since.

numpy and the embedder are loaded in the first rest, so that a reader answers by words at once.
"""

import logging
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from revo_edge.embed.onnx import OnnxEmbedder
from revo_edge.engines.recall import meta
from revo_edge.engines.recall.filters import Where
from revo_edge.engines.recall.meta import INDEXES
from revo_edge.errors import RevoError

if TYPE_CHECKING:
    from revo_edge.embed.base import Embedder
    from revo_edge.embed.base import Vectors as Matrix
    from revo_edge.engines.recall.vectors import Vectors as Index

log = logging.getLogger(__name__)

RETRY_S = 60.0
"""A model that could not be loaded is tried again: the user may have mended it."""


class Meaning:
    """The vectors of one model, as the store has them; `load` returns the embedder.

    What was forgotten or superseded may still be among them: `near` asks the store before it
    names a version.
    """

    def __init__(self, home: Path, load: "Callable[[], Embedder]") -> None:
        self._home = home
        self._load = load
        self._embedder: Embedder | None = None
        self._why = "The model is being loaded."
        self._index: Index | None = None
        self._served = ""
        self._synced = 0

    def rest(self) -> float | None:
        """Load the model, once; try again later when that fails. Then look for the index's graph."""
        if self._embedder is not None:
            if self._index is not None:
                self._index.take_graph()
            return None
        try:
            self._embedder = self._load()
        except RevoError as error:
            self._why = error.msg
            return RETRY_S
        self._why = ""
        return None

    def missing(self, db: sqlite3.Connection) -> str:
        """Say why no vectors can take part; empty: they can."""
        if self._embedder is None:
            return self._why
        if meta.model_name(db) != self._embedder.id:
            return "The items' vectors are of another model; they are being made anew."
        self._sync(db, self._embedder)
        if not self._index or not len(self._index):
            return "No item has a vector yet."
        return ""

    def start(self, text: str) -> "Callable[[], Matrix]":
        """Begin with the vector of a query; only after `missing` said that nothing is."""
        embedder = self._embedder
        if embedder is None:
            raise ValueError(self._why)
        if isinstance(embedder, OnnxEmbedder):
            return embedder.start(text)
        return lambda: embedder.embed([text])[0]

    def of_version(self, db: sqlite3.Connection, seq: int) -> "Matrix | None":
        """Return the vector of a version, if it has one."""
        row = self.rows([seq])[0]
        return row if row.any() else None

    def near(
        self, db: sqlite3.Connection, vector: "Matrix", where: Where, limit: int, *, checked: bool
    ) -> list[int]:
        """Return the versions nearest to a vector that fit `where`, the nearest first.

        Not `checked`: only its namespaces, and some may not hold any more.
        """
        if self._index is None:
            return []
        import numpy as np  # noqa: PLC0415 - loaded when vectors are used

        def fits(seqs: Any) -> Any:
            marks = ", ".join("?" * len(seqs))
            query = f"SELECT seq FROM version NOT INDEXED WHERE seq IN ({marks}) AND {where.check}"  # noqa: S608 - conditions of filters.py
            fit = {seq for (seq,) in db.execute(query, (*seqs.tolist(), *where.values))}
            return np.fromiter((seq in fit for seq in seqs.tolist()), bool, len(seqs))

        spaces = where.namespaces or None
        found = self._index.search(vector, limit, namespaces=spaces, fits=fits if checked else None)
        return [int(seq) for seq in found.seqs]

    def rows(self, seqs: Sequence[int]) -> "Matrix":
        """Return a row for each version, of zeros where there is no vector."""
        import numpy as np  # noqa: PLC0415 - loaded when vectors are used

        if self._index is None:
            return np.zeros((len(seqs), 0), np.float32)
        return self._index.vectors_of(np.array(seqs, np.int64))

    def note(self) -> dict[str, float]:
        """Return figures for the metrics."""
        if self._index is None:
            return {}
        return {"vectors": len(self._index), "wants_index": float(self._index.wants_build)}

    def close(self) -> None:
        """Let go of the file."""
        self._index = None

    def _sync(self, db: sqlite3.Connection, embedder: "Embedder") -> None:
        """Take up what came since the last search, or another file."""
        generation = meta.number(db, "generation")
        served = meta.text(db, "index")
        if self._index is None or served != self._served or generation < self._synced:
            self._open(served, embedder)
        if generation == self._synced or self._index is None:
            return
        query = (
            "SELECT vector.seq, namespace, data FROM vector JOIN version USING (seq) "
            "WHERE vector.generation > ? AND vector.generation <= ? AND model = ?"
        )
        values = (self._synced, generation, meta.number(db, "model"))
        for seq, namespace, data in db.execute(query, values):
            if len(data) == 2 * embedder.dim:
                self._index.add(seq, namespace, data)
        self._synced = generation

    def _open(self, served: str, embedder: "Embedder") -> None:
        """Map the file that is served; a damaged or missing one is done without."""
        from revo_edge.engines.recall import vector_file, vectors  # noqa: PLC0415 - they need numpy

        file = None
        if served:
            try:
                path = self._home / INDEXES / served
                file = vector_file.VectorFile(path, embedder.id, embedder.dim)
            except (OSError, vector_file.BadVectorFile) as error:
                log.warning("The index of vectors is not used: %s", error)
        self._index = vectors.Vectors(embedder.dim, file)
        self._served = served
        self._synced = 0 if file is None else file.head.generation
