import sqlite3

import pytest

from revo_edge.contract.recall import (
    Filter,
    NewItem,
    RecallForget,
    RecallStats,
    RecallStore,
    StoreReply,
)
from revo_edge.engines.recall.writer import COMING_IN, Writer
from revo_edge.errors import BadRequest, Conflict, NotFound, TooLarge, Unavailable, UnknownMethod
from tests.unit.engines.recall.memory import Memory

KEY = "01M8GD52YZ4XT19VH2VRWFNEMF"


def test_a_key_runs_a_change_once_and_answers_the_same(memory: Memory) -> None:
    first = memory.store(NewItem("tea is at four"), key=KEY, duplicates="keep")
    again = memory.store(NewItem("tea is at four"), key=KEY, duplicates="keep")
    assert again == first
    assert memory.stats().items == 1
    with pytest.raises(Conflict, match="fresh key"):
        memory.store(NewItem("tea is at five"), key=KEY)
    memory.reopen()
    assert memory.store(NewItem("tea is at four"), key=KEY, duplicates="keep") == first


def test_a_key_answers_an_update_as_it_was_though_it_was_corrected_again(memory: Memory) -> None:
    item = memory.put("tea is at four").id
    first = memory.update(item, key=KEY, text="tea is at five")
    memory.update(item, text="tea is at six")
    assert memory.update(item, key=KEY, text="tea is at five") == first
    assert memory.one(item).text == "tea is at six"


def test_a_key_of_an_update_does_not_keep_what_was_forgotten(memory: Memory) -> None:
    item = memory.put("tea is at four").id
    memory.update(item, key=KEY, text="tea is at zephyr")
    memory.forget(item)
    with pytest.raises(NotFound, match="forgotten since"):
        memory.update(item, key=KEY, text="tea is at zephyr")
    memory.rest()
    assert b"zephyr" not in memory.raw()


def test_a_change_is_audited_without_text(memory: Memory) -> None:
    memory.store(NewItem("the zephyr blows"), key=KEY)
    rows = memory.writer._db.execute("SELECT at, method, key, generation, changed FROM audit")
    assert rows.fetchall() == [(memory.clock.now, "recall.store", KEY, 1, 1)]


def test_a_change_that_fails_leaves_nothing(memory: Memory) -> None:
    with pytest.raises(TooLarge, match=r"^items\[1\]: "):
        memory.store(NewItem("small", namespace="new"), NewItem("x" * (1 << 20) + "x"))
    with pytest.raises(BadRequest, match=r"^items\[0\]: The text is empty"):
        memory.store(NewItem(" \n\t"), key=KEY)
    assert memory.stats().namespaces == ()
    assert memory.stats().generation == 0
    memory.sound()
    memory.store(NewItem("now it works"), key=KEY)


def test_nothing_new_leaves_the_generation(memory: Memory) -> None:
    memory.put("one thing")
    assert memory.store(NewItem("one  thing")).generation == 1


def test_forgetting_for_show_changes_nothing(memory: Memory) -> None:
    item = memory.put("one thing").id
    reply = memory.forget(item, dry_run=True)
    assert (reply.items, reply.versions, reply.ids, reply.generation) == (1, 1, (item,), 1)
    assert memory.texts("thing") == ["one thing"]
    audit = memory.writer._db.execute("SELECT count(*) FROM audit").fetchone()
    assert audit == (1,)


def test_a_full_disk_is_said_and_nothing_is_half_written(memory: Memory) -> None:
    memory.put("before the disk was full")
    db = memory.writer._db
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count={pages + 20}")
    items = tuple(NewItem(f"{number} " + "word " * 5_000) for number in range(20))
    with pytest.raises(Unavailable, match="Free some space"):
        memory.store(*items, key=KEY)
    assert memory.stats().items == 1
    db.execute("PRAGMA max_page_count=1073741823")
    memory.sound()
    assert len(memory.store(*items, key=KEY).stored) == 20


def test_the_disk_of_a_locked_file_says_what_to_do(memory: Memory) -> None:
    other = sqlite3.connect(memory.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    memory.writer._db.execute("PRAGMA busy_timeout=10")
    with pytest.raises(Unavailable, match="Another program holds the file"):
        memory.put("one thing")
    other.close()
    memory.put("one thing")


def test_what_only_readers_answer_is_refused(memory: Memory) -> None:
    with pytest.raises(UnknownMethod, match=r"recall\.stats"):
        memory.writer.call("recall.stats", RecallStats())


def test_what_expires_is_dropped_and_told_once(memory: Memory) -> None:
    short, long = memory.put("short lived", ttl_s=10).id, memory.put("long lived", ttl_s=1e6).id
    assert memory.rest() == 10.0
    memory.clock.now += 10
    assert memory.get(short).missing == (short,)
    memory.rest()
    (told,) = memory.writer.news()
    assert (told.text, told.dropped) == ("1 item of default dropped: its time was over", 1)
    assert memory.writer.news() == ()
    assert memory.one(long).expires_at == 1_000_000 + 1e6
    assert b"short lived" not in memory.raw()


def test_figures_for_the_metrics(memory: Memory) -> None:
    item = memory.put("one thing").id
    memory.update(item, text="another thing")
    note = memory.writer.note()
    assert (note["items"], note["versions"], note["generation"]) == (1, 2, 2)
    assert note["bytes"] >= memory.path.stat().st_size
    assert note["pending_vectors"] == 0  # there is no model


def test_both_ways_to_say_what_to_forget_at_once_are_refused(memory: Memory) -> None:
    for params in (RecallForget(), RecallForget((KEY,), Filter(session="s"))):
        with pytest.raises(BadRequest, match="either `ids` or a `filter`"):
            memory.writer.call("recall.forget", params)


@pytest.mark.parametrize(
    "item",
    [
        NewItem("half \ud800 a character"),
        NewItem("text", namespace="\udfff"),
        NewItem("text", title="\udfff"),
        NewItem("text", tags=("\udfff",)),
        NewItem("text", metadata={"\udfff": 1}),
        NewItem("text", metadata={"field": b"bytes"}),
        NewItem("text", metadata={"field": float("nan")}),
        NewItem("text", at=float("inf")),
    ],
)
def test_what_cannot_be_kept_is_refused_with_the_next_step(memory: Memory, item: NewItem) -> None:
    with pytest.raises(BadRequest):
        memory.writer.call("recall.store", RecallStore((item,)), KEY)
    assert memory.writer.call("recall.store", RecallStore((NewItem("x"),)), KEY)
    memory.sound()


def test_two_writers_see_one_another(memory: Memory) -> None:
    other = Writer(memory.home, memory.options, memory.clock)
    reply = other.call("recall.store", RecallStore((NewItem("from the other"),)))
    assert isinstance(reply, StoreReply)
    assert memory.put("from the other").outcome == "duplicate"
    other.close()


def test_a_bulk_is_told_while_it_comes_in(memory: Memory) -> None:
    memory.store(*(NewItem(f"text {n}") for n in range(COMING_IN + 1)))
    assert [memory.writer.note()["coming_in"] for _ in range(2)] == [1.0, 0.0]
    memory.put("one more")
    assert memory.writer.note()["coming_in"] == 0.0
