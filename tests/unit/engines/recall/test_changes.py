import msgspec
import pytest

from revo_edge.contract.recall import Filter, ItemKind, NewItem, Source
from revo_edge.engines.recall.opening import Options
from revo_edge.errors import BadRequest, Conflict, NotFound
from tests.unit.engines.recall.memory import Memory


def test_a_fact_corrected_twice_has_three_answers(memory: Memory) -> None:
    item = memory.put("The office is in Berlin").id
    memory.clock.now = 1_000_100
    memory.update(item, text="The office is in Munich")
    memory.clock.now = 1_000_200
    memory.update(item, text="The office is in Zurich")
    for as_of, city in ((1_000_050, "Berlin"), (1_000_150, "Munich"), (1_000_250, "Zurich")):
        assert memory.texts("office", Filter(as_of=as_of)) == [f"The office is in {city}"]
        assert memory.one(item, as_of=as_of).text == f"The office is in {city}"
    assert memory.texts("office") == ["The office is in Zurich"]
    assert memory.texts("Berlin") == []
    assert memory.texts("office", Filter(as_of=999_999)) == []
    assert [old.version for old in memory.get(item, history=True).items] == [3, 2, 1]


def test_a_clock_that_goes_back_leaves_the_order_of_versions(memory: Memory) -> None:
    item = memory.put("first").id
    memory.clock.now = 500_000
    second = memory.update(item, text="second").item
    third = memory.update(item, text="third").item
    assert 1_000_000 < second.valid_from < third.valid_from
    assert memory.one(item, as_of=1_000_000).text == "first"
    assert memory.one(item, as_of=2_000_000).text == "third"
    assert memory.one(item, version=2).valid_to == third.valid_from
    memory.sound()


def test_a_correction_of_the_past_ends_all_that_came_after(memory: Memory) -> None:
    item = memory.put("first", at=100).id
    memory.update(item, text="second", valid_from=200)
    memory.update(item, text="third", valid_from=150)
    told = {as_of: memory.get(item, as_of=as_of).items for as_of in (120, 170, 250)}
    assert [[each.text for each in items] for items in told.values()] == [
        ["first"],
        ["third"],
        ["third"],
    ]


def test_an_update_keeps_what_is_not_given(memory: Memory) -> None:
    item = memory.put(
        "text", kind=ItemKind.DOCUMENT, title="head", tags=("a", "b"), metadata={"n": 1}, at=5.0
    ).id
    before = memory.one(item)
    memory.clock.now += 1
    after = memory.update(item, tags=("c",), pinned=True, ttl_s=9).item
    assert (after.tags, after.pinned, after.expires_at) == (("c",), True, memory.clock.now + 9)
    same = msgspec.structs.replace(
        after,
        version=1,
        tags=("a", "b"),
        pinned=False,
        expires_at=None,
        created_at=before.created_at,
        valid_from=before.valid_from,
    )
    assert same == before
    assert memory.list(Filter(tags=("c",))).total == 1
    assert memory.list(Filter(tags=("a",))).total == 0


def test_an_update_of_another_version_is_refused(memory: Memory) -> None:
    item = memory.put("text").id
    memory.update(item, text="other", version=1)
    with pytest.raises(Conflict, match="at version 2, not 1"):
        memory.update(item, text="third", version=1)
    with pytest.raises(BadRequest, match="Nothing to correct"):
        memory.update(item)
    with pytest.raises(NotFound, match="no item"):
        memory.update("0" * 26, text="x")


def test_what_to_do_with_the_same_text_is_the_callers_choice(memory: Memory) -> None:
    first = memory.put("the  same\ttext ")
    skipped, linked, kept = (
        memory.store(memory_item, duplicates=policy).stored[0]
        for memory_item, policy in zip(
            [NewItem("the same text")] * 3, ("skip", "link", "keep"), strict=True
        )
    )
    assert (skipped.outcome, skipped.of, skipped.id) == ("duplicate", first.id, first.id)
    assert (linked.outcome, linked.of) == ("linked", first.id)
    assert (kept.outcome, kept.of) == ("stored", "")
    assert memory.put("the same text", namespace="other").outcome == "stored"
    assert memory.put("the same text", source=Source(path="a.md")).outcome == "stored"
    memory.forget(first.id)
    assert memory.writer._db.execute("SELECT * FROM link").fetchall() == []


def test_forgetting_by_filter_says_whether_more_is_left(memory: Memory) -> None:
    for number in range(5):
        memory.put(f"note {number}", tags=("old",), namespace="a")
    keep = memory.put("another").id
    reply = memory.forget(filter=Filter(tags=("old",)), limit=3)
    assert (reply.items, reply.more) == (3, True)
    reply = memory.forget(filter=Filter(tags=("old",)), limit=3)
    assert (reply.items, reply.more) == (2, False)
    assert [item.id for item in memory.list().items] == [keep]
    assert [each.name for each in memory.stats().namespaces] == ["default"]
    memory.sound()


def test_a_namespace_goes_with_its_name(memory: Memory) -> None:
    memory.put("something", namespace="zephyr")
    memory.put("else", namespace="stays")
    memory.forget(filter=Filter(namespaces=("zephyr",)))
    with pytest.raises(NotFound, match='no namespace "zephyr"'):
        memory.search("something", Filter(namespaces=("zephyr",)))
    memory.rest()
    assert b"zephyr" not in memory.raw()


@pytest.mark.parametrize("wanted", [Filter(), Filter(as_of=1.0, tags=("x",))])
def test_a_filter_that_would_forget_what_nobody_meant_is_refused(
    memory: Memory, wanted: Filter
) -> None:
    with pytest.raises(BadRequest):
        memory.forget(filter=wanted)


def test_the_oldest_that_are_not_pinned_go_first(tmp_path_factory: pytest.TempPathFactory) -> None:
    memory = Memory(tmp_path_factory.mktemp("m"), Options(keep_items=3, keep_days=10))
    pinned = memory.put("pinned", at=1_000, pinned=True).id
    memory.put("too old", at=1_000_000 - 11 * 86_400)
    ids = [memory.put(f"note {number}", at=999_000 + number).id for number in range(4)]
    memory.rest()
    assert {item.id for item in memory.list().items} == {pinned, *ids[2:]}
    assert {(told.reason, told.items) for told in memory.writer._upkeep.news()} == {
        ("keep_items", 3)
    }
    memory.clock.now += 30 * 86_400
    memory.rest()
    assert [item.id for item in memory.list().items] == [pinned]
    memory.sound()
    memory.close()


def test_a_session_forgets_a_turn_also_in_the_words_of_its_neighbours(memory: Memory) -> None:
    ids = [
        memory.put(
            f"turn {number} {word}",
            kind=ItemKind.CONVERSATION,
            source=Source(session="s", turn=number, speaker="Ann"),
        ).id
        for number, word in enumerate(("amber", "zephyr", "cedar", "delta"))
    ]
    assert {hit.item.id for hit in memory.hits("zephyr")} == set(ids)
    memory.update(ids[0], text="turn 0 again")
    memory.forget(ids[1])
    assert memory.texts("zephyr") == []
    memory.rest()
    assert b"zephyr" not in memory.raw()
