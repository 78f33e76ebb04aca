import pytest

from revo_edge.contract.recall import NewItem
from revo_edge.contract.recall_writes import RecallSwap
from revo_edge.engines.recall import views
from revo_edge.engines.recall.meta import INDEXES
from tests.unit.engines.recall.memory import Memory


def test_the_size_counts_the_log(memory: Memory) -> None:
    memory.put("one")
    sizes = [memory.path.with_name(name).stat().st_size for name in ("memory.db", "memory.db-wal")]
    assert views.size_bytes(memory.path) == sum(sizes)
    assert views.size_bytes(memory.home / "not there") == 0


def test_items_of_several_namespaces_keep_their_order(memory: Memory) -> None:
    ids = [memory.put(f"note {name}", namespace=name).id for name in ("b", "a", "c")]
    items = memory.get(*reversed(ids)).items
    assert [item.namespace for item in items] == ["c", "a", "b"]
    assert [each.name for each in views.namespaces(memory.reader._db)] == ["a", "b", "c"]
    assert views.items_of(memory.reader._db, []) == []


def test_words_are_wanted_when_many_came_and_when_some_were_forgotten(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("numpy")
    monkeypatch.setattr(views, "WORDS_ROWS", 2)

    def wanted() -> float:
        return memory.writer.note()["wants_words"]

    stored = memory.store(*(NewItem(f"text {n}") for n in range(3))).stored
    assert wanted()
    folder = memory.home / INDEXES
    folder.mkdir()
    (folder / "1.words").write_bytes(b"")
    memory.writer.call("recall.swap_index", RecallSwap("1.words", 1, 3))
    assert not wanted()
    memory.forget(stored[0].id)
    assert wanted()
    memory.writer.call("recall.swap_index", RecallSwap("1.words", 2, 3))
    (folder / "1.words").unlink()
    assert wanted()
