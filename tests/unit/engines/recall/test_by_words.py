"""What the file of words finds is what FTS5 finds."""

import random
from pathlib import Path

import pytest

from revo_edge.contract.recall import Filter, ItemKind, NewItem, Source
from revo_edge.contract.recall_writes import RecallSwap
from revo_edge.engines.recall import filters, meta, query, terms, word_build
from revo_edge.engines.recall.by_words import Scores, Words
from tests.unit.engines.recall.memory import Memory

pytest.importorskip("numpy")

WORDS = [
    "amber",
    "birch",
    "cedar",
    "delta",
    "ember",
    "find_user",
    "getName",
    "über",
    "日本語",
    "running",
    "runs",
    "7",
    "the",
]
KINDS = [kind for kind in ItemKind if kind is not ItemKind.UNKNOWN]
QUERIES = [
    "amber",
    "birch cedar",
    "find_user amber",
    "日本",
    '"cedar delta"',
    "run the",
    "zzz",
    "7",
]
FILTERS = [
    Filter(),
    Filter(namespaces=("a",)),
    Filter(kinds=(ItemKind.NOTE,)),
    Filter(namespaces=("b",), kinds=(ItemKind.CODE, ItemKind.CONVERSATION)),
    Filter(tags=("rare",)),
    Filter(metadata={"n": 3}),
]


def fill(memory: Memory, count: int, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - texts of a test
    items = []
    for number in range(count):
        kind = chance.choice(KINDS)
        turn = Source(session=f"s{number % 3}", turn=number, speaker="Ann")
        items.append(
            NewItem(
                text=" ".join(chance.choices(WORDS, k=chance.randint(1, 30))) + f" {number}",
                namespace=chance.choice("ab"),
                kind=kind,
                tags=("rare",) if chance.random() < 0.1 else (),
                metadata={"n": number % 20},
                source=turn if kind is ItemKind.CONVERSATION else Source(),
            )
        )
    memory.store(*items)


def serve(memory: Memory) -> None:
    """Write the file of words and have it served, as the task does."""
    folder = memory.home / meta.INDEXES
    folder.mkdir(exist_ok=True)
    name = f"{len(list(folder.iterdir()))}.words"
    head = word_build.build(folder / name, memory.reader._db, word_build.Report())
    memory.writer.call("recall.swap_index", RecallSwap(name, head.generation, head.last_seq))


def find(memory: Memory, asked: str, wanted: Filter, limit: int = 1_000) -> Scores:
    words = Words(memory.reader._db, memory.home)
    found = words.find(query.parse(asked), filters.where(memory.reader._db, wanted), limit)
    words.close()
    return found


@pytest.mark.parametrize("seed", range(3))
def test_the_file_scores_as_full_text_does(memory: Memory, seed: int) -> None:
    fill(memory, 300, seed)
    cases = [(asked, wanted) for asked in QUERIES for wanted in FILTERS]
    by_full_text = [find(memory, *case) for case in cases]
    serve(memory)
    for case, expected in zip(cases, by_full_text, strict=True):
        found = find(memory, *case)
        assert dict(found) == pytest.approx(dict(expected), rel=1e-3, abs=1e-4), case
        assert [score for _, score in found] == sorted((s for _, s in found), reverse=True)
    assert any(by_full_text)


def test_what_came_since_stands_beside_it(memory: Memory) -> None:
    fill(memory, 50, 1)
    serve(memory)
    new = memory.put("amber amber amber quartz", namespace="a")
    assert memory.texts("quartz") == ["amber amber amber quartz"]
    assert "amber amber amber quartz" in memory.texts("amber", Filter(namespaces=("a",)), k=50)
    memory.update(new.id, text="onyx")
    assert memory.texts("quartz", k=5) == []
    assert memory.texts("onyx") == ["onyx"]


def test_what_was_superseded_or_forgotten_since_is_not_found(memory: Memory) -> None:
    stored = memory.store(*(NewItem(f"quartz number{n}") for n in range(150))).stored
    memory.put("opal quartz " + "filler " * 40)
    serve(memory)
    for item in stored[:12]:
        memory.update(item.id, text=f"onyx {item.id}")
    memory.forget(*(item.id for item in stored[12:]))
    assert memory.texts("quartz", k=5) == ["opal quartz " + "filler " * 40]
    assert len(memory.texts("onyx", k=200)) == 12
    past = Filter(as_of=memory.clock.now)
    assert memory.texts("quartz", past, k=200)


def test_a_narrow_filter_finds_what_is_far_below_the_best(memory: Memory) -> None:
    memory.store(*(NewItem(f"amber amber n{number}") for number in range(1_200)))
    memory.put("birch amber " + "filler " * 50, tags=("rare",))
    serve(memory)
    assert len(memory.texts("amber", Filter(tags=("rare",)))) == 1


def test_a_damaged_file_is_done_without(memory: Memory, caplog: pytest.LogCaptureFixture) -> None:
    fill(memory, 30, 2)
    expected = find(memory, "amber", Filter())
    serve(memory)
    (path,) = (memory.home / meta.INDEXES).iterdir()
    path.write_bytes(path.read_bytes()[:-1])
    assert find(memory, "amber", Filter()) == expected
    path.unlink()
    assert find(memory, "amber", Filter()) == expected
    assert "is not used" in caplog.text


def test_another_file_is_taken_up(memory: Memory, tmp_path: Path) -> None:
    fill(memory, 30, 3)
    serve(memory)
    words = Words(memory.reader._db, memory.home)
    where = filters.where(memory.reader._db, Filter())
    words.find(query.parse("amber"), where, 5)
    assert words._file is not None
    assert words._file.last_seq == 30
    memory.put("amber")
    serve(memory)
    words.find(query.parse("amber"), where, 5)
    assert words._file.last_seq == 31
    words.close()


def test_of_rows_that_are_all_alike_the_newest_are_taken(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terms, "BUDGET_ROWS", 3)
    memory.store(*(NewItem(f"amber number{n}") for n in range(8)))
    found = find(memory, "amber", Filter(), limit=2)
    assert [seq for seq, _ in found] == [8, 7]
