from collections import Counter

import pytest

from revo_edge.contract.recall import ItemKind, Source
from revo_edge.engines.recall.duplicates import SKETCH_SIZE, similarity, sketch, words_of
from tests.unit.engines.recall.memory import Memory

LONG = " ".join(f"word{number}" for number in range(200))


@pytest.mark.parametrize(
    ("first", "second", "near"),
    [
        (LONG, LONG + " more", True),
        (LONG, LONG.replace("word77", "else"), True),
        (LONG, " ".join(reversed(LONG.split()))[:400], False),
        ("The deploy runs every night at two", "the deploy runs every night at three", True),
        ("昨日は東京で寿司を食べました", "昨日は東京で寿司を食べた", True),
        ("amber", "birch", False),
    ],
)
def test_what_says_almost_the_same_is_reported(
    memory: Memory, first: str, second: str, *, near: bool
) -> None:
    one = memory.put(first)
    two = memory.put(second)
    assert two.outcome == "stored"
    assert [each.id for each in two.near] == ([one.id] if near else [])
    assert all(0.7 <= each.similarity < 1 for each in two.near)
    assert memory.put(second, namespace="other").near == ()


def test_the_nearest_come_first_and_an_item_is_not_near_to_itself(memory: Memory) -> None:
    base = memory.put(LONG).id
    words = LONG.split()
    for number in range(8):
        text = " ".join([*words[: -10 + number], f"end{number}"])
        near = memory.put(text).near
    assert len(near) == 5
    assert [each.similarity for each in near] == sorted(
        (each.similarity for each in near), reverse=True
    )
    assert memory.update(base, text=LONG + " again").item.id == base


def test_the_same_turn_said_twice_is_no_duplicate_but_the_same_place_is(memory: Memory) -> None:
    def say(turn: int) -> str:
        source = Source(session="s", turn=turn)
        return memory.put("yes", kind=ItemKind.CONVERSATION, source=source).outcome

    assert [say(1), say(2), say(1)] == ["stored", "stored", "duplicate"]


def test_a_sketch_is_small_and_likeness_a_share() -> None:
    assert len(sketch(words_of(LONG))) == SKETCH_SIZE
    assert sketch([]) == []
    assert len(sketch(["one"])) == 1
    assert similarity(Counter("ab"), Counter("bc")) == pytest.approx(1 / 3)
    assert similarity(Counter(), Counter()) == 0
