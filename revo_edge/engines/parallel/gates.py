"""Gates: what a tree may not have, such as `complexity>30`, for a build that shall fail on it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from revo_edge.engines.parallel.import_graph import Step, round_text
from revo_edge.engines.parallel.markers import age_days
from revo_edge.engines.parallel.params import FUNCTION_MEASURES, GATE, MEASURES, TREE_MEASURES
from revo_edge.errors import BadRequest, did_you_mean

if TYPE_CHECKING:
    from revo_edge.engines.parallel.report import Report

MOST_FINDINGS = 1_000
"""How many findings of a gate are named; all are counted."""

_FORM = re.compile(GATE)
_BEGINNING = re.compile(r"\s*(\w*)")
_NOUNS = {
    "lines": ("file", "files"),
    "hotspot": ("hotspot", "hotspots"),
    "unparsed": ("file", "files"),
    "cycles": ("import cycle", "import cycles"),
    "todo_age_days": ("marked comment", "marked comments"),
    "lint": ("finding of ruff", "findings of ruff"),
    "harder": ("function became harder", "functions became harder"),
    "import_time_cycles": ("cycle at import time", "cycles at import time"),
}


class Finding(msgspec.Struct, frozen=True):
    """What a gate is about; `line` 0: the whole file, `path` empty: the whole tree."""

    path: str
    line: int
    name: str
    value: int


class Gate(msgspec.Struct, frozen=True):
    """A gate and what it found, the worst first; with `count` 0 the tree passes.

    `unknown` says why the measure could not be taken: then the gate is broken all the same.
    """

    text: str
    measure: str
    count: int
    findings: list[Finding]
    unknown: str = ""


def read_gate(text: str) -> tuple[str, int]:
    """Return (measure, the highest value that passes); raise BadRequest saying what would fit."""
    found = _FORM.match(text)
    if found:
        limit = int(found[3])
        return found[1], limit if found[2] == ">" else limit - 1
    begun = _BEGINNING.match(text)
    hint = did_you_mean(begun[1] if begun else "", MEASURES)
    raise BadRequest(
        f'"{text}" is no gate.{hint} Write MEASURE>NUMBER, such as complexity>30. '
        f"Measures: {', '.join(MEASURES)}."
    )


def check_gates(texts: Iterable[str], report: "Report") -> list[Gate]:
    """Hold the report against the gates, in their order; raise BadRequest for one that is none."""
    return [_check(text, report) for text in texts]


def is_broken(gate: Gate) -> bool:
    """Tell whether the tree does not pass, or nobody knows."""
    return bool(gate.count or gate.unknown)


def tell(gate: Gate) -> str:
    """Say in one sentence what a gate found."""
    if gate.unknown:
        return f"{gate.text.strip()}: not measured. {gate.unknown}"
    if not gate.count:
        return f"{gate.text.strip()}: passed"
    worst = gate.findings[0]
    what, plural = _NOUNS.get(gate.measure, ("function", "functions"))
    place = f"{worst.path}:{worst.line}" if worst.line else worst.path
    call = "()" if gate.measure in (*FUNCTION_MEASURES, "harder") else ""
    name = f"{worst.name}{call} in {place}" if worst.name else place
    many = f"{gate.count:,} {what if gate.count == 1 else plural}"
    value = "" if gate.measure in TREE_MEASURES else f" with {worst.value:,}"
    return f"{gate.text.strip()}: {many}, first {name}{value}"


def _check(text: str, report: "Report") -> Gate:
    """Hold one gate: a measure of the tree is a count, any other a value of each finding."""
    measure, most = read_gate(text)
    if unknown := _unknown(measure, report):
        return Gate(text, measure, 0, [], unknown)
    found = list(_VALUES.get(measure, _functions)(report, measure))
    if measure not in TREE_MEASURES:
        found = [finding for finding in found if finding.value > most]
        count = len(found)
    else:
        count = _count(measure, report, len(found))
        if count <= most:
            return Gate(text, measure, 0, [])
    found.sort(key=lambda finding: (-finding.value, finding.path, finding.line))
    return Gate(text, measure, count, found[:MOST_FINDINGS])


def _unknown(measure: str, report: "Report") -> str:
    """Return why a measure that needs another program was not taken."""
    if measure == "lint":
        return report.lint.unavailable
    return report.ages_unavailable if measure == "todo_age_days" else ""


def _count(measure: str, report: "Report", named: int) -> int:
    """Return how many there are: of some the report names the first only."""
    graph = report.imports
    if measure == "cycles" and graph:
        return graph.cycles_found
    if measure == "import_time_cycles" and graph:
        return graph.import_time_cycles
    if measure == "harder":
        return report.trend.worse_count
    return report.lint.count if measure == "lint" else named


def _functions(report: "Report", measure: str) -> Iterator[Finding]:
    for file in report.files:
        for function in file.functions:
            value = getattr(function, measure)
            if value is not None:  # not measured in this language
                yield Finding(file.path, function.line, function.name, value)


def _lines(report: "Report", _measure: str) -> Iterator[Finding]:
    return (Finding(file.path, 0, "", file.lines) for file in report.files)


def _hotspots(report: "Report", _measure: str) -> Iterator[Finding]:
    return (Finding(s.path, 0, "", round(s.score * 100)) for s in report.hotspots.files)


def _unparsed(report: "Report", _measure: str) -> Iterator[Finding]:
    for file in report.files:
        if file.error and file.language == "Python":
            yield Finding(file.path, file.error.line, "", 1)


def _lint(report: "Report", _measure: str) -> Iterator[Finding]:
    return (Finding(found.path, found.line, found.rule, 1) for found in report.lint.findings)


def _ages(report: "Report", _measure: str) -> Iterator[Finding]:
    for placed in report.markers:
        days = age_days(placed, report.generated_at)
        if days is not None:
            yield Finding(placed.path, placed.marker.line, placed.marker.tag, days)


def _harder(report: "Report", _measure: str) -> Iterator[Finding]:
    for moved in report.trend.worse:
        yield Finding(moved.path, moved.line, moved.name, moved.now or 0)


def _cycles(report: "Report", measure: str) -> Iterator[Finding]:
    """Yield the way round of each cycle, where it begins; the value is its number of modules."""
    for cycle in report.imports.cycles if report.imports else ():
        if measure == "cycles":
            yield _round(cycle.chains[0], cycle.size)
        elif cycle.kind == "import":
            yield from (_round(chain, len(chain)) for chain in cycle.chains)


def _round(chain: Sequence[Step], size: int) -> Finding:
    return Finding(chain[0].path, chain[0].line, round_text(chain), size)


_VALUES = {
    "lines": _lines,
    "hotspot": _hotspots,
    "unparsed": _unparsed,
    "todo_age_days": _ages,
    "lint": _lint,
    "harder": _harder,
    "cycles": _cycles,
    "import_time_cycles": _cycles,
}
"""Where the values of a measure come from; the others are of functions."""
