"""Search by vector: the mapped file, what came after it, and what was removed since.

Scores are cosines, for all vectors are unit vectors. Where at most EXACT_ROWS are searched, every one
is compared; of more, the graph of the file names the nearest (see graph.py) and what is not of the
namespaces or does not fit is left out. Where too few are left, more are asked for, and at last
every one is compared after all. So of 50 namespaces of 2,000 vectors, one is compared whole, and all
of them together are asked of the graph; without a graph everything is compared, however many.

To forget for good, `remove` hides a version from the next search on; then the file is written again
without it (`vector_file.copy_without`, or `vector_build.build` from what memory.db still holds), the
new file is opened, and the old one and its graph removed (`vector_file.remove`). Nothing of what was
forgotten is in the new one. It has no graph, so searches compare every vector until one is built.

Import this module only where vectors are used: it needs numpy. With numkong the file's half-precision
numbers are compared as they are; without it numpy has to convert them first, 10 times slower.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from revo_edge.engines.recall import graph
from revo_edge.engines.recall.vector_file import Halves, Ints, Longs, VectorFile

EXACT_ROWS = 20_000
VISITS = 75
"""To ask the graph for one more takes as long as to compare so many one after the other."""
SPARE = 16
"""So many more are asked for than are wanted: some may be hidden."""
WIDER = 8
"""When too few of them fit, so many times as many are asked for as would do by the share that fit."""
TAIL_ROWS = 20_000
"""So many vectors outside of the file are compared one by one in 2 ms; then build it again."""
_CONVERTED_ROWS = 512

Floats = NDArray[np.float32]
Fits = Callable[[Longs], NDArray[np.bool_]]
"""Says of each seq whether it fits a filter. It is asked in batches, best first."""
Kernel = Callable[[Halves, Floats], Floats]


class Nearest(NamedTuple):
    """The versions found, the best first, and how near they are (cosine)."""

    seqs: Longs
    cosines: Floats


def kernel() -> Kernel:
    """Return the fastest way there is to compare rows with a query."""
    try:
        import numkong  # noqa: PLC0415  # it comes with an extra that may not be installed
    except ImportError:
        return _by_numpy
    compare: Any = numkong.cdist

    def by_numkong(rows: Halves, query: Floats) -> Floats:
        if len(rows) == 0:
            return np.empty(0, np.float32)
        half = query.astype(np.float16)[np.newaxis]
        # The rows come first, for numkong makes a copy of what comes second: 8 times slower.
        return np.asarray(compare(rows, half, metric="inner", out_dtype="float32")).reshape(-1)

    return by_numkong


def _by_numpy(rows: Halves, query: Floats) -> Floats:
    scores = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), _CONVERTED_ROWS):
        stop = start + _CONVERTED_ROWS
        scores[start:stop] = rows[start:stop].astype(np.float32) @ query
    return scores


class _Tail:
    """Vectors that are not in the file, in memory."""

    def __init__(self, dim: int) -> None:
        self.place: dict[int, int] = {}
        self.count = 0
        self._seqs = np.empty(256, np.int64)
        self._namespaces = np.empty(256, np.int32)
        self._vectors = np.empty((256, dim), np.float16)

    @property
    def seqs(self) -> Longs:
        return self._seqs[: self.count]

    @property
    def namespaces(self) -> Ints:
        return self._namespaces[: self.count]

    @property
    def vectors(self) -> Halves:
        return self._vectors[: self.count]

    def add(self, seq: int, namespace: int, vector: Halves) -> None:
        row = self.place.setdefault(seq, self.count)
        if row == self.count:
            self._grow()
            self.count += 1
        self._seqs[row], self._namespaces[row], self._vectors[row] = seq, namespace, vector

    def remove(self, seq: int) -> None:
        """Put the last one in its place, so that no byte of it is left."""
        row = self.place.pop(seq, None)
        if row is None:
            return
        last = self.count - 1
        if row != last:
            self._seqs[row] = self._seqs[last]
            self._namespaces[row] = self._namespaces[last]
            self._vectors[row] = self._vectors[last]
            self.place[int(self._seqs[row])] = row
        self._vectors[last] = 0
        self.count = last

    def _grow(self) -> None:
        if self.count == len(self._seqs):
            more = self.count
            self._seqs = np.concatenate((self._seqs, np.empty(more, np.int64)))
            self._namespaces = np.concatenate((self._namespaces, np.empty(more, np.int32)))
            room = np.empty((more, self._vectors.shape[1]), np.float16)
            self._vectors = np.concatenate((self._vectors, room))


class Vectors:
    """All vectors of one model, as a reader sees them; not safe for use by several threads."""

    def __init__(self, dim: int, file: VectorFile | None = None) -> None:
        self.dim = dim
        self.file = file
        self._tail = _Tail(dim)
        self._hidden: set[int] = set()
        self._hidden_sorted: Longs | None = None
        self._compare = kernel()
        self._graph: graph.Graph | None = None
        self._tried: graph.Stamp | None = None
        self.take_graph()

    def take_graph(self) -> None:
        """Use the graph of the file if there is one by now; readers ask for it when they rest.

        Cheap as long as there is none; opening one takes some 20 ms for 100,000 vectors.
        """
        if self.file is None or not self.wants_graph:
            return
        stamp = graph.stamp_of(self.file)
        if stamp not in (None, self._tried):
            self._tried = stamp
            self._graph = graph.beside(self.file)

    @property
    def wants_graph(self) -> bool:
        """Say whether the file is so large that it should have a graph, and none is in use."""
        return self._graph is None and self.file is not None and self.file.head.count > EXACT_ROWS

    def __len__(self) -> int:
        in_file = 0 if self.file is None else self.file.head.count
        return in_file - len(self._hidden) + self._tail.count

    @property
    def wants_build(self) -> bool:
        """Say whether so much lies outside of the file that it should be built again."""
        in_file = 0 if self.file is None else self.file.head.count
        return self._tail.count + len(self._hidden) > max(TAIL_ROWS, in_file // 10)

    def add(self, seq: int, namespace: int, vector: bytes) -> None:
        """Take up a vector (float16, little-endian, of length 1); it replaces an older one.

        Raises ValueError when it has another number of bytes.
        """
        if len(vector) != 2 * self.dim:
            raise ValueError(
                f"the vector of version {seq} has {len(vector)} bytes where {2 * self.dim} belong:"
                " embed it again"
            )
        self._hide(seq)
        self._tail.add(seq, namespace, np.frombuffer(vector, "<f2"))

    def remove(self, seq: int) -> None:
        """Never find this version again; unknown ones are let pass."""
        self._hide(seq)
        self._tail.remove(seq)

    def _hide(self, seq: int) -> None:
        if self.file is not None and len(self.file.rows_of(np.array([seq], np.int64))):
            self._hidden.add(seq)
            self._hidden_sorted = None

    def search(
        self,
        query: Floats,
        k: int,
        *,
        namespaces: Collection[int] | None = None,
        among: Longs | None = None,
        fits: Fits | None = None,
    ) -> Nearest:
        """Return the `k` nearest, of these namespaces, among these seqs, that fit; None: all.

        `among` is for a filter that leaves few: exactly those are compared. `fits` is for one that
        leaves many. Raises ValueError for a query of another dimension or with no finite numbers.
        """
        unit = self._unit(query)
        if k <= 0:
            return Nearest(np.empty(0, np.int64), np.empty(0, np.float32))
        if among is not None:
            return self._pick(self._score_among(unit, among, namespaces), k, fits)
        tail = self._score_tail(unit, namespaces)
        if self.file is None:
            return self._pick([tail], k, fits)
        stretches = self.file.stretches(namespaces)
        found = self._walk(unit, _Wanted(k, namespaces, fits), stretches, tail)
        if found is None:
            found = self._pick([*self._score_stretches(unit, stretches), tail], k, fits)
        return found

    def vectors_of(self, seqs: Longs) -> Floats:
        """Return a row for each of these versions, of zeros where there is no vector."""
        found = np.zeros((len(seqs), self.dim), np.float32)
        if self.file is not None:
            rows = self.file.rows_of(seqs)
            found[np.isin(seqs, self.file.seqs[rows])] = self.file.vectors[rows]
        for place, seq in enumerate(seqs.tolist()):
            row = self._tail.place.get(seq)
            if row is not None:
                found[place] = self._tail.vectors[row]
        return found

    def _unit(self, query: Floats) -> Floats:
        given = np.asarray(query, np.float32).reshape(-1)
        if len(given) != self.dim or not np.isfinite(given).all():
            raise ValueError(f"a query has {self.dim} finite numbers; this one has not")
        return given / max(float(np.linalg.norm(given)), 1e-12)

    def _walk(
        self, unit: Floats, wanted: "_Wanted", stretches: list[tuple[int, int]], tail: "_Scored"
    ) -> Nearest | None:
        """Ask the graph; return None when it is as fast to compare all, or too few would fit.

        What is nearer than the last that the graph named was named too, and so what came since can
        be set beside it. That is not so sure of the last of many: where few fit, the best quarter
        has to be enough.
        """
        rows = sum(stop - start for start, stop in stretches)
        if self._graph is None or rows <= EXACT_ROWS:
            return None
        count = wanted.k + SPARE
        if rows < self._of_file().head.count:
            count += 3 * wanted.k * self._of_file().head.count // rows
        trusted = 1.0
        while count * VISITS < rows:
            seqs, cosines = self._graph.search(unit, count)
            inside = self._inside(seqs, wanted.namespaces)
            near = _Scored(seqs[inside], cosines[inside])
            found = self._pick([near, tail], wanted.k, wanted.fits)
            last = cosines[int(trusted * (len(cosines) - 1))]
            if len(found.seqs) == wanted.k and found.cosines[-1] >= last:
                return found
            count = WIDER * count * wanted.k // max(len(found.seqs), 1)
            trusted = 0.25
        return None

    def _inside(self, seqs: Longs, namespaces: Collection[int] | None) -> NDArray[np.bool_]:
        if namespaces is None:
            return np.ones(len(seqs), bool)
        file = self._of_file()
        return np.isin(file.namespaces_of(file.rows_of(seqs)), list(namespaces))

    def _score_stretches(
        self, unit: Floats, stretches: list[tuple[int, int]]
    ) -> Iterator["_Scored"]:
        file = self._of_file()
        for start, stop in stretches:
            yield _Scored(file.seqs[start:stop], self._compare(file.vectors[start:stop], unit))

    def _score_tail(self, unit: Floats, namespaces: Collection[int] | None) -> "_Scored":
        tail = self._tail
        scores = self._compare(tail.vectors, unit)
        if namespaces is not None:
            inside = np.isin(tail.namespaces, list(namespaces))
            return _Scored(tail.seqs[inside], scores[inside], of_file=False)
        return _Scored(tail.seqs, scores, of_file=False)

    def _score_among(
        self, unit: Floats, among: Longs, namespaces: Collection[int] | None
    ) -> list["_Scored"]:
        wanted = np.unique(np.asarray(among, np.int64))
        tail = self._score_tail(unit, namespaces)
        inside = np.isin(tail.seqs, wanted)
        scored = [_Scored(tail.seqs[inside], tail.cosines[inside], of_file=False)]
        if self.file is not None:
            rows = np.sort(self.file.rows_of(wanted))
            if namespaces is not None:
                rows = rows[np.isin(self.file.namespaces_of(rows), list(namespaces))]
            scored.append(self._score_rows(unit, rows))
        return scored

    def _score_rows(self, unit: Floats, rows: Longs) -> "_Scored":
        file = self._of_file()
        return _Scored(file.seqs[rows], self._compare(file.vectors[rows], unit))

    def _of_file(self) -> VectorFile:
        if self.file is None:
            raise ValueError("there is no file of vectors")
        return self.file

    def _pick(self, scored: "Iterable[_Scored]", k: int, fits: Fits | None) -> Nearest:
        """Go through what was scored, best first, until `k` are there that may be returned."""
        parts = list(scored)
        cosines = np.concatenate([part.cosines for part in parts])
        # A number that is none (a damaged file) sorts last instead of first.
        cosines = np.fmax(cosines, np.float32(-2.0))
        offsets = np.cumsum([0, *(len(part.cosines) for part in parts)])
        chosen: list[tuple[int, float]] = []
        for batch in _best_first(cosines, 2 * k + 16):
            seqs, of_file = _seqs_at(parts, offsets, batch)
            fit = ~(of_file & self._is_hidden(seqs))
            if fits is not None and fit.any():
                fit[fit] = fits(seqs[fit])
            chosen += zip(seqs[fit].tolist(), cosines[batch[fit]].tolist(), strict=True)
            if len(chosen) >= k:
                break
        best = chosen[:k]
        return Nearest(
            np.array([seq for seq, _ in best], np.int64),
            np.array([cosine for _, cosine in best], np.float32),
        )

    def _is_hidden(self, seqs: Longs) -> NDArray[np.bool_]:
        if self._hidden_sorted is None:
            self._hidden_sorted = np.array(sorted(self._hidden), np.int64)
        return np.isin(seqs, self._hidden_sorted)


class _Wanted(NamedTuple):
    k: int
    namespaces: Collection[int] | None
    fits: Fits | None


class _Scored(NamedTuple):
    seqs: Longs
    cosines: Floats
    of_file: bool = True


def _best_first(cosines: Floats, first: int) -> Iterator[NDArray[np.intp]]:
    """Yield places of the best, then of the next best, in batches that grow eightfold.

    What was given sinks to the end, so that of equal ones none comes twice and none is left out.
    """
    left = -cosines
    remaining, size = len(left), first
    while remaining > 0:
        size = min(size, remaining)
        best = np.argpartition(left, size - 1)[:size]
        best = best[np.lexsort((best, left[best]))]
        left[best] = np.inf
        yield best
        remaining, size = remaining - size, 8 * size


def _seqs_at(
    parts: "list[_Scored]", offsets: NDArray[np.int64], places: NDArray[np.intp]
) -> tuple[Longs, NDArray[np.bool_]]:
    """Return the seqs at these places of the parts laid end to end, and whether the file has them."""
    part_of = np.searchsorted(offsets, places, side="right") - 1
    within = places - offsets[part_of]
    seqs = np.array(
        [parts[p].seqs[w] for p, w in zip(part_of.tolist(), within.tolist(), strict=True)], np.int64
    )
    of_file = np.array([parts[p].of_file for p in part_of.tolist()], bool)
    return seqs, of_file
