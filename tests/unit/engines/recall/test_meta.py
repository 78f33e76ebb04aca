from revo_edge.engines.recall import meta
from tests.unit.engines.recall.memory import Memory


def test_facts_are_what_was_said_last(memory: Memory) -> None:
    db = memory.writer._db
    assert (meta.number(db, "new"), meta.text(db, "new")) == (0, "")
    meta.put(db, "new", 3)
    meta.put(db, "new", 4)
    assert meta.number(db, "new") == 4
    assert meta.last_seq(db) == 0
    memory.put("one")
    assert meta.last_seq(db) == 1


def test_a_model_keeps_its_number(memory: Memory) -> None:
    db = memory.writer._db
    first = meta.model_number(db, "small")
    assert meta.model_number(db, "large") != first == meta.model_number(db, "small")
    assert meta.model_number(db, "") == 0
    assert meta.model_name(db) == ""
    meta.put(db, "model", first)
    assert meta.model_name(db) == "small"
