"""Hotspots: files that are hard to read and are changed often, where a mistake is likeliest.

The score of a file is rank(complexity) x rank(commits), from 0 to 1. The rank of a value is the
share of the files with functions whose value is lower, equal ones counted half: so neither
one giant file nor one busy day outweighs the rest. Complexities are ranked apart for Python and the
other languages, which are counted otherwise. A file that was changed only once within the
window is new, not busy, and is no hotspot.
"""

import bisect
from collections.abc import Sequence

import msgspec

from revo_edge.engines.parallel.git_history import FileHistory, History
from revo_edge.engines.parallel.measure import FileReport
from revo_edge.engines.parallel.python_metrics import FunctionReport

MOST_HOTSPOTS = 20
LEAST_COMMITS = 2
FUNCTIONS_EACH = 3
"""How many functions of a hotspot are named, the hardest first."""


class Hotspot(msgspec.Struct, frozen=True):
    """A file worth a look: `score` from 0 to 1, `reason` in words."""

    path: str
    score: float
    complexity: int
    commits: int
    churn: int
    authors: int
    reason: str
    functions: list[FunctionReport]


class Hotspots(msgspec.Struct, frozen=True):
    """The worst first; `unavailable` says why the list is empty."""

    unavailable: str = ""
    files: list[Hotspot] = []


def find_hotspots(files: Sequence[FileReport], history: History) -> Hotspots:
    """Rank the files with functions by complexity and changes; without a history there are none."""
    if history.unavailable:
        return Hotspots(f"There is no history to rank by. {history.unavailable}")
    changed = {file.path: file for file in history.files}
    known = [(file, changed.get(file.path)) for file in files if file.functions]
    complexities = {
        is_python: sorted(f.complexity for f, _ in known if (f.language == "Python") is is_python)
        for is_python in (True, False)
    }
    commits = sorted(past.commits if past else 0 for _, past in known)
    found = [
        _hotspot(
            file,
            past,
            history.days,
            _rank(complexities[file.language == "Python"], file.complexity)
            * _rank(commits, past.commits),
        )
        for file, past in known
        if past is not None and past.commits >= LEAST_COMMITS
    ]
    if not found:
        return Hotspots(
            f"No file with functions was changed more than once in {history.days} days."
        )
    found.sort(key=lambda spot: (-spot.score, -spot.complexity, spot.path))
    return Hotspots(files=found[:MOST_HOTSPOTS])


def _rank(ordered: Sequence[int], value: int) -> float:
    """Return the share of the values that are lower, equal ones counted half."""
    low, high = bisect.bisect_left(ordered, value), bisect.bisect_right(ordered, value)
    return (low + high) / 2 / len(ordered)


def _hotspot(file: FileReport, past: FileHistory, days: int, score: float) -> Hotspot:
    hardest = sorted(file.functions, key=lambda f: (-f.complexity, -f.length, f.line))
    window = "12 months" if days == 365 else f"{days} days"
    people = "1 person" if past.authors == 1 else f"{past.authors} people"
    return Hotspot(
        path=file.path,
        score=round(score, 4),
        complexity=file.complexity,
        commits=past.commits,
        churn=past.added + past.deleted,
        authors=past.authors,
        reason=f"changed {past.commits} times in {window} by {people}; "
        f"{hardest[0].name}() has complexity {hardest[0].complexity}",
        functions=hardest[:FUNCTIONS_EACH],
    )
