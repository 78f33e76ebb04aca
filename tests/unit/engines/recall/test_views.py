from revo_edge.engines.recall import views
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
