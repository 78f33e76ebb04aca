"""The file of vectors: sound or refused, and what was forgotten is in no byte of it."""

from pathlib import Path

import numpy as np
import pytest

from revo_edge.engines.recall.vector_file import (
    BadVectorFile,
    VectorFile,
    copy_without,
    remove,
    remove_leftovers,
)
from revo_edge.engines.recall.vectors import Vectors
from tests.unit.engines.recall.vector_data import (
    DIM,
    FIRST,
    assert_nearest,
    blob,
    brute,
    made,
    rows,
    some,
)


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


def test_a_copy_knows_the_namespaces_of_what_is_left(tmp_path: Path) -> None:
    old = made(tmp_path / "1.vectors", rows(some(4), [1, 2, 1, 3]))
    removed = np.array([1, 2], np.int64)
    copy_without(old, old.path, removed, generation=2, check_cancelled=lambda: None)
    new = VectorFile(old.path, "m", DIM)
    assert new.namespaces.tolist() == [1, 3]
    assert new.namespaces_of(new.rows_of(np.array([3, 4]))).tolist() == [1, 3]
    assert old.seqs.tolist() == [1, 3, 2, 4]  # the old file is still mapped


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


def test_leftovers_are_removed(tmp_path: Path) -> None:
    for name in ("1.vectors", "1.usearch", "2.vectors", "2.usearch", "memory.db"):
        (tmp_path / name).touch()
    for name in ("2.usearch-new", "3.vectors-new", "3.vectors-scratch"):
        (tmp_path / name).touch()
    remove_leftovers(tmp_path, tmp_path / "2.vectors")
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["2.usearch", "2.vectors", "memory.db"]


def test_a_file_goes_with_its_graph(tmp_path: Path) -> None:
    for name in ("1.vectors", "1.usearch", "1.usearch-new", "2.vectors", "2.usearch"):
        (tmp_path / name).touch()
    remove(tmp_path / "1.vectors")
    remove(tmp_path / "3.vectors")  # there is none
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2.usearch", "2.vectors"]


def test_namespaces_that_stand_together_are_one_stretch(tmp_path: Path) -> None:
    file = made(tmp_path / "a.vectors", rows(some(9), [5, 2, 2, 7, 5, 9, 2, 7, 7]))
    assert file.stretches(None) == [(0, 9)]
    assert file.stretches([5, 2, 9, 4]) == [(0, 5), (8, 9)]
    assert file.stretches([3]) == []
    assert made(tmp_path / "b.vectors", []).stretches(None) == []
