import pytest

np = pytest.importorskip("numpy")

from revo_edge.engines.recall.word_scores import Scored  # noqa: E402 - it needs numpy


def scored(pairs: dict[int, float]) -> Scored:
    return Scored(np.array(list(pairs), np.int64), np.array(list(pairs.values()), np.float32))


def test_the_best_come_first_and_of_equals_the_newer() -> None:
    found = scored({1: 0.5, 2: 2.0, 3: 0.5, 4: 1.0})
    assert found.best(9) == [(2, 2.0), (4, 1.0), (3, 0.5), (1, 0.5)]
    assert found.best(2) == [(2, 2.0), (4, 1.0)]
    assert scored({}).best(3) == []


def test_among_leaves_the_named_ones() -> None:
    assert scored({1: 0.5, 2: 2.0, 3: 0.25}).among([3, 1, 9]).best(9) == [(1, 0.5), (3, 0.25)]
    assert scored({1: 0.5}).among([]).best(9) == []
