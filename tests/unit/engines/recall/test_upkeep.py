from pathlib import Path

from revo_edge.contract.recall import NewItem
from revo_edge.engines.recall.opening import Options
from revo_edge.engines.recall.upkeep import AUDIT_KEPT_S, IDLE_S, REPLY_KEPT_S
from tests.unit.engines.recall.memory import Memory

KEY = "01M8GD52YZ4XT19VH2VRWFNEMF"


def count(memory: Memory, table: str) -> int:
    return int(memory.writer._db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - a name of this file


def test_keys_are_kept_for_a_day_and_audits_for_ninety(memory: Memory) -> None:
    memory.store(NewItem("one"), key=KEY)
    memory.clock.now += REPLY_KEPT_S
    memory.rest()
    assert (count(memory, "reply"), count(memory, "audit")) == (1, 1)
    memory.clock.now += 1
    memory.rest()
    assert (count(memory, "reply"), count(memory, "audit")) == (0, 1)
    memory.clock.now += AUDIT_KEPT_S
    memory.rest()
    assert count(memory, "audit") == 0


def test_many_that_expire_go_in_steps(memory: Memory) -> None:
    for _ in range(3):
        memory.store(*(NewItem(f"{n}", ttl_s=5) for n in range(100)), duplicates="keep")
    memory.put("stays")
    memory.clock.now += 5
    assert memory.writer.rest(0.0) == 0.0
    assert count(memory, "version") == 201
    memory.rest()
    assert count(memory, "version") == 1
    assert sum(told.items for told in memory.writer._upkeep.news()) == 300
    assert memory.writer.note()["dropped"] == 300
    memory.sound()


def test_nothing_to_do_is_looked_at_again_in_a_minute(memory: Memory) -> None:
    assert memory.rest() == IDLE_S
    memory.put("late", ttl_s=10 * IDLE_S)
    assert memory.rest() == IDLE_S


def test_a_limit_that_only_pinned_items_break_is_left_broken(tmp_path: Path) -> None:
    memory = Memory(tmp_path, Options(keep_items=1))
    for number in range(3):
        memory.put(f"note {number}", pinned=True)
    assert memory.rest() == IDLE_S
    assert memory.stats().items == 3
    memory.close()
