from pathlib import Path

import pytest

from revo_edge.errors import Unavailable
from revo_edge.store.start import Started, start_journal
from tests.unit.store.rows import put


def close(started: Started) -> None:
    started.reader.close()
    started.journal.close()


def test_a_journal_is_found_again(tmp_path: Path) -> None:
    path = tmp_path / "revo.db"
    started = start_journal(path, 10)
    assert (started.loaded.live, started.aside) == ((), None)
    started.journal.apply([[put("A")]])
    close(started)
    again = start_journal(path, 10)
    close(again)
    assert [task.row.info.id for task in again.loaded.live] == ["A"]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["revo.db"]


def test_a_row_that_does_not_decode_keeps_the_file_aside(tmp_path: Path) -> None:
    path = tmp_path / "revo.db"
    started = start_journal(path, 10)
    started.journal.apply([[put("A")]])
    started.journal._db.execute("UPDATE task SET info=x'c1'")
    close(started)
    again = start_journal(path, 10)
    again.journal.apply([[put("A")]])
    close(again)
    assert again.loaded.live == ()
    assert again.aside is not None
    assert again.aside.is_file()


def test_a_file_without_our_tables_is_not_taken_for_damage(tmp_path: Path) -> None:
    path = tmp_path / "revo.db"
    started = start_journal(path, 10)
    started.journal._db.execute("DROP TABLE queue")
    close(started)
    with pytest.raises(Unavailable, match="no such table"):
        start_journal(path, 10)
    assert [entry.name for entry in tmp_path.iterdir()] == ["revo.db"]
