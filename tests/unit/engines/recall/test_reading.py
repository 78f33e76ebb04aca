import sqlite3
from pathlib import Path

import pytest

from revo_edge.contract.recall_writes import FileItems, RecallReplaceFiles
from revo_edge.engines.recall.opening import Options, open_store
from revo_edge.engines.recall.reading import DATABASE, KnownFile, known_files, reading
from revo_edge.errors import Unavailable
from tests.unit.engines.recall.local import Local


def test_what_is_known_of_files_is_told_by_root_and_namespace(local: Local) -> None:
    files = (FileItems("a.py", 3, 7, "h1"), FileItems("b.py", 4, 8, "h2"))
    local.call("recall.replace_files", RecallReplaceFiles("n", "/r", files))
    assert known_files(local.home, "n", "/r") == {
        "a.py": KnownFile("a.py", 3, 7, "h1"),
        "b.py": KnownFile("b.py", 4, 8, "h2"),
    }
    assert known_files(local.home, "n", "/other") == {}
    assert known_files(local.home, "other", "/r") == {}


def test_before_anything_was_stored_nothing_is_known(tmp_path: Path) -> None:
    assert known_files(tmp_path, "n", "/r") == {}


def test_the_database_cannot_be_written_to_and_its_errors_are_explained(local: Local) -> None:
    def delete() -> None:
        with reading(local.home) as db:
            assert db is not None
            db.execute("DELETE FROM version")

    with pytest.raises(Unavailable, match=DATABASE):
        delete()


def test_the_connection_is_closed_afterwards(local: Local) -> None:
    with reading(local.home) as db:
        assert db is not None
        assert db.execute("SELECT 1").fetchone() == (1,)
    with pytest.raises(sqlite3.ProgrammingError):
        db.execute("SELECT 1")


def test_a_file_that_the_writer_has_not_made_yet_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite3.connect(tmp_path / DATABASE).close()
    with sqlite3.connect(tmp_path / DATABASE) as half:
        half.execute("CREATE TABLE half (made)")
    half.close()
    monkeypatch.setattr("revo_edge.engines.recall.reading.OPEN_LIMIT_S", 0.1)
    with pytest.raises(Unavailable):
        known_files(tmp_path, "n", "/r")
    open_store(tmp_path / DATABASE, Options()).close()
    assert known_files(tmp_path, "n", "/r") == {}
