"""The graph of a file of vectors: refused unless whole and of that very file; gone when it must be."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from revo_edge.engines.recall import graph
from revo_edge.engines.recall.graph import Graph, beside
from revo_edge.engines.recall.vector_build import Build, build
from revo_edge.engines.recall.vector_file import (
    HEAD_BYTES,
    BadVectorFile,
    VectorFile,
    copy_without,
    graph_of,
    remove,
)
from revo_edge.engines.recall.vectors import Vectors

pytest.importorskip("usearch")

DIM = 16
COUNT = 2_000


def some(count: int = COUNT, seed: int = 0) -> NDArray[np.float32]:
    numbers = np.random.default_rng(seed).standard_normal((count, DIM))
    return np.asarray(numbers / np.linalg.norm(numbers, axis=1, keepdims=True), np.float32)


def made(path: Path, seed: int = 0, generation: int = 1) -> VectorFile:
    rows = (
        (seq, seq % 3, vector.astype("<f2").tobytes())
        for seq, vector in enumerate(some(COUNT, seed))
    )
    build(path, rows, Build("m", DIM, generation))
    return VectorFile(path, "m", DIM)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> VectorFile:
    file = made(tmp_path_factory.mktemp("graph") / "a.vectors")
    graph.build(file)
    return file


@pytest.fixture
def file(whole: VectorFile, tmp_path: Path) -> VectorFile:
    """Return a copy of the file with its graph, to be damaged."""
    shutil.copy(whole.path, tmp_path / "a.vectors")
    shutil.copy(graph_of(whole.path), tmp_path / "a.usearch")
    return VectorFile(tmp_path / "a.vectors", "m", DIM)


def test_it_names_the_nearest_first(file: VectorFile) -> None:
    vectors = some()
    found = Graph(file)
    for place in range(0, COUNT, 100):
        seqs, cosines = found.search(vectors[place], 10)
        assert seqs[0] == place
        np.testing.assert_allclose(cosines, vectors[seqs] @ vectors[place], atol=4e-3)
        assert np.all(np.diff(cosines) <= 0)


def test_it_is_private_and_nothing_else_is_left(file: VectorFile) -> None:
    graph.build(file)
    assert graph_of(file.path).stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in file.path.parent.iterdir()) == ["a.usearch", "a.vectors"]


@pytest.mark.parametrize("damage", ["cut", "half", "longer", "links", "counts", "head", "empty"])
def test_a_damaged_graph_is_refused_and_done_without(file: VectorFile, damage: str) -> None:
    path = graph_of(file.path)
    content = bytearray(path.read_bytes())
    if damage == "cut":
        del content[-1:]
    elif damage == "half":
        del content[len(content) // 2 :]
    elif damage == "longer":
        content += b"\0"
    elif damage == "links":
        content[-HEAD_BYTES - 100] ^= 1
    elif damage == "counts":
        content[0] ^= 1
    elif damage == "head":
        content[-HEAD_BYTES + 20] ^= 1
    else:
        content.clear()
    path.write_bytes(content)
    with pytest.raises(BadVectorFile, match=str(path)):
        Graph(file)
    assert beside(file) is None


def test_every_link_is_checked(file: VectorFile) -> None:
    path = graph_of(file.path)
    content = path.read_bytes()
    for place in range(8 + 2 * COUNT * DIM, len(content), 5_003):
        damaged = bytearray(content)
        damaged[place] ^= 0x40
        path.write_bytes(damaged)
        if place < len(content) - HEAD_BYTES:
            with pytest.raises(BadVectorFile):
                Graph(file)


@pytest.mark.parametrize(("seed", "generation"), [(1, 1), (0, 2)])
def test_the_graph_of_another_file_is_refused(
    whole: VectorFile, tmp_path: Path, seed: int, generation: int
) -> None:
    other = made(tmp_path / "a.vectors", seed, generation)
    shutil.copy(graph_of(whole.path), tmp_path / "a.usearch")
    with pytest.raises(BadVectorFile, match="another file"):
        Graph(other)


def test_without_a_graph_everything_is_compared(
    file: VectorFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("revo_edge.engines.recall.vectors.EXACT_ROWS", 500)
    graph_of(file.path).unlink()
    index = Vectors(DIM, file)
    assert index.wants_graph
    best = np.argsort(-(some() @ some()[7]))[:10]
    assert index.search(some()[7], 10).seqs.tolist() == best.tolist()


def test_a_graph_that_is_built_later_is_taken_up(
    file: VectorFile, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("revo_edge.engines.recall.vectors.EXACT_ROWS", 500)
    graph_of(file.path).write_bytes(b"half")
    index = Vectors(DIM, file)
    index.take_graph()
    assert index.wants_graph
    assert len(caplog.records) == 1  # the same one is not tried, nor told of, again
    caplog.clear()
    graph.build(file)
    index.take_graph()
    assert not index.wants_graph


class Enough(Exception):
    """Raised to stop a build."""


@pytest.mark.parametrize("stage", ["progress", "check_cancelled"])
def test_a_build_that_is_stopped_leaves_nothing(tmp_path: Path, stage: str) -> None:
    file = made(tmp_path / "a.vectors")
    calls: list[object] = []

    def stop(*told: object) -> None:
        calls.append(told)
        if len(calls) > 2:
            raise Enough

    stopping: dict[str, Any] = {stage: stop}
    with pytest.raises(Enough):
        graph.build(file, **stopping)
    assert [path.name for path in tmp_path.iterdir()] == ["a.vectors"]


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    graph.build(made(tmp_path / "a.vectors"), lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1] == (COUNT, COUNT)


def grown(path: Path, vectors: NDArray[np.float32], first: int = 0) -> VectorFile:
    """Return a later file: the vectors of the first one from `first` on, and 200 more."""
    every = enumerate(np.concatenate((vectors, some(200, seed=9))))
    rows = ((seq, seq % 5, vector.astype("<f2").tobytes()) for seq, vector in every if seq >= first)
    build(path, rows, Build("m", DIM, 2))
    return VectorFile(path, "m", DIM)


def test_only_what_is_new_is_added_to_the_graph_of_an_earlier_file(
    file: VectorFile, tmp_path: Path
) -> None:
    later = grown(tmp_path / "b.vectors", some())
    told: list[int] = []
    graph.build(later, lambda done, total: told.append(done), earlier=file)
    assert told == [COUNT + 200]
    found = Graph(later)
    for seq, vector in ((3, some()[3]), (COUNT + 50, some(200, seed=9)[50])):
        assert found.search(vector, 5)[0][0] == seq


@pytest.mark.parametrize("change", ["forgotten", "other vector", "no graph", "damaged"])
def test_the_graph_of_an_earlier_file_that_does_not_fit_is_left_alone(
    file: VectorFile, tmp_path: Path, change: str
) -> None:
    vectors, first = some(), 0
    if change == "forgotten":
        first = 1
    elif change == "other vector":
        vectors[7] = -vectors[7]
    elif change == "no graph":
        graph_of(file.path).unlink()
    else:
        graph_of(file.path).write_bytes(graph_of(file.path).read_bytes()[:-1])
    later = grown(tmp_path / "b.vectors", vectors, first)
    graph.build(later, earlier=file)
    seqs, _ = Graph(later).search(some()[0], COUNT + 200)
    assert np.sort(seqs).tolist() == np.sort(later.seqs).tolist()
    gone = {"forgotten": some()[0], "other vector": some()[7]}.get(change)
    if gone is not None:
        assert gone.astype("<f2").tobytes() not in graph_of(later.path).read_bytes()


def test_a_vector_of_no_numbers_spoils_nothing(tmp_path: Path) -> None:
    vectors = some()
    vectors[::50] = np.nan
    rows = ((seq, 1, vector.astype("<f2").tobytes()) for seq, vector in enumerate(vectors))
    build(tmp_path / "a.vectors", rows, Build("m", DIM, 1))
    file = VectorFile(tmp_path / "a.vectors", "m", DIM)
    graph.build(file)
    seqs, _ = Graph(file).search(vectors[7], 5)
    assert seqs[0] == 7


def test_what_was_forgotten_is_in_no_file(file: VectorFile) -> None:
    """A purge writes a copy and removes the old file with its graph, also one that comes late."""
    folder, forgotten = file.path.parent, some()[700].astype("<f2").tobytes()
    assert forgotten in graph_of(file.path).read_bytes()
    new = folder / "b.vectors"
    gone = np.array([700], np.int64)
    copy_without(file, new, gone, generation=2, check_cancelled=lambda: None)

    def purge(done: int, total: int) -> None:
        if done == total:
            remove(file.path)

    with pytest.raises(BadVectorFile, match="replaced while its graph was built"):
        graph.build(file, purge)
    assert [path.name for path in folder.iterdir()] == ["b.vectors"]
    assert forgotten not in new.read_bytes()
    assert beside(VectorFile(new, "m", DIM)) is None


def test_a_file_in_the_place_of_another_has_no_graph(file: VectorFile) -> None:
    gone = np.array([700], np.int64)
    copy_without(file, file.path, gone, generation=2, check_cancelled=lambda: None)
    assert [path.name for path in file.path.parent.iterdir()] == ["a.vectors"]
