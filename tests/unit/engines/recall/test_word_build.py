from pathlib import Path

import pytest

pytest.importorskip("numpy")

from revo_edge.engines.base import Cancelled
from revo_edge.engines.recall import word_build
from revo_edge.engines.recall.word_file import WordFile
from tests.unit.engines.recall.memory import Memory


def test_an_empty_memory_makes_an_empty_file(memory: Memory, tmp_path: Path) -> None:
    path = tmp_path / "1.words"
    word_build.build(path, memory.reader._db, word_build.Report())
    assert len(WordFile(path)) == 0


def test_small_steps_read_the_same(
    memory: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(40):
        memory.put(f"amber {'birch ' * (number % 7)} n{number}")
    whole, stepped = tmp_path / "1.words", tmp_path / "2.words"
    word_build.build(whole, memory.reader._db, word_build.Report())
    monkeypatch.setattr(word_build, "READ_INSTANCES", 5)
    word_build.build(stepped, memory.reader._db, word_build.Report())
    assert whole.read_bytes() == stepped.read_bytes()


def test_a_cancelled_build_leaves_nothing(memory: Memory, tmp_path: Path) -> None:
    memory.put("amber")

    def stop() -> None:
        raise Cancelled

    (tmp_path / "x").mkdir()
    report = word_build.Report(check_cancelled=stop)
    with pytest.raises(Cancelled):
        word_build.build(tmp_path / "x" / "1.words", memory.reader._db, report)
    assert list((tmp_path / "x").iterdir()) == []


def test_progress_is_told_in_words(memory: Memory, tmp_path: Path) -> None:
    memory.put("amber birch")
    told: list[tuple[int, int]] = []
    report = word_build.Report(lambda done, total: told.append((done, total)))
    word_build.build(tmp_path / "1.words", memory.reader._db, report)
    assert told[-1][0] == told[-1][1] > 0
