import numpy as np
import pytest

from revo_edge.engines.recall import similarity


def test_a_vector_in_a_crowd_is_denser_than_one_alone() -> None:
    crowd = np.tile(np.array([1.0, 0.0], np.float32), (12, 1))
    vectors = np.vstack([crowd, np.array([[0.0, 1.0]], np.float32)])
    density = similarity.density(vectors, vectors @ np.array([0.6, 0.8], np.float32))
    assert density[0] == pytest.approx(1.0)
    assert density[12] == pytest.approx(0.0)


@pytest.mark.parametrize("rows", [0, 1])
def test_few_candidates_have_no_density(rows: int) -> None:
    vectors = np.ones((rows, 2), np.float32)
    assert similarity.density(vectors, np.ones(rows, np.float32)).tolist() == [0.0] * rows


def test_rows_past_the_best_have_the_mean() -> None:
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(similarity.DENSE_MOST + 5, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = np.linspace(1, 0, len(vectors), dtype=np.float32)
    density = similarity.density(vectors, cosines)
    assert density[-5:] == pytest.approx([density[: similarity.DENSE_MOST].mean()] * 5)


def test_the_query_moves_towards_the_best_and_keeps_its_length() -> None:
    query, best = np.array([1.0, 0.0], np.float32), np.array([[0.0, 1.0]], np.float32)
    moved = similarity.refined(query, best, 0.5)
    assert np.linalg.norm(moved) == pytest.approx(1.0)
    assert moved @ best[0] > query @ best[0]
    assert similarity.refined(query, best[:0], 0.5) is query


def test_rows_of_zeros_are_no_vectors() -> None:
    assert similarity.present(np.array([[0.0, 0.0], [0.0, 1.0]])).tolist() == [False, True]
