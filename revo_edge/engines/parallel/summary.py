"""What a survey found, in one paragraph: what a reader in a hurry takes away.

Each sentence is there only when there is something to say; none says more than was measured.
"""

from collections.abc import Iterator

from revo_edge.engines.files.languages import OTHER
from revo_edge.engines.parallel.report import Report
from revo_edge.engines.parallel.severity import COMPLEX
from revo_edge.engines.parallel.trend import Trend

_LANGUAGES = 3
_LEAST_SHARE = 0.01
_MUCH_DUPLICATED = 0.03
"""From this share on, repeated code is worth a sentence."""


def sentences(report: Report) -> Iterator[str]:
    """Yield the sentences, the most important ones first after what the tree is."""
    yield from _size(report)
    yield from _complexity(report)
    yield from _hotspot(report)
    yield from _cycles(report)
    yield from _duplication(report)
    yield from _change(report.trend)
    yield from _unread(report)


def _size(report: Report) -> Iterator[str]:
    totals = report.totals
    if not totals.lines:
        yield "Nothing in this tree could be measured."
        return
    named = [
        f"{found.name} {found.lines / totals.lines:.0%}"
        for found in report.languages
        if found.name != OTHER and found.lines / totals.lines >= _LEAST_SHARE
    ]
    most = f": {', '.join(named[:_LANGUAGES])}" if named else ""
    yield f"{totals.lines:,} lines in {totals.files:,} files{most}."


def _complexity(report: Report) -> Iterator[str]:
    totals = report.totals
    functions = totals.functions + totals.other_functions
    hard = totals.complex_functions + totals.other_complex_functions
    if not functions:
        yield "No functions were found in it."
        return
    if not hard:
        yield f"No function of {functions:,} has a complexity above {COMPLEX}."
        return
    share = f"{hard / functions:.1%}"
    yield f"{hard:,} of {functions:,} functions ({share}) have a complexity above {COMPLEX}."
    if report.worst_functions:
        worst = report.worst_functions[0]
        place = f"{worst.path}:{worst.function.line}"
        yield (
            f"The hardest is {worst.function.name}() in {place}, "
            f"with {worst.function.complexity:,}."
        )


def _hotspot(report: Report) -> Iterator[str]:
    if report.hotspots.files:
        spot = report.hotspots.files[0]
        yield f"Look first at {spot.path}: {spot.reason}."


def _cycles(report: Report) -> Iterator[str]:
    graph = report.imports
    if graph and graph.import_time_cycles:
        cycles = (
            "is 1 cycle"
            if graph.import_time_cycles == 1
            else (f"are {graph.import_time_cycles:,} cycles")
        )
        yield f"There {cycles} of modules that import each other while they are being imported."


def _duplication(report: Report) -> Iterator[str]:
    found = report.duplicates
    if found and found.ratio and found.ratio >= _MUCH_DUPLICATED:
        yield f"{found.ratio:.0%} of the code is there twice, names and literals aside."


def _change(trend: Trend) -> Iterator[str]:
    if len(trend.points) < 2:
        return
    if not trend.worse_count and not trend.better_count:
        yield "No function has moved across or above that limit since the last survey."
        return
    harder = "1 function has" if trend.worse_count == 1 else f"{trend.worse_count:,} functions have"
    easier = "1 easier" if trend.better_count == 1 else f"{trend.better_count:,} easier"
    yield f"Since the last survey {harder} become harder, {easier}."


def _unread(report: Report) -> Iterator[str]:
    broken = report.totals.unparsed_files
    if broken:
        files = "1 Python file does" if broken == 1 else f"{broken:,} Python files do"
        yield f"{files} not parse; only the lines count."
