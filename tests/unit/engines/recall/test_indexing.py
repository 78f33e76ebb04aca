from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from revo_edge.contract.recall import Filter, NewItem, RecallForget, RecallStats, RecallStore
from revo_edge.contract.recall_writes import RecallVectors
from revo_edge.engines.base import Cancelled
from revo_edge.engines.recall import graph, meta, vectors
from revo_edge.engines.recall.indexing import Indexed
from revo_edge.engines.recall.meta import INDEXES
from revo_edge.engines.recall.params import IndexParams
from revo_edge.engines.recall.reading import reading
from revo_edge.engines.recall.vector_file import VectorFile, graph_of
from tests.unit.engines.recall.local import Local

MODEL = "m"


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Local]:
    found = Local(tmp_path / "home", MODEL)
    yield found
    found.close()


def add(memory: Local, count: int) -> None:
    items = tuple(NewItem(f"text {n}", namespace=f"n{n % 2}") for n in range(count))
    memory.call("recall.store", RecallStore(items))
    made = np.eye(count, 8, dtype="<f2")
    rows = tuple((seq, vector.tobytes()) for seq, vector in enumerate(made, 1))
    memory.call("recall.put_vectors", RecallVectors(MODEL, rows))


def index(memory: Local, of: Any = "vectors") -> Indexed:
    result: Indexed = memory.run("recall.index", IndexParams(of))
    return result


def files(memory: Local) -> list[str]:
    return sorted(path.name for path in (memory.home / INDEXES).iterdir())


def test_all_vectors_are_in_the_file_that_is_served(memory: Local) -> None:
    add(memory, 8)
    found = index(memory)
    assert (found.vectors, files(memory)) == (8, [found.name])
    served = VectorFile(memory.home / INDEXES / found.name, MODEL, 8)
    assert sorted(served.seqs) == list(range(1, 9))
    with reading(memory.home) as db:
        assert db is not None
        assert meta.text(db, "index") == found.name


def test_a_new_file_takes_the_place_of_the_old(memory: Local) -> None:
    add(memory, 4)
    first = index(memory)
    second = index(memory)
    assert files(memory) == [second.name]
    assert second.generation > first.generation


def test_without_vectors_there_is_no_file(memory: Local) -> None:
    assert msgspec.structs.replace(index(memory), duration_s=0.0) == Indexed()
    assert not (memory.home / INDEXES).exists()


def test_a_cancelled_build_leaves_the_old_file_in_use(memory: Local) -> None:
    add(memory, 4)
    first = index(memory)
    memory.cancel_after = 0
    with pytest.raises(Cancelled):
        index(memory)
    assert files(memory) == [first.name]


def test_words_and_vectors_are_served_side_by_side(memory: Local) -> None:
    add(memory, 6)
    first = index(memory, "words")
    assert (first.rows, first.vectors, files(memory)) == (6, 0, [first.words])
    both = index(memory, "all")
    assert files(memory) == sorted([both.name, both.words])
    again = index(memory)
    assert files(memory) == sorted([again.name, both.words])
    with reading(memory.home) as db:
        assert db is not None
        assert (meta.text(db, "index"), meta.text(db, "words")) == (again.name, both.words)
        assert meta.number(db, "words_seq") == 6


def test_a_graph_goes_on_from_the_earlier_one_unless_that_holds_what_was_forgotten(
    memory: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "EXACT_ROWS", 4)
    started_with: list[bool] = []
    build = graph.build

    def noted(file: Any, progress: Any, check: Any, earlier: Any) -> Any:
        started_with.append(earlier is not None and graph_of(earlier.path).exists())
        return build(file, progress, check, earlier)

    monkeypatch.setattr(graph, "build", noted)
    add(memory, 6)
    index(memory)
    second = index(memory)
    assert files(memory) == sorted([second.name, graph_of(Path(second.name)).name])
    memory.call("recall.forget", RecallForget(filter=Filter(namespaces=("n0",))))
    index(memory)
    assert started_with == [False, True]
    assert len(files(memory)) == 1


def test_the_file_of_words_is_written_without_what_was_forgotten(memory: Local) -> None:
    items = (NewItem("the zebra crossing", namespace="gone"), NewItem("stays"))
    memory.call("recall.store", RecallStore(items))
    words = memory.home / INDEXES / index(memory, "words").words
    assert b"zebra" in words.read_bytes()
    memory.call("recall.forget", RecallForget(filter=Filter(namespaces=("gone",))))
    assert memory.call("recall.stats", RecallStats())["purge_pending"]
    index(memory, "words")
    memory.rest()
    left = [file.read_bytes() for file in memory.home.rglob("*") if file.is_file()]
    assert not any(b"zebra" in content for content in left)
