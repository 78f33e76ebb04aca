"""The small facts of memory.db: its generation, model, what is pending."""

import sqlite3

INDEXES = "indexes"
"""The folder of the files that are derived from the database, in REVO_HOME."""
WORDS_SUFFIX = ".words"


def number(db: sqlite3.Connection, name: str) -> int:
    """Return a fact that is a number; 0 when it was never said."""
    row = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return int(row[0]) if row else 0


def text(db: sqlite3.Connection, name: str) -> str:
    """Return a fact that is a text; empty when it was never said."""
    row = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return str(row[0]) if row else ""


def put(db: sqlite3.Connection, name: str, value: str | int) -> None:
    """Say a fact."""
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))


def last_seq(db: sqlite3.Connection) -> int:
    """Return the greatest seq a version ever had."""
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'version'").fetchone()
    return int(row[0]) if row else 0


def model_number(db: sqlite3.Connection, name: str) -> int:
    """Return the number of a model, which is made when it is new; 0 for no model."""
    if not name:
        return 0
    row = db.execute("SELECT number FROM model WHERE name = ?", (name,)).fetchone()
    row = (
        row
        or db.execute("INSERT INTO model (name) VALUES (?) RETURNING number", (name,)).fetchone()
    )
    return int(row[0])


def model_name(db: sqlite3.Connection) -> str:
    """Return the model that vectors are made with; empty: none."""
    query = "SELECT name FROM model WHERE number = ?"
    row = db.execute(query, (number(db, "model"),)).fetchone()
    return str(row[0]) if row else ""
