import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from revo_edge.contract.recall import (
    ContextReply,
    Filter,
    ItemKind,
    NewItem,
    RecallContext,
    RecallRelated,
    RecallSearch,
    RecallStore,
    SearchReply,
    Source,
)
from revo_edge.engines.recall.writer import Writer
from revo_edge.errors import BadRequest, NotFound, Unavailable, UnknownMethod
from tests.unit.engines.recall.memory import Memory


def test_a_page_goes_on_where_the_last_ended(memory: Memory) -> None:
    memory.store(*(NewItem(f"note {number}") for number in range(7)))
    pages, cursor = [], None
    while True:
        reply = memory.list(limit=3, cursor=cursor)
        pages.append([item.text[-1] for item in reply.items])
        assert reply.total == 7
        if (cursor := reply.cursor) is None:
            break
    assert pages == [["6", "5", "4"], ["3", "2", "1"], ["0"]]
    oldest = memory.list(order="oldest", limit=2)
    assert [item.text[-1] for item in oldest.items] == ["0", "1"]
    assert memory.list(order="oldest", cursor=oldest.cursor).items[0].text == "note 2"


def test_a_store_is_seen_by_the_next_search(memory: Memory) -> None:
    generation = memory.store(NewItem("amber")).generation
    assert memory.search("amber", generation=generation).generation == generation
    with pytest.raises(Unavailable, match="not yet at 9"):
        memory.search("amber", generation=9)


def test_the_same_question_is_answered_from_memory_until_something_changes(
    memory: Memory,
) -> None:
    memory.put("amber", ttl_s=30)
    assert not memory.search("amber").cached
    again = memory.search("amber", generation=1)
    assert (again.cached, len(again.hits)) == (True, 1)
    assert not memory.search("amber", k=5).cached
    memory.put("amber birch")
    assert (memory.search("amber").cached, len(memory.search("amber").hits)) == (False, 2)
    memory.clock.now += 30  # the first expired, though nobody dropped it yet
    assert [hit.item.text for hit in memory.search("amber").hits] == ["amber birch"]
    assert memory.list().items[0].text == "amber birch"
    assert memory.reader.note() == {"cache_hits": 2, "cache_misses": 4}


def test_a_hit_explains_its_score(memory: Memory) -> None:
    memory.put("amber", pinned=True)
    (hit,) = memory.hits("amber", explain=True)
    assert hit.score == pytest.approx(
        (1 + hit.parts["pinned"]) * (1 + hit.parts["recency"]), abs=1e-5
    )
    assert hit.parts["lexical"] == 1.0
    assert memory.hits("amber")[0].parts == {}
    assert "No embedder" in memory.search("amber").lexical_only
    assert memory.search("amber", mode="lexical").lexical_only == ""
    with pytest.raises(Unavailable, match="No embedder"):
        memory.search("amber", mode="vector")


def test_what_is_most_like_an_item(memory: Memory) -> None:
    item = memory.put("birch forests in the north").id
    memory.put("cedar forests in the south", tags=("x",))
    memory.put("nothing of it")
    reply = memory.reader.call("recall.related", RecallRelated(item))
    assert isinstance(reply, SearchReply)
    assert reply.hits[0].item.text == "cedar forests in the south"
    assert item not in {hit.item.id for hit in reply.hits}
    narrow = RecallRelated(item, Filter(tags=("y",)))
    assert memory.reader.call("recall.related", narrow).hits == ()  # type: ignore[attr-defined] # a SearchReply
    with pytest.raises(NotFound):
        memory.reader.call("recall.related", RecallRelated("0" * 26))


def test_a_context_cites_what_it_packs(memory: Memory) -> None:
    memory.put("The office is in Berlin.", source=Source(path="notes.md", first_line=4))
    memory.put("The office is in  Berlin!")
    memory.put("The office opens at nine.")
    reply = memory.reader.call("recall.context", RecallContext("office", budget_tokens=100))
    assert isinstance(reply, ContextReply)
    assert reply.text.count("Berlin") == 1
    assert {each.number for each in reply.citations} == {1, 2}
    assert reply.tokens <= 100
    assert reply.generation == 3


def test_ids_come_back_in_the_order_asked(memory: Memory) -> None:
    first, second = memory.put("first").id, memory.put("second").id
    reply = memory.get(second, "0" * 26, first, second)
    assert [item.id for item in reply.items] == [second, first]
    assert reply.missing == ("0" * 26,)
    assert memory.get(first, version=2).missing == (first,)


def test_stats_tell_each_namespace(memory: Memory) -> None:
    memory.put("one", namespace="a")
    memory.put("two", namespace="a", kind=ItemKind.CODE)
    memory.clock.now += 7
    item = memory.put("three", namespace="b").id
    memory.update(item, text="four")
    stats = memory.stats()
    assert (stats.items, stats.versions, stats.generation) == (3, 4, 4)
    a, b = stats.namespaces
    assert (a.name, a.items, a.kinds) == ("a", 2, {"note": 1, "code": 1})
    assert (b.name, b.items, b.newest_at) == ("b", 1, memory.clock.now)
    assert stats.embedded_ratio == 0.0
    assert not stats.purge_pending
    memory.forget(item)
    assert memory.stats().purge_pending


def test_another_file_in_the_same_place_is_opened(memory: Memory) -> None:
    memory.put("old file")
    memory.search("file")
    memory.writer.close()
    memory.path.rename(memory.path.with_name("aside.db"))
    for suffix in ("-wal", "-shm"):
        memory.path.with_name(f"memory.db{suffix}").unlink(missing_ok=True)
    memory.writer = Writer(memory.home, memory.options, memory.clock)
    memory.put("new file")
    assert memory.texts("file") == ["new file"]


def test_two_namespaces_never_meet(memory: Memory) -> None:
    for name in ("mine", "theirs"):
        for number in range(5):
            turn = Source(session="s", turn=number, speaker=name)
            text = f"{name} secret {number}"
            memory.put(text, namespace=name, kind=ItemKind.CONVERSATION, source=turn)
    wanted = Filter(namespaces=("mine",))
    for query in ("secret", "theirs", "mine theirs secret 3"):
        hits = memory.search(query, wanted, k=1000).hits
        assert {hit.item.namespace for hit in hits} <= {"mine"}
    assert memory.texts("theirs", wanted) == []
    assert {item.namespace for item in memory.list(wanted).items} == {"mine"}
    mine = memory.list(wanted).items[0].id
    related = memory.reader.call("recall.related", RecallRelated(mine, wanted))
    assert {hit.item.namespace for hit in related.hits} == {"mine"}  # type: ignore[attr-defined] # a SearchReply


def test_what_only_the_writer_does_is_refused(memory: Memory) -> None:
    with pytest.raises(UnknownMethod):
        memory.reader.call("recall.store", RecallStore((NewItem("x"),)))


@pytest.mark.parametrize(
    "query",
    [
        '"',
        "AND OR NOT NEAR",
        "text:amber",
        "scope : n1",
        "amber* ^amber -amber +amber",
        "(((",
        "'; DROP TABLE version; --",
        "\0",
        "\u202eamber",
        "amber " * 10_000,
        " ".join(f"word{number}" for number in range(10_000)) + " amber",
        "e\u0301" * 1_000,
        "😀",
        " ",
    ],
)
def test_any_query_is_answered(memory: Memory, query: str) -> None:
    memory.put("amber is a resin")
    reply = memory.search(query)
    assert len(reply.hits) == ("amber" in query and "word1" not in query)


def test_half_a_character_is_looked_for_in_vain(memory: Memory) -> None:
    memory.put("amber")
    with pytest.raises(BadRequest):
        memory.search("amber \ud800")


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(codec="utf-8"), min_size=1, max_size=80))
def test_any_text_is_kept_as_it_is(memory: Memory, text: str) -> None:
    if not text.strip():
        return
    stored = memory.store(NewItem(text), duplicates="keep").stored[0]
    assert memory.one(stored.id).text == text
    reply = memory.reader.call("recall.search", RecallSearch(text, k=1000))
    assert isinstance(reply, SearchReply)
    for hit in reply.hits:
        assert all(hit.snippet[start:end].strip() for start, end in hit.marks)


def test_a_text_of_a_mebibyte_is_one_item(memory: Memory) -> None:
    text = "amber " * ((1 << 20) // 6)
    memory.put(text)
    (hit,) = memory.hits("amber")
    assert hit.item.text == text
    assert 0 < len(hit.snippet) <= 240
