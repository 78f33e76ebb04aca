"""Small vectors for the tests of those that keep and search them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from revo_edge.engines.recall.vector_build import Build, Row, build
from revo_edge.engines.recall.vector_file import VectorFile
from revo_edge.engines.recall.vectors import Nearest

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


def assert_nearest(found: Nearest, expected: dict[int, float], k: int) -> None:
    seqs = found.seqs.tolist()
    assert len(seqs) == len(set(seqs)) == min(k, len(expected))
    best = sorted(expected.values(), reverse=True)[: len(seqs)]
    np.testing.assert_allclose(found.cosines, best, atol=4e-3)
    np.testing.assert_allclose([expected[seq] for seq in seqs], best, atol=4e-3)
