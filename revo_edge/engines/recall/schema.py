"""memory.db: the tables of Perfect Recall.

`version` holds one row for each version of an item; its `seq` is the row of the same version in the
full text and among the vectors, and is never used twice. The version that holds has no `valid_to`;
its words are in the table of its shape, those of superseded ones in `old_...`, so that a search
need not tell them apart. Columns that a filter reads stand before those that grow.

What is derived from a version (labels, words, totals) changes in the same transaction.
"""

from revo_edge.contract.recall import ItemKind
from revo_edge.engines.recall import text

KINDS = (ItemKind.NOTE, ItemKind.CODE, ItemKind.CONVERSATION, ItemKind.DOCUMENT)
"""A kind is stored as its place here; new ones go to the end."""
KIND_NUMBER = {kind: number for number, kind in enumerate(KINDS)}

SHAPES = (text.TEXT, text.CODE, text.TURN)
OLD = "old_"


def full_text(shape: text.Table) -> str:
    """Return the statements that make the tables of a shape: for what holds and what did.

    They keep their text, so that a row can be deleted by its number whatever stands around it now.
    """
    columns = f"scope, {', '.join(shape.columns)}, tokenize='{text.TOKENIZE}'"
    return "".join(
        f"CREATE VIRTUAL TABLE {name} USING fts5 ({columns});"
        for name in (shape.name, OLD + shape.name)
    )


STEPS = (
    f"""
    CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
    CREATE TABLE namespace (
        number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE version (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, version INTEGER NOT NULL,
        namespace INTEGER NOT NULL, kind INTEGER NOT NULL,
        valid_from REAL NOT NULL, valid_to REAL, created_at REAL NOT NULL,
        at REAL, moment REAL NOT NULL, -- at, else created_at
        importance REAL NOT NULL, pinned INTEGER NOT NULL, expires_at REAL,
        hash BLOB NOT NULL, place BLOB NOT NULL, file INTEGER,
        cues INTEGER NOT NULL, -- bits: see ranking.py
        path TEXT NOT NULL, session TEXT NOT NULL,
        turn REAL NOT NULL, -- the order within the session: the turn's number, else the moment
        title TEXT NOT NULL, tags TEXT NOT NULL, metadata TEXT NOT NULL, source TEXT NOT NULL,
        text TEXT NOT NULL, UNIQUE (id, version)) STRICT;
    CREATE INDEX version_namespace ON version (namespace, seq);
    CREATE INDEX version_moment ON version (moment, namespace);
    CREATE INDEX version_hash ON version (hash) WHERE valid_to IS NULL;
    CREATE INDEX version_session ON version (session, namespace, turn) WHERE session <> '';
    CREATE INDEX version_path ON version (path) WHERE path <> '';
    CREATE INDEX version_file ON version (file) WHERE file IS NOT NULL;
    CREATE INDEX version_expires ON version (expires_at) WHERE expires_at IS NOT NULL;
    CREATE TABLE label ( -- tags and the fields of metadata
        name TEXT NOT NULL, value TEXT NOT NULL, seq INTEGER NOT NULL,
        PRIMARY KEY (name, value, seq)) STRICT, WITHOUT ROWID;
    CREATE INDEX label_seq ON label (seq);
    CREATE TABLE sketch ( -- a few shingles of each text, to find those that say almost the same
        shingle INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (shingle, seq)
        ) STRICT, WITHOUT ROWID;
    CREATE INDEX sketch_seq ON sketch (seq);
    CREATE TABLE link (
        id TEXT NOT NULL, original TEXT NOT NULL, PRIMARY KEY (id, original)) STRICT, WITHOUT ROWID;
    CREATE INDEX link_original ON link (original);
    CREATE TABLE model (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE vector (
        seq INTEGER PRIMARY KEY, model INTEGER NOT NULL,
        generation INTEGER NOT NULL, -- when it came
        data BLOB NOT NULL) STRICT;
    CREATE INDEX vector_model ON vector (model, seq);
    CREATE INDEX vector_generation ON vector (generation);
    CREATE TABLE file (
        number INTEGER PRIMARY KEY AUTOINCREMENT, namespace INTEGER NOT NULL, root TEXT NOT NULL,
        path TEXT NOT NULL, size_bytes INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
        hash TEXT NOT NULL, UNIQUE (namespace, root, path)) STRICT;
    CREATE TABLE watch (path TEXT PRIMARY KEY, namespace INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE total ( -- counted as versions come and go
        namespace INTEGER NOT NULL, kind INTEGER NOT NULL, items INTEGER NOT NULL,
        versions INTEGER NOT NULL, embedded INTEGER NOT NULL, PRIMARY KEY (namespace, kind)
        ) STRICT, WITHOUT ROWID;
    CREATE TABLE reply ( -- never with the text of an item
        key TEXT PRIMARY KEY, method TEXT NOT NULL, params_hash BLOB NOT NULL, at REAL NOT NULL,
        reply BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE INDEX reply_at ON reply (at);
    CREATE TABLE audit (
        at REAL NOT NULL, method TEXT NOT NULL, key TEXT, generation INTEGER NOT NULL,
        changed INTEGER NOT NULL) STRICT;
    CREATE INDEX audit_at ON audit (at);
    {"".join(map(full_text, SHAPES))}
    """,
)
