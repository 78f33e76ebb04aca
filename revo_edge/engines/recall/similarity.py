"""Arithmetic on the vectors of one search's candidates; imported only where there are vectors."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from revo_edge.embed.base import Vectors

NEIGHBOURS = 10
"""Of how many nearest others the density is the mean."""

DENSE_MOST = 200
"""Among how many of the candidates it is measured: 40,000 products."""


def present(vectors: "Vectors") -> Any:
    """Return which rows are vectors; an item without one has a row of zeros."""
    return np.any(vectors != 0, axis=1)


def density(vectors: "Vectors", cosines: "Vectors") -> "Vectors":
    """Return for each row how near its nearest others are, as a mean cosine.

    A vector in a crowd is near to every query ("hubness"); what it gains by that is taken back, as
    cross-domain similarity local scaling does (Conneau et al. 2018, "Word Translation Without
    Parallel Data", 2.3), here among the best candidates instead of the whole store. Rows past
    those have the mean of the others.
    """
    best = np.argsort(-cosines, kind="stable")[:DENSE_MOST]
    found = np.zeros(len(vectors), np.float32)
    if len(best) < 2:
        return found
    among = vectors[best] @ vectors[best].T
    np.fill_diagonal(among, -1.0)
    near = min(NEIGHBOURS, len(best) - 1)
    crowd = np.partition(among, len(best) - near, axis=1)[:, -near:].mean(axis=1)
    found[:] = crowd.mean()
    found[best] = crowd
    return found


def refined(query: "Vectors", best: "Vectors", share: float) -> "Vectors":
    """Return the query's vector moved towards the mean of the best hits', of length 1.

    Rocchio's relevance feedback (1971) without a person: the first hits are taken as right.
    `share` is how much their mean counts beside the query.
    """
    if not len(best):
        return query
    mean = best.mean(axis=0)
    moved = query + share * mean / max(float(np.linalg.norm(mean)), 1e-9)
    found: Vectors = (moved / max(float(np.linalg.norm(moved)), 1e-9)).astype(np.float32)
    return found
