import sqlite3
import stat
from pathlib import Path

import pytest

from revo_edge.engines.recall import opening
from revo_edge.engines.recall.opening import Options, mark_damaged, open_read_only, open_store
from revo_edge.errors import Unavailable, VersionMismatch
from tests.unit.engines.recall.memory import Memory


def pragma(db: sqlite3.Connection, name: str) -> object:
    return db.execute(f"PRAGMA {name}").fetchone()[0]


def test_the_file_is_durable_private_and_forgetful(tmp_path: Path) -> None:
    path = tmp_path / "new" / "memory.db"
    db = open_store(path, Options())
    assert pragma(db, "journal_mode") == "wal"
    assert pragma(db, "synchronous") == 2
    assert pragma(db, "secure_delete") == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    reader = open_read_only(path, Options())
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("DELETE FROM meta")
    reader.close()
    db.close()


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "memory.db"
    db = open_store(path, Options())
    db.execute("PRAGMA user_version=99")
    for opens in (open_store, open_read_only):
        with pytest.raises(VersionMismatch, match="newer"):
            opens(path, Options())
    assert pragma(db, "user_version") == 99
    db.close()
    assert [file.name for file in tmp_path.iterdir()] == ["memory.db"]


def test_what_is_not_there_yet_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="its writer is starting") as caught:
        open_read_only(tmp_path / "memory.db", Options())
    assert caught.value.after_ms == opening.RETRY_MS
    (tmp_path / "memory.db").touch()
    with pytest.raises(Unavailable, match="its writer is starting"):
        open_read_only(tmp_path / "memory.db", Options())


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="Check that"):
        open_store(tmp_path / "file" / "memory.db", Options())


def test_a_large_file_is_checked_once_damage_was_met(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "CHECK_LIMIT_BYTES", 1)
    for number in range(50):
        memory.put(f"amber {number}" + " word" * 100)
    memory.close()
    raw = bytearray(memory.path.read_bytes())
    raw[-8192:-4096] = b"\xa5" * 4096
    memory.path.write_bytes(raw)
    memory.reopen()
    assert list(memory.home.glob("*.corrupt-*")) == []
    mark_damaged(memory.path)
    memory.reopen()
    assert memory.stats().salvaged
    assert not memory.path.with_name("memory.db.check").exists()


def test_damage_that_is_met_is_remembered(memory: Memory) -> None:
    for number in range(50):
        memory.put(f"amber {number}" + " word" * 100)
    memory.reopen()
    raw = bytearray(memory.path.read_bytes())
    for page in range(2, len(raw) // 4096):
        raw[page * 4096 : page * 4096 + 4096] = b"\xa5" * 4096
    memory.path.write_bytes(raw)
    memory.writer._db.execute("PRAGMA shrink_memory")
    with pytest.raises(Unavailable, match="Restart the daemon"):
        memory.list()
    assert memory.path.with_name("memory.db.check").exists()


def test_a_model_that_is_away_leaves_the_vectors_of_before(tmp_path: Path) -> None:
    memory = Memory(tmp_path, Options(model="small-1"))
    memory.options = Options()
    memory.reopen()
    assert memory.stats().model == "small-1"
    memory.close()
