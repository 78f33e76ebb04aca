"""Vectors: a search equals comparing everything, and what was removed is gone."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from revo_edge.engines.recall import graph
from revo_edge.engines.recall import vectors as module
from revo_edge.engines.recall.vector_build import build
from revo_edge.engines.recall.vector_file import VectorFile
from revo_edge.engines.recall.vectors import Vectors, kernel
from tests.unit.engines.recall.vector_data import (
    DIM,
    Floats,
    about,
    assert_nearest,
    blob,
    brute,
    made,
    rows,
    some,
    unit,
)

STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "remove", "search"]), st.integers(1, 60), st.integers(0, 3)),
    max_size=40,
)


@settings(max_examples=40, deadline=None)
@given(in_file=st.integers(0, 40), steps=STEPS, seed=st.integers(0, 9), rebuilt=st.booleans())
def test_a_search_equals_comparing_everything(
    tmp_path_factory: pytest.TempPathFactory,
    in_file: int,
    steps: list[tuple[str, int, int]],
    seed: int,
    *,
    rebuilt: bool,
) -> None:
    path = tmp_path_factory.mktemp("v") / "a.vectors"
    pool = some(80, seed, clusters=5)
    pool[::7] = pool[0]  # some are exactly alike
    base = rows(pool[:in_file], [seq % 4 for seq in range(in_file)])
    vectors = Vectors(DIM, made(path, base))
    known = {seq: (namespace, vector) for seq, namespace, vector in base}
    for number, (act, seq, namespace) in enumerate(steps):
        if act == "add":
            vector = blob(pool[number + 40])
            vectors.add(seq, namespace, vector)
            known[seq] = (namespace, vector)
        elif act == "remove":
            vectors.remove(seq)
            known.pop(seq, None)
        else:
            check(vectors, known, pool[seq], k=namespace * 7 + 1, choice=seq)
    assert len(vectors) == len(known)
    if rebuilt:
        build(path, [(seq, *rest) for seq, rest in known.items()], about(2))
        vectors = Vectors(DIM, VectorFile(path, "m", DIM))
    check(vectors, known, pool[1], k=5, choice=1)


def check(
    vectors: Vectors, known: dict[int, tuple[int, bytes]], query: Floats, k: int, choice: int
) -> None:
    found = vectors.search(query, k)
    assert_nearest(found, brute(known, query, lambda seq, namespace: True), k)
    found = vectors.search(query, k, namespaces=[choice % 4, 2, 99])
    assert_nearest(found, brute(known, query, lambda seq, ns: ns in (choice % 4, 2)), k)
    found = vectors.search(query, k, fits=lambda seqs: seqs % 3 == choice % 3)
    assert_nearest(found, brute(known, query, lambda seq, ns: seq % 3 == choice % 3), k)
    few = np.array([choice, 3, 3, 50, 10_000], np.int64)
    found = vectors.search(query, k, among=few, namespaces=[0, 2])
    assert_nearest(found, brute(known, query, lambda seq, ns: seq in few and ns in (0, 2)), k)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[VectorFile, Floats]:
    """Return a file with a graph: one namespace of 4,500 vectors, and 300 of 5."""
    pytest.importorskip("usearch")
    vectors = some(6_000, clusters=200)
    namespaces = [0 if seq % 4 else 1 + seq % 300 for seq in range(len(vectors))]
    file = made(tmp_path_factory.mktemp("large") / "a.vectors", rows(vectors, namespaces))
    graph.build(file)
    return file, vectors


@pytest.fixture
def by_graph(large: tuple[VectorFile, Floats], monkeypatch: pytest.MonkeyPatch) -> Vectors:
    """Return an index that asks the graph when more than 1,000 vectors are searched."""
    monkeypatch.setattr(module, "EXACT_ROWS", 1_000)
    return Vectors(DIM, large[0])


def queries_near(vectors: Floats) -> Floats:
    """Return 25 that are near a vector and 25 that are not."""
    queries = some(50, seed=5, clusters=200)
    queries[::2] = unit(vectors[: 25 * 40 : 40] + 0.2 * queries[::2])
    return queries


def kept(found: list[int], cosines: Floats, allowed: NDArray[np.bool_]) -> float:
    """Return the share of the ten best that was found; what is not allowed must not be."""
    assert allowed[np.array(found) - 1].all()
    best = np.argsort(-np.where(allowed, cosines, -2))[:10] + 1
    return len(set(best.tolist()) & set(found)) / 10


def numbers(namespaces: Iterable[int]) -> NDArray[np.bool_]:
    """Return which of the vectors of `large` are of these namespaces."""
    of = np.array([0 if seq % 4 else 1 + seq % 300 for seq in range(6_000)])
    return np.isin(of, list(namespaces))


CHOICES: dict[str, dict[str, Any]] = {
    "all": {},
    "the large namespace": {"namespaces": [0]},
    "many small ones": {"namespaces": range(1, 301)},
    "a tenth": {"fits": lambda seqs: seqs % 10 == 3},
    "a tenth of the large one": {"namespaces": [0], "fits": lambda seqs: seqs % 10 == 2},
}


@pytest.mark.parametrize("choice", CHOICES)
def test_the_graph_names_nearly_all_of_the_best_and_filters_never_leak(
    large: tuple[VectorFile, Floats], by_graph: Vectors, choice: str
) -> None:
    _, vectors = large
    asked = CHOICES[choice]
    allowed = numbers(asked.get("namespaces", range(301)))
    allowed &= asked.get("fits", lambda seqs: seqs > 0)(np.arange(1, 6_001))
    shares = []
    for query in queries_near(vectors):
        found = by_graph.search(query, 10, **asked)
        assert len(found.seqs) == 10
        assert np.all(np.diff(found.cosines) <= 0)
        shares.append(kept(found.seqs.tolist(), vectors @ query, allowed))
    assert np.mean(shares) > 0.95


def test_the_graph_is_asked_where_many_are_searched(
    large: tuple[VectorFile, Floats], by_graph: Vectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[int] = []
    plain = by_graph._compare

    def counting(halves: Any, query: Any) -> Floats:
        compared.append(len(halves))
        return plain(halves, query)

    monkeypatch.setattr(by_graph, "_compare", counting)
    by_graph.search(large[1][0], 10)
    assert sum(compared) == 0
    by_graph.search(large[1][0], 10, namespaces=[1, 5])
    assert sum(compared) == numbers([1, 5]).sum()
    compared.clear()
    by_graph.search(large[1][0], 1_000)  # to walk to so many takes longer
    assert sum(compared) == 6_000


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 999),
    k=st.integers(1, 40),
    hidden=st.sets(st.integers(1, 6_000), max_size=200),
    added=st.integers(0, 30),
    share=st.integers(1, 7),
)
def test_what_came_and_went_since_counts_beside_the_graph(
    large: tuple[VectorFile, Floats],
    seed: int,
    k: int,
    hidden: set[int],
    added: int,
    share: int,
) -> None:
    file, vectors = large
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "EXACT_ROWS", 1_000)
        index = Vectors(DIM, file)
    query = some(1, seed, clusters=1)[0]
    cosines = np.full(6_031, -2.0, np.float32)
    cosines[1:6_001] = vectors @ query
    nearest = np.argsort(-cosines)[: len(hidden) // 2]
    fresh = unit(query + some(30, seed + 1))
    for seq, vector in enumerate(fresh[:added], 5_990):  # some replace what the file has
        index.add(seq, 0, blob(vector))
        cosines[seq] = vector @ query
    for seq in hidden | set(nearest.tolist()):
        index.remove(seq)
        cosines[seq] = -2
    cosines[np.arange(len(cosines)) % share > 0] = -2
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "EXACT_ROWS", 1_000)
        found = index.search(query, k, fits=lambda seqs: seqs % share == 0)
    seqs = found.seqs.tolist()
    assert len(seqs) == len(set(seqs)) == k
    assert min(cosines[seqs]) > -2
    np.testing.assert_allclose(cosines[seqs], found.cosines, atol=4e-3)
    assert len(set(np.argsort(-cosines)[:k].tolist()) & set(seqs)) >= 0.8 * k - 1


def test_a_filter_that_leaves_too_few_of_the_nearest_still_finds_all(
    large: tuple[VectorFile, Floats], by_graph: Vectors
) -> None:
    vectors = large[1]
    farthest = np.sort(np.argsort(vectors @ vectors[0])[:20] + 1)
    found = by_graph.search(vectors[0], 20, fits=lambda seqs: np.isin(seqs, farthest))
    assert np.sort(found.seqs).tolist() == farthest.tolist()


def test_near_ones_that_came_since_do_not_hide_the_files_own(
    large: tuple[VectorFile, Floats], by_graph: Vectors
) -> None:
    """What the graph names is all filtered out, and the rest comes before what came since."""
    vectors = large[1]
    cosines = vectors @ vectors[0]
    order = np.argsort(-cosines) + 1
    middle = set(order[500:520].tolist())
    for seq in range(7_000, 7_040):
        by_graph.add(seq, 0, blob(-vectors[0]))
    found = by_graph.search(
        vectors[0], 20, fits=lambda seqs: np.array([s in middle or s >= 7_000 for s in seqs])
    )
    assert set(found.seqs.tolist()) == middle


def test_without_numkong_the_same_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numkong")
    halves = some(2_000).astype(np.float16)
    fast = kernel()(halves, some(1, seed=3)[0])
    monkeypatch.setitem(sys.modules, "numkong", None)
    slow = kernel()(halves, some(1, seed=3)[0])
    np.testing.assert_allclose(fast, slow, atol=2e-3)


def test_a_removed_vector_of_the_tail_is_overwritten() -> None:
    index = Vectors(DIM)
    for seq, vector in enumerate(some(3)):
        index.add(seq, 0, blob(vector))
    index.remove(0)
    assert blob(some(3)[0]) not in index._tail._vectors.tobytes()


def test_what_cannot_be_a_vector_or_a_query_is_refused() -> None:
    index = Vectors(DIM)
    with pytest.raises(ValueError, match="version 7 has 2 bytes"):
        index.add(7, 1, b"ab")
    for query in (np.full(DIM, np.nan, np.float32), np.ones(DIM + 1, np.float32)):
        with pytest.raises(ValueError, match="finite"):
            index.search(query, 3)
    assert index.search(np.ones(DIM, np.float32), 0).seqs.tolist() == []
    assert index.search(np.ones(DIM, np.float32), 10**6).seqs.tolist() == []


def test_a_vector_of_no_numbers_comes_last(tmp_path: Path) -> None:
    vectors = some(5)
    vectors[0] = np.nan
    index = Vectors(DIM, made(tmp_path / "a.vectors", rows(vectors, [1] * 5)))
    assert index.search(vectors[2], 5).seqs.tolist()[-1] == 1


def test_it_asks_to_be_built_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TAIL_ROWS", 3)
    index = Vectors(DIM, made(tmp_path / "a.vectors", rows(some(10), [1] * 10)))
    for seq in range(20, 23):
        index.add(seq, 1, blob(some(1)[0]))
    assert not index.wants_build
    index.remove(1)
    assert index.wants_build
