"""What ruff found, on the report's page: rules and files with the most findings."""

from html import escape

from revo_edge.engines.parallel.html_parts import below, row, table
from revo_edge.engines.parallel.lint import Lint, LintedFile, LintRule, level, verdict

_RULES = 20  # shown; the JSON report has all of them
_FILES = 10
_COLOURS = {"error": "worst", "warning": "watch", "note": "fine"}


def lint(found: Lint) -> str:
    """Write the rules and the files with the most findings, or why there are none."""
    if found.unavailable or not found.count:
        text = escape(verdict(found))
        return f"<section><h2>Lint</h2><p>{text}</p></section>" if text else ""
    return _rules(found) + _files(found)


def _rules(found: Lint) -> str:
    longest = found.rules[0].findings
    note = escape(verdict(found))
    if len(found.rules) > _RULES:
        note += f" The first {_RULES} of {len(found.rules):,} rules"
    rows = (_rule(one, longest) for one in found.rules[:_RULES])
    return table("Lint", note, ("Rule", "Findings", "Files"), rows)


def _rule(one: LintRule, longest: int) -> str:
    place = below("code", f"{one.path}:{one.line}")
    return row(
        (one.rule, below("span", one.message) + place),
        ("Findings", one.findings, longest),
        [("Files", one.files)],
        _COLOURS[level(one.rule)],
    )


def _files(found: Lint) -> str:
    longest = found.worst_files[0].findings
    rows = (_file(one, longest) for one in found.worst_files[:_FILES])
    return table("Files with the most findings", "Of ruff", ("File", "Findings"), rows)


def _file(one: LintedFile, longest: int) -> str:
    return row((one.path, ""), ("Findings", one.findings, longest), [], "fine")
