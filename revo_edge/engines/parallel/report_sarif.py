"""The findings of a survey as SARIF 2.1.0 (OASIS), which code hosts show beside the code."""

import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import msgspec

from revo_edge.engines.files.tree import from_text
from revo_edge.engines.parallel.gates import Gate
from revo_edge.engines.parallel.import_graph import kind_text, round_text
from revo_edge.engines.parallel.lint import level as level_of
from revo_edge.engines.parallel.report import Report
from revo_edge.engines.parallel.severity import COMPLEX

MOST_RESULTS = 5_000
"""Code hosts show no more of one run; broken gates come first."""

_RULES = {
    "complexity": "The function has many paths through it.",
    "length": "The function is long.",
    "nesting": "The function is deeply nested.",
    "parameters": "The function takes many parameters.",
    "lines": "The file is long.",
    "hotspot": "The file is hard to read and often changed.",
    "unparsed": "The file does not parse.",
    "cycles": "Modules import each other.",
    "todo_age_days": "A marked comment has been there for long.",
    "lint": "ruff has findings.",
    "harder": "The function is hard, and harder than in the last survey.",
    "import_time_cycles": "Modules import each other while they are being imported.",
}


_FINDINGS = {
    "lines": "The file has {value} lines.",
    "hotspot": "Its score is {value}.",
    "unparsed": "The file does not parse.",
    "cycles": "Modules import each other: {name}.",
    "todo_age_days": "The {name} is {value} days old.",
    "lint": "ruff finds {name} here.",
    "harder": "{name}() is harder than in the last survey: its complexity is {value}.",
    "import_time_cycles": "Modules import each other: {name}.",
}
"""What a finding of a gate says; the others are of functions."""


def render_sarif(report: Report) -> bytes:
    """Render broken gates as errors; files that do not parse and hard functions as warnings.

    A cycle at import time is a warning too, any other cycle a note.
    """
    results = [
        *_broken(report),
        *_unparsed(report),
        *_cycles(report),
        *_complex(report),
        *_lint(report),
    ][:MOST_RESULTS]
    rules = _RULES | {f"ruff/{one.rule}": one.message for one in report.lint.rules}
    driver = {
        "name": "reVo Edge",
        "version": report.version,
        "rules": [{"id": name, "shortDescription": {"text": text}} for name, text in rules.items()],
    }
    run = {
        "tool": {"driver": driver},
        "originalUriBaseIds": {"ROOT": {"uri": f"file://{_uri(report.root).rstrip('/')}/"}},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return msgspec.json.encode(document) + b"\n"


def _broken(report: Report) -> Iterator[dict[str, Any]]:
    for gate in report.gates:
        for finding in gate.findings:
            text = f"{_value(gate, finding.name, finding.value)} The gate is {gate.text.strip()}."
            yield _result(gate.measure, "error", text, finding.path, finding.line)


def _value(gate: Gate, name: str, value: int) -> str:
    words = _FINDINGS.get(gate.measure, "{name}() has {measure} {value}.")
    return words.format(name=name, measure=gate.measure, value=value)


def _unparsed(report: Report) -> Iterator[dict[str, Any]]:
    if any(gate.measure == "unparsed" and gate.count for gate in report.gates):
        return
    for file in report.files:
        if file.error and file.language == "Python":
            text = f"The file does not parse: {file.error.message}."
            yield _result("unparsed", "warning", text, file.path, file.error.line)


def _cycles(report: Report) -> Iterator[dict[str, Any]]:
    """Yield the cycles with each import of a shortest way round, unless a gate has named them."""
    gates = {gate.measure for gate in report.gates if gate.count}
    for cycle in report.imports.cycles if report.imports else ():
        closes_at_import = cycle.kind == "import"
        rule = "import_time_cycles" if closes_at_import else "cycles"
        if rule in gates or "cycles" in gates:
            continue
        for chain in cycle.chains:
            first = chain[0]
            text = f"Modules import each other {kind_text(cycle.kind)}: {round_text(chain)}."
            level = "warning" if closes_at_import else "note"
            found = _result(rule, level, text, first.path, first.line)
            found["relatedLocations"] = [
                {**_place(step.path, step.line), "message": {"text": f"imports {step.imported}"}}
                for step in chain
            ]
            yield found


def _lint(report: Report) -> Iterator[dict[str, Any]]:
    """Yield what ruff found, unless a gate has named it."""
    if any(gate.measure == "lint" and gate.count for gate in report.gates):
        return
    for found in report.lint.findings:
        rule = f"ruff/{found.rule}"
        yield _result(rule, level_of(found.rule), found.message, found.path, found.line)


def _complex(report: Report) -> Iterator[dict[str, Any]]:
    """Yield what no gate has named, the hardest first."""
    named = {
        (finding.path, finding.line)
        for gate in report.gates
        if gate.measure == "complexity"
        for finding in gate.findings
    }
    hard = [
        (file.path, function)
        for file in report.files
        for function in file.functions
        if function.complexity > COMPLEX and (file.path, function.line) not in named
    ]
    hard.sort(key=lambda found: (-found[1].complexity, found[0], found[1].line))
    for path, function in hard:
        text = f"{function.name}() has complexity {function.complexity}."
        yield _result("complexity", "warning", text, path, function.line)


def _result(rule: str, level: str, text: str, path: str, line: int) -> dict[str, Any]:
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": text},
        "locations": [_place(path, line)],
    }


def _place(path: str, line: int) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(path), "uriBaseId": "ROOT"}}
    if line:
        place["region"] = {"startLine": line}
    return {"physicalLocation": place}


def _uri(path: str) -> str:
    return quote(os.fsencode(from_text(path)))
