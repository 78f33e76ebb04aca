"""Duplicated code of a tree: equal runs of fingerprints, extended as far as they go.

A run is maximal: its places do not all go on with the same line, nor do all come from the same one.
Memory is bounded: one pass over all fingerprints counts them in a table of fixed size, a second one
keeps the places of those that come again; of one fingerprint at most `MOST_PLACES`.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from revo_edge.engines.parallel.prints import MIN_LINES, CodeLines, Prints, open_prints, read_hashes

MOST_GROUPS = 1_000
"""How many groups a report lists; the longest come first, all are counted."""
MOST_PLACES = 200
"""How many places of one piece of code are looked at, in the order of the tree."""
MOST_REPEATED = 1_000_000
"""How many places are kept over all; what comes behind them in the tree is not compared."""
MOST_STEPS = 20_000_000
"""How often two lines are compared before the search ends with what it has."""

_TABLE_BITS = 26  # 64 MB at most
_MOST_OPEN = 4_000  # files whose lines are at hand; then they are opened anew
_LINE_BITS = 22  # a place is a file's index and a line's index; no file has more lines


class Place(msgspec.Struct, frozen=True):
    """A piece of code, from its first to its last line."""

    path: str
    first_line: int
    last_line: int


class DuplicateGroup(msgspec.Struct, frozen=True):
    """Places with the same code; `lines` counts those with code (not blank, comment or import)."""

    tokens: int
    lines: int
    places: list[Place]


class Duplicates(msgspec.Struct, frozen=True):
    """The duplicated code of a tree, the longest first.

    Lines are lines with code. `ratio` is duplicated to compared lines, None when there are none.
    `complete` is False when the search ended before all was compared.
    """

    groups: list[DuplicateGroup] = []
    groups_found: int = 0
    compared_files: int = 0
    compared_lines: int = 0
    duplicated_lines: int = 0
    ratio: float | None = None
    complete: bool = True


class _Run(msgspec.Struct, frozen=True):
    """Equal lines at several places: where each begins, and how many fingerprints long they are."""

    starts: list[int]
    length: int


def find_duplicates(prints: Sequence[Prints]) -> Duplicates:
    """Find what the files have in common; the order in which they are given does not matter."""
    files = sorted(prints, key=lambda file: file.path)
    search = _Search(files)
    groups = _without_covered(search, sorted(search.groups(), key=_rank))
    total = sum(file.lines for file in files)
    duplicated = sum(covered.count(1) for covered in search.covered.values())
    return Duplicates(
        groups=[group for group, _ in groups[:MOST_GROUPS]],
        groups_found=len(groups),
        compared_files=len(files),
        compared_lines=total,
        duplicated_lines=duplicated,
        ratio=duplicated / total if total else None,
        complete=search.complete,
    )


_Found = tuple[DuplicateGroup, list[tuple[int, int, int]]]  # (group, [(file, first, last index)])


def _rank(found: _Found) -> tuple[int, int, list[tuple[int, int, int]]]:
    return -found[0].tokens, -len(found[1]), found[1]


def _without_covered(search: "_Search", groups: Sequence[_Found]) -> list[_Found]:
    """Leave out a group when each of its places is for the most part in those of longer ones."""
    kept = []
    for group, places in groups:
        if any(search.is_new(place) for place in places):
            kept.append((group, places))
            for place in places:
                search.cover(place)
    return kept


class _Search:
    """One search over the files of a tree."""

    def __init__(self, files: Sequence[Prints]) -> None:
        self.complete = True
        self.covered: dict[int, bytearray] = {}
        self._files = files
        self._open: dict[int, CodeLines] = {}
        self._steps = MOST_STEPS

    def groups(self) -> Iterator[_Found]:
        """Yield every group, also those that are part of others."""
        for starts in self._repeated():
            begin = self._leftmost(starts)
            if begin is not None:
                for run in self._extend(begin):
                    if found := self._group(run):
                        yield found

    def is_new(self, place: tuple[int, int, int]) -> bool:
        file, first, last = place
        covered = self.covered.get(file)
        return covered is None or covered.count(1, first, last + 1) * 2 < last + 1 - first

    def cover(self, place: tuple[int, int, int]) -> None:
        file, first, last = place
        covered = self.covered.setdefault(file, bytearray(self._files[file].lines))
        covered[first : last + 1] = b"\1" * (last + 1 - first)

    def _repeated(self) -> Iterator[list[int]]:
        """Yield the places of each fingerprint that stands at several, in the order of the tree."""
        seen = self._count()
        mask = len(seen) - 1
        places: dict[int, list[int]] = {}
        kept = 0
        for index, file in enumerate(self._files):
            lines = enumerate(read_hashes(file), index << _LINE_BITS)
            for line, value in [found for found in lines if seen[found[1] >> 1 & mask] > 1]:
                if not value & 1:
                    known = places.setdefault(value, [])
                    if len(known) < MOST_PLACES:
                        known.append(line)
                        kept += 1
            if kept > MOST_REPEATED:
                self.complete = False
                break
        return (known for known in places.values() if len(known) > 1)

    def _count(self) -> bytearray:
        """Count hashes in a table, up to 2; different ones may share a place in it."""
        total = sum(len(file.hashes) // 8 for file in self._files)
        seen = bytearray(1 << min(_TABLE_BITS, (4 * total).bit_length()))
        mask = len(seen) - 1
        for file in self._files:
            for value in read_hashes(file):
                slot = value >> 1 & mask
                if seen[slot] < 2:
                    seen[slot] += 1
        return seen

    def _hash(self, place: int) -> int | None:
        """Return the fingerprint at a place, None before the first and behind the last."""
        hashes = self._lines(place >> _LINE_BITS).hashes
        line = place & ((1 << _LINE_BITS) - 1)
        return hashes[line] if line < len(hashes) else None

    def _lines(self, file: int) -> CodeLines:
        found = self._open.get(file)
        if found is None:
            if len(self._open) >= _MOST_OPEN:
                self._open.clear()
            found = self._open[file] = open_prints(self._files[file])
        return found

    def _before(self, starts: Sequence[int]) -> int | None:
        """Return the fingerprint of the line before when all places have the same."""
        if any(start & ((1 << _LINE_BITS) - 1) == 0 for start in starts):
            return None
        first = self._hash(starts[0] - 1)
        return first if all(self._hash(start - 1) == first for start in starts) else None

    def _leftmost(self, starts: list[int]) -> list[int] | None:
        """Step back over weak lines; None when the run is part of one that begins before it."""
        while (before := self._before(starts)) is not None:
            if not before & 1:
                return None
            starts = [start - 1 for start in starts]
        return starts

    def _extend(self, starts: list[int]) -> Iterator[_Run]:
        waiting = [_Run(starts, 1)]
        while waiting:
            run = waiting.pop()
            parts = self._split(run)
            while len(parts) == 1 and len(parts[0]) == len(run.starts):
                run = _Run(run.starts, run.length + 1)
                parts = self._split(run)
            yield run
            if self._steps < 0:
                self.complete = False
                return
            waiting += [_Run(part, run.length + 1) for part in parts if self._before(part) is None]

    def _split(self, run: _Run) -> list[list[int]]:
        """Sort the places of a run by the line that follows; one that is alone is left out.

        So is one that overlaps the place before it: what repeats itself all over a file would be
        followed to its end from everywhere.
        """
        self._steps -= len(run.starts)
        parts: dict[int, list[int]] = {}
        overlapped = -1
        for start in run.starts:
            following = self._hash(start + run.length)
            if following is not None and start > overlapped:
                parts.setdefault(following, []).append(start)
                overlapped = start + run.length + MIN_LINES - 1
        return [part for part in parts.values() if len(part) > 1]

    def _group(self, run: _Run) -> _Found | None:
        """Make a group of a run; places that overlap count once, and one place is no duplicate."""
        places: list[tuple[int, int, int]] = []
        for start in run.starts:
            file, first = start >> _LINE_BITS, start & ((1 << _LINE_BITS) - 1)
            if places and places[-1][0] == file and places[-1][2] >= first:
                continue
            places.append((file, first, self._lines(file).end(first + run.length - 1)))
        if len(places) < 2:
            return None
        more = self._more(places)
        places = [(file, first, last + more) for file, first, last in places]
        file, first, last = places[0]
        tokens = sum(self._lines(file).tokens[first : last + 1])
        return DuplicateGroup(tokens, last + 1 - first, list(map(self._place, places))), places

    def _more(self, places: Sequence[tuple[int, int, int]]) -> int:
        """Count the equal lines behind the last window, which is of whole lines and may end early."""
        ends = [(self._lines(file), last) for file, _, last in places]
        room = [len(lines.marks) - 1 - last for lines, last in ends]
        for (one, _, last), (other, first, _) in pairwise(places):
            room += [first - 1 - last] if one == other else []
        more = 0
        while more < min(room) and len({lines.marks[last + more + 1] for lines, last in ends}) == 1:
            more += 1
        return more

    def _place(self, place: tuple[int, int, int]) -> Place:
        file, first, last = place
        lines = self._lines(file)
        return Place(lines.path, lines.numbers[first], lines.numbers[last])
