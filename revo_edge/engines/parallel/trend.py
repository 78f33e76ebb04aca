"""What became of a tree since it was last surveyed, from what each survey leaves for the next.

One small file for each tree, in `<home>/surveys/`. It is kept apart from the cache: a cache may be
thrown away, what has been is known only here.
"""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from revo_edge.engines.parallel.severity import COMPLEX

if TYPE_CHECKING:
    from revo_edge.engines.parallel.report import Report

MOST_POINTS = 200
MOST_HARD = 5_000
"""Hard functions that are remembered, the hardest first."""
MOST_NAMED = 50
"""Functions named that got harder, and that got easier."""


class Point(msgspec.Struct, frozen=True):
    """The figures of one survey; `at` is UTC epoch seconds, None is what was not measured.

    `made_by` names the version that measured: figures of two versions may differ for that alone.
    """

    at: float
    made_by: str
    files: int
    lines: int
    functions: int
    complex_functions: int
    highest: int
    duplicated_lines: int | None = None
    markers: int = 0
    cycles: int | None = None
    lint: int | None = None


class Moved(msgspec.Struct, frozen=True):
    """A function whose complexity changed; None: not above the limit, or not there.

    `line` is where it is now, 0 when it is not hard any more.
    """

    path: str
    name: str
    before: int | None
    now: int | None
    line: int = 0


class Trend(msgspec.Struct, frozen=True):
    """The surveys of a tree, the oldest first and this one last, and the functions that moved.

    With fewer than two points nothing is known of a change. `worse` are hard functions that are
    new or got harder, the most first; `better` those that got easier or are gone. Both name
    `MOST_NAMED` at most, the counts are of all.
    """

    points: list[Point] = []
    worse_count: int = 0
    worse: list[Moved] = []
    better_count: int = 0
    better: list[Moved] = []


class Earlier(msgspec.Struct, frozen=True):
    """What is kept of a tree: a point for each survey, and the hard functions of the last."""

    root: str = ""
    points: list[Point] = []
    hard: list[tuple[str, str, int]] = []
    """(path, name, complexity)"""


def trend_file(home: Path, root: str) -> Path:
    """Return where a tree's past is kept; nothing is made."""
    name = hashlib.sha256(root.encode(errors="surrogateescape")).hexdigest()[:24]
    return home / "surveys" / f"{name}.json"


def read_earlier(file: Path) -> Earlier:
    """Return what earlier surveys left; nothing when there were none.

    Raises OSError when the file cannot be read, ValueError when it is damaged.
    """
    try:
        return msgspec.json.decode(file.read_bytes(), type=Earlier)
    except FileNotFoundError:
        return Earlier()


def next_earlier(earlier: Earlier, report: "Report") -> Earlier:
    """Return what the next survey shall find."""
    hard = sorted(_hard(report).items(), key=lambda item: (-item[1][0], item[0]))
    return Earlier(
        report.root,
        [*earlier.points, point_of(report)][-MOST_POINTS:],
        [(path, name, complexity) for (path, name), (complexity, _) in hard[:MOST_HARD]],
    )


def find_trend(earlier: Earlier, report: "Report") -> Trend:
    """Hold a report against the survey before."""
    points = [*earlier.points, point_of(report)][-MOST_POINTS:]
    if not earlier.points:
        return Trend(points)
    before = {(path, name): complexity for path, name, complexity in earlier.hard}
    now = _hard(report)
    moved = []
    for path, name in before.keys() | now.keys():
        was, (is_now, line) = before.get((path, name)), now.get((path, name), (None, 0))
        if was != is_now:
            moved.append(Moved(path, name, was, is_now, line))
    worse = _ordered(one for one in moved if _step(one) > 0)
    better = _ordered(one for one in moved if _step(one) < 0)
    return Trend(points, len(worse), worse[:MOST_NAMED], len(better), better[:MOST_NAMED])


def point_of(report: "Report") -> Point:
    """Return the figures of a report that are followed over time."""
    totals = report.totals
    worst = report.worst_functions
    return Point(
        at=report.generated_at,
        made_by=report.version,
        files=totals.files,
        lines=totals.lines,
        functions=totals.functions,
        complex_functions=totals.complex_functions,
        highest=worst[0].function.complexity if worst else 0,
        duplicated_lines=report.duplicates.duplicated_lines if report.duplicates else None,
        markers=sum(totals.markers.values()),
        cycles=report.imports.cycles_found if report.imports else None,
        lint=None if report.lint.unavailable else report.lint.count,
    )


def _hard(report: "Report") -> Mapping[tuple[str, str], tuple[int, int]]:
    """Map hard functions to (complexity, line); of those with one name in a file the hardest."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for file in report.files:
        for function in file.functions:
            if function.complexity > COMPLEX:
                key = (file.path, function.name)
                found[key] = max((function.complexity, function.line), found.get(key, (0, 0)))
    return found


def _step(moved: Moved) -> int:
    return (moved.now or 0) - (moved.before or 0)


def _ordered(moved: Iterable[Moved]) -> list[Moved]:
    return sorted(moved, key=lambda one: (-abs(_step(one)), one.path, one.name))
