"""The survey report as one HTML page: no network, no script needed, dark and light, any width."""

from collections.abc import Iterator, Mapping
from html import escape
from pathlib import PurePosixPath

from revo_edge.engines.parallel.html_cycle import CYCLE_STYLE
from revo_edge.engines.parallel.html_files import FILTER_SCRIPT, FILTER_STYLE, every_file
from revo_edge.engines.parallel.html_imports import import_cycles, layers
from revo_edge.engines.parallel.html_lint import lint
from revo_edge.engines.parallel.html_lists import duplicates, markers, skipped, unparsed
from revo_edge.engines.parallel.html_map import MAP_SCRIPT, MAP_STYLE, render_map
from revo_edge.engines.parallel.html_searches import searches
from revo_edge.engines.parallel.html_tables import charts, files, functions, hotspots
from revo_edge.engines.parallel.html_trend import TREND_STYLE, render_trend
from revo_edge.engines.parallel.import_graph import ImportGraph
from revo_edge.engines.parallel.lint import Lint
from revo_edge.engines.parallel.python_metrics import Coverage
from revo_edge.engines.parallel.report import Report
from revo_edge.engines.parallel.report_markdown import utc_text
from revo_edge.engines.parallel.report_style import SCRIPT, STYLE
from revo_edge.engines.parallel.severity import COMPLEX
from revo_edge.engines.parallel.summary import sentences

_OTHERS = "Read by the library lizard, which also counts &amp;&amp;, || and ?"


def render_html(report: Report) -> str:
    """Render the report as one page; every string of the tree is escaped."""
    name = PurePosixPath(report.root).name or report.root
    policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="reVo Edge {escape(report.version)}">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>Survey of {escape(name)}</title>
<style>{STYLE}{MAP_STYLE}{TREND_STYLE}{FILTER_STYLE}{CYCLE_STYLE}</style>
</head>
<body>
<main>
{_header(report, name)}
{_tiles(report)}
{render_trend(report.trend)}
{hotspots(report.hotspots)}
{render_map(name, report.files, report.hotspots)}
{charts(report)}
{functions(report.worst_functions, "Worst functions", "The highest McCabe complexity first")}
{files(report.worst_files)}
{functions(report.worst_other_functions, "Worst functions of other languages", _OTHERS)}
{every_file(report)}
{import_cycles(report.imports)}
{layers(report.imports)}
{duplicates(report.duplicates)}
{lint(report.lint)}
{markers(report)}
{unparsed(report)}
{skipped(report)}
{searches(report.remembered)}
{_RULES}
</main>
{_footer(report)}
<script>{SCRIPT}{MAP_SCRIPT}{FILTER_SCRIPT}</script>
</body>
</html>
"""


def _header(report: Report, name: str) -> str:
    return f"""<header>
<div class="brand"><svg viewBox="0 0 16 16" aria-hidden="true" fill="currentColor">
<rect y="9" width="4" height="7" rx="1"/><rect x="6" y="4" width="4" height="12" rx="1"/>
<rect x="12" width="4" height="16" rx="1"/></svg>reVo Edge survey</div>
<h1>{escape(name)}</h1>
<div class="where"><code>{escape(report.root)}</code> &middot; {utc_text(report.generated_at)}</div>
<p class="verdict">{escape(" ".join(sentences(report)))}</p>
</header>"""


def _tiles(report: Report) -> str:
    totals = report.totals
    tiles: list[tuple[str, int | str, str]] = [
        ("Files", totals.files, f"{totals.python_files:,} Python"),
        ("Lines", totals.lines, f"{totals.python_lines:,} Python"),
        ("Functions", totals.functions, "Python"),
        ("Hard functions", totals.complex_functions, f"complexity above {COMPLEX}"),
        ("Skipped", totals.skipped, f"and {totals.ignored:,} ignored"),
        ("Documented", *_share(totals.docstrings, "public Python things")),
        ("Annotated", *_share(totals.annotations, "arguments and returns")),
        ("Left for later", sum(totals.markers.values()), _tags(totals.markers)),
        *_cycle_tile(report.imports),
        *_lint_tile(report.lint),
    ]
    cells = (
        f"<div><dt>{title}</dt><dd>{_figure(count)}<small>{note}</small></dd></div>"
        for title, count, note in tiles
    )
    return f'<dl class="tiles">{"".join(cells)}</dl>'


def _share(found: Coverage | None, what: str) -> tuple[str, str]:
    """Say how much is covered, in percent; where nothing could be there is nothing to cover."""
    if found is None or not found.total:
        return "none", f"no {what} to look at"
    return f"{found.covered / found.total:.0%}", f"{found.covered:,} of {found.total:,} {what}"


def _cycle_tile(found: ImportGraph | None) -> Iterator[tuple[str, int, str]]:
    if found and found.modules > 1:
        yield "Import cycles", found.cycles_found, f"{found.import_time_cycles:,} at import time"


def _lint_tile(found: Lint) -> Iterator[tuple[str, int | str, str]]:
    if found.version:
        yield "Lint findings", found.count, f"by ruff in {found.files:,} files"
    elif found.unavailable:
        yield "Lint findings", "unknown", "ruff did not say"


def _tags(markers: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {tag}" for tag, count in markers.items()) or "marked comments"


def _figure(count: int | str) -> str:
    return count if isinstance(count, str) else f"{count:,}"


def _footer(report: Report) -> str:
    parts: Iterator[str] = iter(
        (
            f"reVo Edge {escape(report.version)}",
            utc_text(report.generated_at),
            f"took {report.duration_s:.1f} s",
            f"grammar of Python {escape(report.python)}",
            "this page loads nothing from the network",
        )
    )
    return f"<footer>{' &middot; '.join(parts)}</footer>"


_RULES = f"""<section><h2>How it is counted</h2><p>The rules behind the numbers</p>
<details><summary>Complexity, nesting, length, lines</summary>
<p>Complexity is McCabe's, equal to the Python package <code>mccabe</code>: 1 for the function and 1
for each <code>if</code>, <code>elif</code>, <code>for</code> and <code>while</code>;
<code>try</code> counts 1 and each <code>except</code> 1. A nested function is listed itself and
also counts in the function around it. <code>match</code>, <code>except*</code> and
<code>finally</code> count as plain statements.</p>
<p>Nesting is the deepest stack of blocks in the function. Length is in lines from <code>def</code>
to the end. A file's severity is the sum, over its functions, of the complexity above
{COMPLEX}.</p></details></section>"""
