from revo_edge.contract.recall import NewItem
from revo_edge.engines.recall import rows
from revo_edge.engines.recall.batch import Batch, scope_of
from tests.unit.engines.recall.memory import Memory


def test_what_is_added_is_written_together(memory: Memory) -> None:
    db = memory.writer._db
    db.execute("BEGIN")
    batch = Batch(db, 5.0)
    for number in range(3):
        row = rows.new_row(NewItem(f"note {number}", tags=("t",)), batch.namespace("a"), batch.now)
        row.id = f"{number:026}"
        batch.add(row)
    assert db.execute("SELECT count(*) FROM version").fetchone() == (0,)
    assert batch.finish() == 1
    db.execute("COMMIT")
    memory.sound()
    assert [row.seq for row in rows.read_rows(db, "ORDER BY seq")] == [1, 2, 3]


def test_a_number_is_never_used_twice(memory: Memory) -> None:
    memory.forget(memory.put("one").id)
    item = memory.put("two").id
    (row,) = rows.read_rows(memory.writer._db, "WHERE id = ?", (item,))
    assert row.seq == 2


def test_a_change_of_nothing_leaves_no_trace(memory: Memory) -> None:
    db = memory.writer._db
    db.execute("BEGIN")
    batch = Batch(db, 5.0)
    batch.namespace("never used")
    assert batch.finish() == 0
    db.execute("COMMIT")
    assert memory.stats().namespaces == ()
    assert scope_of(3, 1) == "n3 k1"
