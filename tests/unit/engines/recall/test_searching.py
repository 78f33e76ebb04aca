import sqlite3

import pytest

from revo_edge.contract.recall import Filter, NewItem
from revo_edge.engines.recall import searching
from revo_edge.engines.recall.filters import Where
from revo_edge.engines.recall.searching import NoVectors, Question, Scores, search
from tests.unit.engines.recall.memory import Memory


class FixedVectors(NoVectors):
    """Finds the same versions whatever is asked, as a vector file of an older state may."""

    def __init__(self, scores: Scores) -> None:
        super().__init__("")
        self.scores = scores

    def near(self, db: sqlite3.Connection, query: str, where: Where, limit: int) -> Scores:
        return self.scores

    def like(self, db: sqlite3.Connection, seq: int, where: Where, limit: int) -> Scores:
        return self.scores


def found(memory: Memory, vectors: NoVectors, question: Question) -> list[int]:
    return [each.seq for each in search(memory.reader._db, vectors, question).ranked]


def test_what_vectors_find_must_hold_and_fit(memory: Memory) -> None:
    first = memory.put("amber").id
    memory.put("birch", namespace="other")
    gone = memory.put("cedar").id
    memory.put("delta")
    memory.update(first, text="ember")
    memory.forget(gone)
    vectors = FixedVectors([(seq, 0.9) for seq in range(1, 8)])
    now = memory.clock.now
    everything = Question("zzz", Filter(), 10, now)
    assert sorted(found(memory, vectors, everything)) == [2, 4, 5]
    default = everything._replace(filter=Filter(namespaces=("default",)))
    assert sorted(found(memory, vectors, default)) == [4, 5]
    assert found(memory, vectors, default._replace(mode="lexical")) == []
    assert sorted(found(memory, vectors, everything._replace(like=4))) == [2, 5]
    past = everything._replace(filter=Filter(as_of=now))
    assert 1 in found(memory, vectors, past)


def test_both_sides_count_together(memory: Memory) -> None:
    memory.put("amber birch")
    memory.put("amber cedar delta ember")
    lexical = Question("amber", Filter(), 10, memory.clock.now)
    assert found(memory, NoVectors("none"), lexical) == [1, 2]
    assert found(memory, FixedVectors([(2, 0.9)]), lexical) == [2, 1]


@pytest.fixture
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "OVERFETCH", 5)


@pytest.mark.usefixtures("few_at_once")
def test_a_filter_that_hardly_anything_fits_still_finds_it(memory: Memory) -> None:
    texts = ["amber " * (40 - number) for number in range(30)]
    memory.store(*(NewItem(text) for text in texts))
    memory.store(NewItem("amber " + "other " * 50, tags=("rare",), metadata={"n": 1}))
    for wanted in (Filter(tags=("rare",)), Filter(metadata={"n": 1})):
        assert memory.texts("amber", wanted)[0].startswith("amber other")
    assert len(memory.texts("amber", Filter(since=0.0), k=31)) == 31


def test_the_answer_says_when_the_first_hit_expires(memory: Memory) -> None:
    memory.put("amber", ttl_s=50)
    memory.put("amber birch", ttl_s=20)
    question = Question("amber", Filter(), 10, memory.clock.now)
    answer = search(memory.reader._db, NoVectors("no model"), question)
    assert answer.until == memory.clock.now + 20
    assert (answer.candidates, answer.lexical_only) == (2, "no model")
    assert NoVectors("").note() == {}
