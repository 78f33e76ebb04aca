import shutil
import sqlite3
from pathlib import Path

import pytest

from revo_edge.errors import Unavailable, VersionMismatch
from revo_edge.store.sqlite import connect, migrate, open_database

STEPS = ("CREATE TABLE word (text TEXT NOT NULL)",)


def damage(path: Path, offset: int, length: int) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(b"\xa5" * length)


def filled(path: Path) -> None:
    db = open_database(path, STEPS).db
    db.executemany("INSERT INTO word VALUES (?)", [("x" * 500,)] * 200)
    db.close()


def test_a_new_file_is_private_and_syncs_each_commit(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    opened = open_database(path, STEPS)
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "mmap_size", "user_version")
    values = [opened.db.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas]
    opened.db.close()
    assert values == ["wal", 2, 1, 0, 1]
    assert path.stat().st_mode & 0o777 == 0o600
    assert opened.aside is None


def test_steps_run_once_each(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    open_database(path, STEPS).db.close()
    db = open_database(path, (*STEPS, "ALTER TABLE word ADD COLUMN count INTEGER")).db
    db.execute("INSERT INTO word (text, count) VALUES ('a', 1)")
    assert db.execute("PRAGMA user_version").fetchone() == (2,)
    db.close()


def test_a_step_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    db = connect(path)
    with pytest.raises(sqlite3.OperationalError):
        migrate(db, ("CREATE TABLE one (a TEXT); CREATE TABLE one (a TEXT)",), path)
    assert db.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,)
    db.close()


def test_a_newer_file_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    open_database(path, (*STEPS, "CREATE TABLE more (a TEXT)")).db.close()
    with pytest.raises(VersionMismatch, match="Install the newer version again"):
        open_database(path, STEPS)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.db"]


@pytest.mark.parametrize(
    ("offset", "length"), [(0, 100), (4096, 4096), (20_000, 30_000)], ids=["head", "root", "middle"]
)
def test_a_damaged_file_is_moved_aside_and_a_fresh_one_made(
    tmp_path: Path, offset: int, length: int
) -> None:
    path = tmp_path / "a.db"
    filled(path)
    damage(path, offset, length)
    before = path.read_bytes()
    opened = open_database(path, STEPS)
    assert opened.db.execute("SELECT count(*) FROM word").fetchone() == (0,)
    opened.db.close()
    assert opened.aside is not None
    assert opened.aside.name.startswith("a.db.corrupt-")
    assert opened.aside.read_bytes() == before


def test_the_log_of_a_damaged_file_is_not_mixed_into_the_fresh_one(tmp_path: Path) -> None:
    path, copy = tmp_path / "a.db", tmp_path / "copy.db"
    filled(path)
    db = connect(path)
    db.execute("INSERT INTO word VALUES ('in the log')")
    for suffix in ("", "-wal"):
        shutil.copyfile(f"{path}{suffix}", f"{copy}{suffix}")
    db.close()
    damage(copy, 20_000, 30_000)
    opened = open_database(copy, STEPS)
    assert opened.aside is not None
    assert opened.db.execute("SELECT count(*) FROM word").fetchone() == (0,)
    opened.db.close()


def test_a_path_that_is_a_folder_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="Check that"):
        open_database(tmp_path, STEPS)


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    path = tmp_path / "ö? #%.db"
    filled(path)
    db = connect(path, readonly=True)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        db.execute("DELETE FROM word")
    db.close()
