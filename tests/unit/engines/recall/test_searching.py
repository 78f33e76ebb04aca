import sqlite3
from collections.abc import Sequence
from typing import Any

import pytest

from revo_edge.contract.recall import Filter, ItemKind, NewItem
from revo_edge.engines.recall import by_words
from revo_edge.engines.recall.filters import Where
from revo_edge.engines.recall.searching import Question, Search, Vectors
from tests.unit.engines.recall.memory import Memory

np = pytest.importorskip("numpy")


class FixedVectors:
    """Finds the same versions whatever is asked, as a vector file of an older state may."""

    def __init__(self, cosines: dict[int, float]) -> None:
        self.cosines = cosines

    def missing(self, db: sqlite3.Connection) -> str:
        return ""

    def start(self, text: str) -> Any:
        return lambda: np.array([1.0, 0.0], np.float32)

    def of_version(self, db: sqlite3.Connection, seq: int) -> Any:
        return self.start("")() if seq in self.cosines else None

    def near(
        self, db: sqlite3.Connection, vector: Any, where: Where, limit: int, *, checked: bool
    ) -> list[int]:
        return list(self.cosines)

    def rows(self, seqs: Sequence[int]) -> Any:
        known = [self.cosines.get(seq, 0.0) for seq in seqs]
        return np.array([[c, (1 - c * c) ** 0.5 if c else 0.0] for c in known], np.float32)

    def rest(self) -> float | None:
        return None

    def note(self) -> dict[str, float]:
        return {}

    def close(self) -> None:
        pass


def found(memory: Memory, vectors: Vectors | None, question: Question) -> list[int]:
    search = Search(memory.reader._db, memory.home, vectors, "no model")
    ranked = [each.seq for each in search.run(question).ranked]
    search.close()
    return ranked


def test_what_vectors_find_must_hold_and_fit(memory: Memory) -> None:
    first = memory.put("amber").id
    memory.put("birch", namespace="other")
    gone = memory.put("cedar").id
    memory.put("delta")
    memory.update(first, text="ember")
    memory.forget(gone)
    vectors = FixedVectors(dict.fromkeys(range(1, 8), 0.9))
    now = memory.clock.now
    everything = Question("zzz", Filter(), 10, now)
    assert sorted(found(memory, vectors, everything)) == [2, 4, 5]
    default = everything._replace(filter=Filter(namespaces=("default",)))
    assert sorted(found(memory, vectors, default)) == [4, 5]
    assert found(memory, vectors, default._replace(mode="lexical")) == []
    assert sorted(found(memory, vectors, everything._replace(like=4))) == [2, 5]
    assert found(memory, vectors, everything._replace(like=99)) == []
    past = everything._replace(filter=Filter(as_of=now))
    assert 1 in found(memory, vectors, past)


def test_both_sides_count_together(memory: Memory) -> None:
    memory.put("amber birch")
    memory.put("amber cedar delta ember")
    question = Question("amber", Filter(), 10, memory.clock.now)
    assert found(memory, None, question) == [1, 2]
    assert found(memory, FixedVectors({1: 0.1, 2: 0.9}), question) == [2, 1]


@pytest.fixture
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_words, "OVERFETCH", 5)


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
    search = Search(memory.reader._db, memory.home, None, "no model")
    answer = search.run(question)
    assert answer.until == memory.clock.now + 20
    assert (answer.candidates, answer.lexical_only) == (2, "no model")
    search.close()


def test_a_scope_is_asked_for_only_where_it_restricts(memory: Memory) -> None:
    memory.put("amber", namespace="a")
    asked: list[str] = []
    memory.reader._db.set_trace_callback(asked.append)
    wanted = Filter(namespaces=("a",), kinds=(ItemKind.CODE, ItemKind.NOTE, ItemKind.DOCUMENT))
    assert memory.texts("amber", wanted) == ["amber"]
    assert not any("scope : (n" in each or "scope : (k" in each for each in asked)
    memory.put("amber", namespace="b")
    assert memory.texts("amber", wanted) == ["amber"]
    assert any("scope : (n1)" in each for each in asked)
    assert memory.texts("n1 k0") == []
