"""Gates: what a tree may not have, such as `complexity>30`, for a build that shall fail on it."""

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

from revo_edge.engines.parallel.params import GATE, MEASURES
from revo_edge.errors import BadRequest, did_you_mean

if TYPE_CHECKING:
    from revo_edge.engines.parallel.report import Report

MOST_FINDINGS = 1_000
"""How many findings of a gate are named; all are counted."""

_FORM = re.compile(GATE)
_BEGINNING = re.compile(r"\s*(\w*)")


class Finding(msgspec.Struct, frozen=True):
    """What a gate is about; `line` 0: the whole file, `path` empty: the whole tree."""

    path: str
    line: int
    name: str
    value: int


class Gate(msgspec.Struct, frozen=True):
    """A gate and what it found, the worst first; with `count` 0 the tree passes."""

    text: str
    measure: str
    count: int
    findings: list[Finding]


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


def tell(gate: Gate) -> str:
    """Say in one sentence what a gate found."""
    if not gate.count:
        return f"{gate.text.strip()}: passed"
    worst = gate.findings[0]
    what = {"lines": "file", "hotspot": "hotspot", "unparsed": "file"}.get(gate.measure, "function")
    place = f"{worst.path}:{worst.line}" if worst.line else worst.path
    name = f"{worst.name}() in {place}" if worst.name else place
    many = f"{gate.count:,} {what}{'s' if gate.count > 1 else ''}"
    value = "" if gate.measure == "unparsed" else f" with {worst.value:,}"
    return f"{gate.text.strip()}: {many}, first {name}{value}"


def _check(text: str, report: "Report") -> Gate:
    measure, most = read_gate(text)
    found = list(_values(measure, report))
    if measure == "unparsed":
        found = found if len(found) > most else []
    else:
        found = [finding for finding in found if finding.value > most]
    found.sort(key=lambda finding: (-finding.value, finding.path, finding.line))
    return Gate(text, measure, len(found), found[:MOST_FINDINGS])


def _values(measure: str, report: "Report") -> Iterator[Finding]:
    if measure == "hotspot":
        for spot in report.hotspots.files:
            yield Finding(spot.path, 0, "", round(spot.score * 100))
        return
    for file in report.files:
        if measure == "lines":
            yield Finding(file.path, 0, "", file.lines)
        elif measure == "unparsed":
            if file.error and file.language == "Python":
                yield Finding(file.path, file.error.line, "", 1)
        else:
            for function in file.functions:
                value = getattr(function, measure)
                if value is not None:  # not measured in this language
                    yield Finding(file.path, function.line, function.name, value)
