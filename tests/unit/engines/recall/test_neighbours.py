import random

import pytest

from revo_edge.contract.recall import ItemKind, NewItem, Source
from revo_edge.engines.recall import ranking, rows
from revo_edge.engines.recall.schema import KIND_NUMBER
from revo_edge.engines.recall.text import TURN
from tests.unit.engines.recall.memory import Memory


def turn(number: int | None, text: str, at: float | None = None) -> NewItem:
    source = Source(session="s", turn=number, speaker="Ann")
    return NewItem(text, kind=ItemKind.CONVERSATION, source=source, at=at)


def check(memory: Memory) -> None:
    """Assert that the words of each turn are those of a session read as a whole."""
    db = memory.writer._db
    where = "WHERE session = 's' AND valid_to IS NULL ORDER BY turn, seq"
    rows_of = list(rows.read_rows(db, where))
    near = ranking.radius(KIND_NUMBER[ItemKind.CONVERSATION])
    expected = {
        row.seq: ranking.columns(
            row,
            ranking.Around(rows_of[max(n - near, 0) : n][::-1], rows_of[n + 1 : n + 1 + near]),
        )
        for n, row in enumerate(rows_of)
    }
    names = ", ".join(TURN.columns)
    found = db.execute(f"SELECT rowid, {names} FROM {TURN.name}")  # noqa: S608 - names of the package
    assert {seq: tuple(words) for seq, *words in found} == expected


@pytest.mark.parametrize("seed", range(6))
def test_the_words_around_a_turn_follow_every_change(memory: Memory, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - chooses changes, no secret
    ids: list[str] = []
    for step in range(12):
        numbers = [chance.choice((chance.randrange(30), 10**6 + step)) for _ in range(3)]
        items = [turn(number, f"word{step}x{number}") for number in numbers]
        ids += [each.id for each in memory.store(*items, duplicates="keep").stored]
        item = chance.choice(ids)
        memory.update(item, text=f"again{step}")
        if step % 2:
            ids.remove(item)
            memory.forget(item)
        check(memory)
    memory.sound()


def test_turns_without_numbers_stand_in_the_order_of_their_time(memory: Memory) -> None:
    for at in (30.0, 10.0, 20.0, 90.0):
        memory.store(turn(None, f"said{at:.0f}", at))
    check(memory)
    assert len(memory.hits("said90")) == 4
