"""Vectors: a search equals comparing everything, and what was removed is gone."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from revo_edge.engines.recall import vectors as module
from revo_edge.engines.recall.cells import Build, Row, build
from revo_edge.engines.recall.vector_file import (
    BadVectorFile,
    VectorFile,
    copy_without,
    remove_leftovers,
)
from revo_edge.engines.recall.vectors import Vectors, kernel

DIM = 16
FIRST = 0x5EC0DE1122330000
"""A seq whose bytes are not found by chance."""
Floats = NDArray[np.float32]


def unit(numbers: NDArray[Any]) -> Floats:
    lengths = np.linalg.norm(numbers, axis=-1, keepdims=True)
    return np.asarray(numbers / np.maximum(lengths, 1e-12), np.float32)


def some(count: int, seed: int = 0, clusters: int = 40) -> Floats:
    chance = np.random.default_rng(seed)
    middle = chance.standard_normal((clusters, DIM))[chance.integers(0, clusters, count)]
    return unit(middle + 0.4 * chance.standard_normal((count, DIM)))


def blob(vector: Floats) -> bytes:
    return vector.astype("<f2").tobytes()


def rows(vectors: Floats, namespaces: Iterable[int], first: int = 1) -> list[Row]:
    numbered = enumerate(zip(vectors, namespaces, strict=True), first)
    return [(seq, namespace, blob(vector)) for seq, (vector, namespace) in numbered]


def about(generation: int = 1, model: str = "m") -> Build:
    return Build(model, DIM, generation)


def made(path: Path, given_rows: Iterable[Row]) -> VectorFile:
    build(path, given_rows, about())
    return VectorFile(path, "m", DIM)


def brute(known: dict[int, tuple[int, bytes]], query: Floats, fit: Any) -> dict[int, float]:
    """Return the cosine of each vector that fits, computed by other means."""
    return {
        seq: float(np.frombuffer(vector, "<f2").astype(np.float64) @ query.astype(np.float64))
        for seq, (namespace, vector) in known.items()
        if fit(seq, namespace)
    }


def assert_nearest(found: module.Nearest, expected: dict[int, float], k: int) -> None:
    seqs = found.seqs.tolist()
    assert len(seqs) == len(set(seqs)) == min(k, len(expected))
    best = sorted(expected.values(), reverse=True)[: len(seqs)]
    np.testing.assert_allclose(found.cosines, best, atol=4e-3)
    np.testing.assert_allclose([expected[seq] for seq in seqs], best, atol=4e-3)


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
    """Return a file with more rows than are compared one by one: one large namespace, many small."""
    count = 2 * module.EXACT_ROWS
    vectors = some(count, clusters=400)
    namespaces = [0 if seq % 4 else 1 + seq % 300 for seq in range(count)]
    return made(tmp_path_factory.mktemp("large") / "a.vectors", rows(vectors, namespaces)), vectors


def test_of_many_vectors_the_nearest_cells_hold_nearly_all_of_the_best(
    large: tuple[VectorFile, Floats],
) -> None:
    file, vectors = large
    index = Vectors(DIM, file)
    queries = some(50, seed=5, clusters=400)
    queries[::2] = unit(vectors[: 25 * 40 : 40] + 0.2 * queries[::2])
    kept = []
    for query in queries:
        best = set((np.argsort(-(vectors @ query))[:10] + 1).tolist())
        kept.append(len(best & set(index.search(query, 10).seqs.tolist())) / 10)
    assert np.mean(kept) > 0.95
    assert len(index._probe(queries[0], np.arange(file.head.cells))) < file.head.cells


def test_a_filter_that_leaves_too_few_of_the_nearest_still_finds_all(
    large: tuple[VectorFile, Floats],
) -> None:
    file, vectors = large
    farthest = np.sort(np.argsort(vectors @ vectors[0])[:20] + 1)
    found = Vectors(DIM, file).search(vectors[0], 20, fits=lambda seqs: np.isin(seqs, farthest))
    assert np.sort(found.seqs).tolist() == farthest.tolist()


def test_without_numkong_the_same_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numkong")
    halves = some(2_000).astype(np.float16)
    fast = kernel()(halves, some(1, seed=3)[0])
    monkeypatch.setitem(sys.modules, "numkong", None)
    slow = kernel()(halves, some(1, seed=3)[0])
    np.testing.assert_allclose(fast, slow, atol=2e-3)


def test_a_forgotten_vector_is_in_no_byte_of_the_copy(tmp_path: Path) -> None:
    vectors = some(1_500)
    old = made(
        tmp_path / "1.vectors", rows(vectors, [seq % 2 for seq in range(1_500)], first=FIRST)
    )
    gone = np.array([FIRST, FIRST + 700, 5], np.int64)
    copy_without(old, tmp_path / "2.vectors", gone, generation=2, check_cancelled=lambda: None)
    new = VectorFile(tmp_path / "2.vectors", "m", DIM)
    new.verify()
    content = new.path.read_bytes()
    for place in (0, 700):
        assert blob(vectors[place]) in old.path.read_bytes()
        assert blob(vectors[place]) not in content
        assert (FIRST + place).to_bytes(8, "little") not in content
    assert (new.head.count, new.head.generation) == (1_498, 2)
    index = Vectors(DIM, new)
    known = {seq: (ns, v) for seq, ns, v in rows(vectors, [s % 2 for s in range(1_500)], FIRST)}
    for seq in gone.tolist():
        known.pop(seq, None)
    assert_nearest(index.search(vectors[0], 9), brute(known, vectors[0], lambda seq, ns: True), 9)


def test_a_copy_makes_the_centre_of_a_cell_anew(tmp_path: Path) -> None:
    vectors = some(3)
    old = made(tmp_path / "1.vectors", rows(vectors, [1, 1, 2]))
    removed = np.array([1, 3], np.int64)
    copy_without(old, old.path, removed, generation=2, check_cancelled=lambda: None)
    new = VectorFile(old.path, "m", DIM)
    assert new.namespaces_of(np.array([0])).tolist() == [1]
    np.testing.assert_allclose(new.centres[0].astype(np.float32), vectors[1], atol=2e-3)
    assert old.seqs.tolist() == [1, 2, 3]  # the old file is still mapped


def test_a_removed_vector_of_the_tail_is_overwritten() -> None:
    index = Vectors(DIM)
    for seq, vector in enumerate(some(3)):
        index.add(seq, 0, blob(vector))
    index.remove(0)
    assert blob(some(3)[0]) not in index._tail._vectors.tobytes()


@pytest.mark.parametrize("damage", ["cut", "longer", "head", "table", "magic", "empty"])
def test_a_damaged_file_is_refused(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "a.vectors"
    file = made(path, rows(some(600), [1] * 600))
    content = bytearray(path.read_bytes())
    if damage == "cut":
        del content[-1:]
    elif damage == "longer":
        content += b"\0"
    elif damage == "head":
        content[20] ^= 1
    elif damage == "table":
        content[-600 * 4] ^= 1
    elif damage == "magic":
        content[:4] = b"SQLi"
    else:
        content.clear()
    del file
    path.write_bytes(content)
    with pytest.raises(BadVectorFile, match=str(path)):
        VectorFile(path, "m", DIM)


def test_a_changed_vector_is_seen_by_verify(tmp_path: Path) -> None:
    path = tmp_path / "a.vectors"
    made(path, rows(some(600), [1] * 600)).verify()
    content = bytearray(path.read_bytes())
    content[4096 + 77] ^= 1
    path.write_bytes(content)
    with pytest.raises(BadVectorFile, match="damaged"):
        VectorFile(path, "m", DIM).verify()


@pytest.mark.parametrize(("model", "dim"), [("other", DIM), ("m", DIM + 1)])
def test_a_file_of_another_model_is_refused(tmp_path: Path, model: str, dim: int) -> None:
    path = made(tmp_path / "a.vectors", rows(some(3), [1] * 3)).path
    with pytest.raises(BadVectorFile, match="holds vectors of m"):
        VectorFile(path, model, dim)


class Enough(Exception):
    """Raised to stop a build."""


@pytest.mark.parametrize("stage", ["progress", "check_cancelled"])
def test_a_build_that_is_stopped_leaves_the_old_file(tmp_path: Path, stage: str) -> None:
    path = made(tmp_path / "a.vectors", rows(some(3), [1] * 3)).path
    before = path.read_bytes()

    def stop(*told: int) -> None:
        if not told or told[0] > 1_000:
            raise Enough

    stopping = about(2)._replace(**{stage: stop})  # type: ignore[arg-type]  # by its name
    with pytest.raises(Enough):
        build(path, rows(some(1_000), [1] * 1_000), stopping)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["a.vectors"]  # noqa: PTH208  # names are what is compared


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    telling = about()._replace(progress=lambda done, total: told.append((done, total)))
    build(tmp_path / "a.vectors", rows(some(9_000), [seq % 2 for seq in range(9_000)]), telling)
    assert told == sorted(told)
    assert told[-1] == (18_000, 18_000)


def test_what_cannot_be_a_vector_or_a_query_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="version 7 has 2 bytes where 32 belong"):
        build(tmp_path / "a.vectors", [(7, 1, b"ab")], about())
    with pytest.raises(ValueError, match="twice"):
        build(tmp_path / "a.vectors", rows(some(2), [1, 1])[:1] * 2, about())
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


def test_leftovers_are_removed(tmp_path: Path) -> None:
    for name in ("1.vectors", "2.vectors", "3.vectors-new", "3.vectors-scratch", "memory.db"):
        (tmp_path / name).touch()
    remove_leftovers(tmp_path, tmp_path / "2.vectors")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2.vectors", "memory.db"]


def test_a_file_is_private_and_the_same_rows_make_the_same_file(tmp_path: Path) -> None:
    given_rows = rows(some(2_000), [1] * 2_000)
    first = made(tmp_path / "a.vectors", given_rows).path
    second = made(tmp_path / "b.vectors", given_rows).path
    assert first.read_bytes() == second.read_bytes()
    assert first.stat().st_mode & 0o777 == 0o600
