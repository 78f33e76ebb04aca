from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("numpy")

from revo_edge.engines.recall import word_build
from revo_edge.engines.recall.vector_file import HEAD_BYTES
from revo_edge.engines.recall.word_file import (
    BadWordFile,
    WordFile,
    remove_leftovers,
)
from tests.unit.engines.recall.memory import Memory


@pytest.fixture
def path(memory: Memory, tmp_path: Path) -> Path:
    """Return a file of three notes."""
    for text in ("amber birch", "amber ambers", "cedar"):
        memory.put(text)
    path = tmp_path / "1.words"
    word_build.build(path, memory.reader._db, word_build.Report())
    return path


def test_words_are_found_with_their_rows(path: Path) -> None:
    file = WordFile(path)
    table = file.tables["fts_text"]
    assert len(file) == 3
    assert file.head.last_seq == 3
    rows, impacts = table.entries("amber")
    assert [int(seq) for seq in table.seqs[rows]] == [1, 2]
    assert 0 < impacts[0] < impacts[1]
    for word in ("", "a", "ambe", "zzz", "\ud800"):
        assert len(table.entries(word)[0]) == 0


def cut(data: bytes) -> bytes:
    return data[:-10]


def flip(data: bytes) -> bytes:
    at = HEAD_BYTES + 3
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def other(data: bytes) -> bytes:
    return b"something else" + data[14:]


@pytest.mark.parametrize("spoil", [cut, flip, other, lambda data: data[:100]])
def test_a_spoiled_file_is_refused(path: Path, spoil: Callable[[bytes], bytes]) -> None:
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(BadWordFile):
        WordFile(path)


def test_leftovers_go(path: Path) -> None:
    old = [path.with_name(name) for name in ("0.words", "2.words-new", "2.words-scratch1")]
    for each in old:
        each.write_bytes(b"")
    others = path.with_name("1.vectors")
    others.write_bytes(b"")
    remove_leftovers(path.parent, path)
    assert path.exists()
    assert others.exists()
    assert not any(each.exists() for each in old)
