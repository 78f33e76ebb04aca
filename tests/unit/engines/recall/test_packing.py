from hypothesis import given
from hypothesis import strategies as st

from revo_edge.contract.recall import Hit, Item, ItemKind, Source
from revo_edge.engines.recall.packing import chosen, day_of, pack, place_of, tokens_of


def hit(number: int, text: str, score: float = 1.0, **fields: object) -> Hit:
    item = Item(f"{number:026}", 1, "n", ItemKind.NOTE, text, 86_400.0, 1.0, **fields)  # type: ignore[arg-type] # a test's shorthand
    return Hit(item, score, text[:100])


def test_items_are_cited_by_number_with_their_place() -> None:
    source = Source(path="src/a.py", first_line=3, last_line=9)
    packed = pack([hit(1, "amber birch", source=source, title="def f()"), hit(2, "cedar")], 100)
    assert packed.text == (
        "[1] src/a.py:3-9  def f()  1970-01-02\namber birch\n\n[2] 1970-01-02\ncedar"
    )
    assert [(each.number, each.source.path) for each in packed.citations] == [
        (1, "src/a.py"),
        (2, ""),
    ]
    assert packed.tokens == tokens_of(packed.text)


def test_what_repeats_is_left_away_and_what_differs_comes_earlier() -> None:
    same = "the office is in the city of Berlin now"
    hits = [
        hit(1, same, 1.0),
        hit(2, same + "!", 0.99),
        hit(3, "the office is in the city of Munich then", 0.9),
        hit(4, "lunch is at noon", 0.8),
    ]
    assert [each.item.id[-1] for each in chosen(hits)] == ["1", "4", "3"]


def test_a_long_item_is_shortened_to_what_is_left() -> None:
    packed = pack([hit(1, "word " * 1_000)], 100)
    assert packed.citations[0].shortened
    assert packed.tokens <= 101
    assert packed.text.endswith("...")
    assert pack([hit(1, "word " * 30), hit(2, "other " * 30)], 50).left_out == 1


@given(st.lists(st.text(min_size=1, max_size=400), max_size=8), st.integers(50, 400))
def test_the_budget_holds(texts: list[str], budget: int) -> None:
    clean = [text.encode("utf-8", "replace").decode() for text in texts]
    packed = pack([hit(number, text) for number, text in enumerate(clean)], budget)
    assert packed.tokens <= budget + 1
    assert [each.number for each in packed.citations] == list(range(1, len(packed.citations) + 1))


def test_places_of_all_sorts() -> None:
    said = Source(session="s1", turn=0, speaker="Ann")
    assert place_of(hit(1, "x", source=said, at=0.0).item) == "s1 #0 Ann  1970-01-01"
    assert place_of(hit(1, "x", source=Source(url="http://a/")).item) == "http://a/  1970-01-02"
    assert day_of(1e30) == ""
    assert tokens_of("東京都") == 3
