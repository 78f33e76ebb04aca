"""The folders that are followed: a row each, so that they are followed again after a restart."""

import sqlite3
from pathlib import Path

from revo_edge.contract.recall import RecallWatch, WatchedFolder
from revo_edge.engines.recall import rows
from revo_edge.engines.recall.batch import Batch
from revo_edge.errors import BadRequest, NotFound


def follow(batch: Batch, params: RecallWatch) -> None:
    """Follow a folder, or no longer; raise BadRequest for a relative path, NotFound for none."""
    rows.encodable("path", params.path)
    if not params.path.startswith("/"):
        raise BadRequest(f"{params.path!r} is not an absolute path.")
    if params.remove:
        query = "DELETE FROM watch WHERE path = ? RETURNING namespace"
        gone = batch.db.execute(query, (params.path,)).fetchall()
        if not gone:
            raise NotFound(f"{params.path} is not followed. `revo recall watch` lists the folders.")
        for (number,) in gone:
            batch.left(number)
    else:
        namespace = batch.namespace(params.namespace or Path(params.path).name or "root")
        batch.db.execute("INSERT OR REPLACE INTO watch VALUES (?, ?)", (params.path, namespace))
    batch.touch()


def folders(db: sqlite3.Connection) -> tuple[WatchedFolder, ...]:
    """Return what is followed, by path."""
    query = "SELECT path, name FROM watch JOIN namespace ON number = namespace ORDER BY path"
    return tuple(WatchedFolder(*row) for row in db.execute(query))
