from revo_edge.contract.recall import Hit, Item, ItemKind, SearchReply
from revo_edge.engines.recall.query_cache import KEPT_S, LIMIT_CHARS, QueryCache


def reply(generation: int = 1, chars: int = 1) -> SearchReply:
    item = Item("0" * 26, 1, "n", ItemKind.NOTE, "x" * chars, 0.0, 0.0)
    return SearchReply((Hit(item, 1.0),), generation, 1.0)


def test_an_answer_is_kept_until_the_store_changes_or_a_minute_passed() -> None:
    cache = QueryCache(10)
    assert cache.get(b"q", 1, 0.0) is None
    cache.put(b"q", reply(), 0.0, None)
    assert cache.get(b"q", 1, KEPT_S - 1) == reply()
    assert cache.get(b"q", 1, KEPT_S) is None
    assert cache.get(b"q", 1, -1.0) is None  # the clock went back
    assert cache.get(b"q", 2, 0.0) is None
    assert cache.get(b"q", 1, 0.0) is None
    assert (cache.hits, cache.misses) == (1, 5)


def test_an_answer_of_an_older_generation_is_not_kept() -> None:
    cache = QueryCache(10)
    cache.get(b"q", 2, 0.0)
    cache.put(b"q", reply(1), 0.0, None)
    assert cache.get(b"q", 2, 0.0) is None


def test_an_answer_goes_when_one_of_its_items_expires() -> None:
    cache = QueryCache(10)
    cache.get(b"q", 1, 0.0)
    cache.put(b"q", reply(), 0.0, 5.0)
    assert cache.get(b"q", 1, 4.0) is not None
    assert cache.get(b"q", 1, 5.0) is None


def test_the_least_recently_used_goes_first() -> None:
    cache = QueryCache(2)
    cache.get(b"", 1, 0.0)
    for key in (b"a", b"b"):
        cache.put(key, reply(), 0.0, None)
    cache.get(b"a", 1, 0.0)
    cache.put(b"c", reply(), 0.0, None)
    assert [cache.get(key, 1, 0.0) is not None for key in (b"a", b"b", b"c")] == [True, False, True]


def test_texts_are_bounded() -> None:
    cache = QueryCache(100)
    cache.get(b"", 1, 0.0)
    cache.put(b"huge", reply(chars=LIMIT_CHARS // 4), 0.0, None)
    assert cache.get(b"huge", 1, 0.0) is None
    for number in range(20):
        cache.put(b"%d" % number, reply(chars=LIMIT_CHARS // 10), 0.0, None)
    assert sum(cache.get(b"%d" % number, 1, 0.0) is not None for number in range(20)) == 10
