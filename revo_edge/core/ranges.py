"""A compact set of indexes: which children of a task are done."""

from bisect import bisect_right
from collections.abc import Iterable

from revo_edge.contract.tasks import Ranges


class IndexSet:
    """A set of integers kept as ranges; work and memory grow with the gaps, not with the members."""

    __slots__ = ("_firsts", "_lasts", "count")

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        """Take ranges (first, last), both inclusive, ascending and apart."""
        pairs = tuple(ranges)
        self._firsts = [first for first, _ in pairs]
        self._lasts = [last for _, last in pairs]
        self.count = sum(last - first + 1 for first, last in pairs)

    def __contains__(self, index: int) -> bool:
        place = bisect_right(self._firsts, index) - 1
        return place >= 0 and index <= self._lasts[place]

    def add(self, index: int) -> bool:
        """Add an index; return False if it was there already."""
        place = bisect_right(self._firsts, index)  # the range before has place - 1
        if place and index <= self._lasts[place - 1]:
            return False
        self.count += 1
        touches_left = place > 0 and self._lasts[place - 1] == index - 1
        touches_right = place < len(self._firsts) and self._firsts[place] == index + 1
        if touches_left and touches_right:
            self._lasts[place - 1] = self._lasts.pop(place)
            del self._firsts[place]
        elif touches_left:
            self._lasts[place - 1] = index
        elif touches_right:
            self._firsts[place] = index
        else:
            self._firsts.insert(place, index)
            self._lasts.insert(place, index)
        return True

    def ranges(self) -> Ranges:
        """Return the set as ranges, ascending and apart."""
        return tuple(zip(self._firsts, self._lasts, strict=True))
