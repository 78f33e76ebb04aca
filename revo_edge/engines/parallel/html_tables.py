"""What the report's page rates: hotspots, functions, files, and its charts."""

from collections.abc import Sequence
from html import escape

from revo_edge.engines.parallel.hotspots import Hotspots
from revo_edge.engines.parallel.html_parts import below, chart, row, table
from revo_edge.engines.parallel.report import Report, WorstFile, WorstFunction
from revo_edge.engines.parallel.report_markdown import band_label
from revo_edge.engines.parallel.severity import COMPLEX, severity_of

_LANGUAGES = 5  # bars in the chart of languages; the others are summed up


def hotspots(found: Hotspots) -> str:
    """Write what to look at first, or why nobody can know."""
    if not found.files:
        return f"<section><h2>Hotspots</h2><p>{escape(found.unavailable)}</p></section>"
    rows = (
        row(
            (spot.path, below("span", spot.reason)),
            ("Score", round(spot.score * 100), 100),
            [
                ("Commits", spot.commits),
                ("Authors", spot.authors),
                ("Complexity", spot.complexity),
            ],
            severity_of(spot.functions[0].complexity),
        )
        for spot in found.files
    )
    note = (
        "Hard to read and often changed: the rank by complexity times the rank by commits, of 100"
    )
    head = ("File", "Score", "Commits", "Authors", "Complexity")
    return table("Hotspots", note, head, rows)


def functions(worst: Sequence[WorstFunction], title: str, note: str) -> str:
    """Write the worst functions."""
    longest = max([2 * COMPLEX, *(item.function.complexity for item in worst)])
    rows = (
        row(
            (item.function.name, below("code", f"{item.path}:{item.function.line}")),
            ("Complexity", item.function.complexity, longest),
            [
                ("Lines", item.function.length),
                ("Nesting", item.function.nesting),
                ("Parameters", item.function.parameters),
            ],
            severity_of(item.function.complexity),
        )
        for item in worst
    )
    head = ("Function", "Complexity", "Lines", "Nesting", "Parameters")
    return table(title, note, head, rows)


def files(worst: Sequence[WorstFile]) -> str:
    """Write the files with functions above the limit."""
    worst = [item for item in worst if item.excess]
    longest = max([COMPLEX, *(item.excess for item in worst)])
    rows = (
        row(
            (item.path, ""),
            (f"Above {COMPLEX}", item.excess, longest),
            [
                ("Highest", item.max_complexity),
                ("Functions", item.functions),
                ("Lines", item.lines),
            ],
            severity_of(item.max_complexity),
        )
        for item in worst
    )
    note = f"By the sum of what its functions have in complexity above {COMPLEX}"
    head = ("File", f"Above {COMPLEX}", "Highest", "Functions", "Lines")
    return table("Worst files", note, head, rows)


def charts(report: Report) -> str:
    """Write the bars of complexity and of languages."""
    parts = []
    if report.totals.functions:
        rows = [
            (band_label(band), band.functions, severity_of(band.low))
            for band in report.totals.complexity_bands
        ]
        parts.append(chart("Complexity", "Functions by McCabe complexity", rows))
    if any(found.lines for found in report.languages):
        rows = [(found.name, found.lines, "fine") for found in report.languages if found.lines]
        if rest := sum(lines for _, lines, _ in rows[_LANGUAGES:]):
            rows[_LANGUAGES:] = [(f"{len(rows) - _LANGUAGES} others", rest, "fine")]
        parts.append(chart("Languages", "Lines by language", rows[: _LANGUAGES + 1]))
    return f'<div class="pair">{"".join(parts)}</div>' if parts else ""
