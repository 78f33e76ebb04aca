"""Other vector stores, each asked the same: run by recall_vectors.py in a Python that has them.

    PYTHON _vector_peers.py FOLDER NAME...

FOLDER holds vectors.npy, namespaces.npy and queries.npy. Each store is built there, once, and said
to be ready in a line of JSON; then each line on standard input asks for one search and is answered
by a line. Nothing of the project is imported: that Python need not have it.
"""

import json
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

K = 10
BLOCK = 5_000
Search = Callable[[Any, int | None], list[int]]
"""(query, namespace or None) -> rows of vectors.npy, the nearest first."""


def chromadb(folder: Path, vectors: Any, namespaces: Any) -> Search:
    """HNSW by hnswlib, as it comes (M 16, efConstruction 100, ef 100), inner product."""
    peer = import_module("chromadb")

    client = peer.PersistentClient(str(folder / "chroma"))
    found = client.get_or_create_collection(
        "vectors", metadata={"hnsw:space": "ip"}, embedding_function=None
    )
    for start in range(found.count(), len(vectors), BLOCK):
        rows = range(start, min(start + BLOCK, len(vectors)))
        found.add(
            ids=[str(row) for row in rows],
            embeddings=vectors[rows.start : rows.stop],
            metadatas=[{"namespace": int(namespaces[row])} for row in rows],
        )

    def search(query: Any, namespace: int | None) -> list[int]:
        only = None if namespace is None else {"namespace": namespace}
        answer = found.query(query_embeddings=[query], n_results=K, where=only, include=[])
        return [int(row) for row in answer["ids"][0]]

    return search


def lancedb(folder: Path, vectors: Any, namespaces: Any) -> Search:
    """Flat: every vector is compared."""
    peer, pa = import_module("lancedb"), import_module("pyarrow")

    db = peer.connect(folder / "lance")
    if not (folder / "lance" / "vectors.lance").exists():
        flat = pa.array(np.ascontiguousarray(vectors).ravel())
        columns = {
            "row": pa.array(range(len(vectors))),
            "namespace": pa.array(namespaces),
            "vector": pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1]),
        }
        db.create_table("vectors", pa.table(columns))
    table = db.open_table("vectors")

    def search(query: Any, namespace: int | None) -> list[int]:
        asked = table.search(query).distance_type("dot").select(["row", "_distance"]).limit(K)
        if namespace is not None:
            asked = asked.where(f"namespace = {namespace}", prefilter=True)
        return [int(found["row"]) for found in asked.to_list()]

    return search


def sqlite_vec(folder: Path, vectors: Any, namespaces: Any) -> Search:
    """Every vector is compared; the namespace is a partition key, which is its fastest filter."""
    apsw, peer = import_module("apsw"), import_module("sqlite_vec")

    db = apsw.Connection(str(folder / "sqlite-vec.db"))
    db.enable_load_extension(True)
    db.load_extension(peer.loadable_path())
    if not list(db.execute("SELECT 1 FROM sqlite_master WHERE name = 'vectors'")):
        with db:
            db.execute(
                "CREATE VIRTUAL TABLE vectors USING vec0"
                f"(namespace INTEGER PARTITION KEY, data float[{vectors.shape[1]}])"
            )
            db.executemany(
                "INSERT INTO vectors (rowid, namespace, data) VALUES (?, ?, ?)",
                (
                    (row, int(namespaces[row]), vectors[row].tobytes())
                    for row in range(len(vectors))
                ),
            )

    def search(query: Any, namespace: int | None) -> list[int]:
        only = "" if namespace is None else f"AND namespace = {namespace}"
        asked = f"SELECT rowid FROM vectors WHERE data MATCH ? AND k = {K} {only} ORDER BY distance"  # noqa: S608 - a number
        return [row for (row,) in db.execute(asked, (query.tobytes(),))]

    return search


PEERS = {"chromadb": chromadb, "lancedb": lancedb, "sqlite-vec": sqlite_vec}


def main(argv: list[str]) -> int:
    """Build, then answer until standard input ends."""
    folder = Path(argv[0])
    vectors = np.load(folder / "vectors.npy", mmap_mode="r")
    namespaces = np.load(folder / "namespaces.npy")
    queries = np.load(folder / "queries.npy")
    searches: dict[str, Search] = {}
    for name in argv[1:]:
        began, cpu = time.perf_counter(), time.process_time()
        try:
            searches[name] = PEERS[name](folder, vectors, namespaces)
        except ImportError as error:
            _say(name=name, missing=str(error))
            continue
        _say(name=name, wall_s=time.perf_counter() - began, cpu_s=time.process_time() - cpu)
    for line in sys.stdin:
        asked = json.loads(line)
        query, search = queries[asked["query"]], searches[asked["name"]]
        began, cpu = time.perf_counter(), time.process_time()
        rows = search(query, asked["namespace"])
        took = {"wall_s": time.perf_counter() - began, "cpu_s": time.process_time() - cpu}
        _say(rows=rows, **took)
    return 0


def _say(**what: Any) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
