"""The survey report as one HTML page: no network, no script needed, dark and light, any width."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from pathlib import PurePosixPath

from revo_edge.engines.parallel.duplicates import Duplicates
from revo_edge.engines.parallel.hotspots import Hotspots
from revo_edge.engines.parallel.python_metrics import Coverage
from revo_edge.engines.parallel.report import Report, WorstFile, WorstFunction
from revo_edge.engines.parallel.report_map import MAP_SCRIPT, MAP_STYLE, render_map
from revo_edge.engines.parallel.report_markdown import band_label, utc_text
from revo_edge.engines.parallel.report_style import SCRIPT, STYLE
from revo_edge.engines.parallel.report_trend import TREND_STYLE, render_trend
from revo_edge.engines.parallel.severity import COMPLEX, severity_of
from revo_edge.engines.parallel.summary import sentences
from revo_edge.engines.parallel.tree import SkipReason

_NAMED = 200  # skipped files named per reason; the JSON report has them all
_GROUPS = 20  # duplicates shown; the JSON report has more
_OTHERS = "Read by the library lizard, which also counts &amp;&amp;, || and ?"
_LANGUAGES = 5  # bars in the chart of languages; the others are summed up

_REASONS = {
    SkipReason.BINARY: "not text: a NUL byte in the first 8 KiB",
    SkipReason.HUGE: "larger than the size limit",
    SkipReason.UNREADABLE: "no permission, gone meanwhile, or a read error",
    SkipReason.NOT_UTF8: "text in another encoding than it declares",
    SkipReason.SYMLINK: "a symbolic link; links are not followed",
    SkipReason.SYMLINK_LOOP: "a symbolic link that leads back to itself or a folder above",
    SkipReason.NOT_REGULAR: "a pipe, socket, device or kernel file",
    SkipReason.NOT_MEASURED: "the survey ended before its turn, or its worker was lost",
}


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
<style>{STYLE}{MAP_STYLE}{TREND_STYLE}</style>
</head>
<body>
<main>
{_header(report, name)}
{_tiles(report)}
{render_trend(report.trend)}
{_hotspots(report.hotspots)}
{render_map(name, report.files, report.hotspots)}
{_charts(report)}
{_functions(report.worst_functions, "Worst functions", "The highest McCabe complexity first")}
{_files(report.worst_files)}
{_functions(report.worst_other_functions, "Worst functions of other languages", _OTHERS)}
{_duplicates(report.duplicates)}
{_markers(report)}
{_unparsed(report)}
{_skipped(report)}
{_RULES}
</main>
{_footer(report)}
<script>{SCRIPT}{MAP_SCRIPT}</script>
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


def _tags(markers: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {tag}" for tag, count in markers.items()) or "marked comments"


def _figure(count: int | str) -> str:
    return count if isinstance(count, str) else f"{count:,}"


def _charts(report: Report) -> str:
    charts = []
    if report.totals.functions:
        rows = [
            (band_label(band), band.functions, severity_of(band.low))
            for band in report.totals.complexity_bands
        ]
        charts.append(_chart("Complexity", "Functions by McCabe complexity", rows))
    if report.languages:
        rows = [(found.name, found.lines, "fine") for found in report.languages if found.lines]
        if rest := sum(lines for _, lines, _ in rows[_LANGUAGES:]):
            rows[_LANGUAGES:] = [(f"{len(rows) - _LANGUAGES} others", rest, "fine")]
        charts.append(_chart("Languages", "Lines by language", rows[: _LANGUAGES + 1]))
    return f'<div class="pair">{"".join(charts)}</div>' if charts else ""


def _chart(title: str, note: str, rows: Sequence[tuple[str, int, str]]) -> str:
    whole = sum(count for _, count, _ in rows) or 1
    longest = max(count for _, count, _ in rows) or 1
    bars = (
        f"<dt>{escape(label)}</dt><dd>{_bar(count / longest, severity)}</dd>"
        f'<dd class="count">{count:,}<small>{_percent(count / whole)}</small></dd>'
        for label, count, severity in rows
    )
    return f'<section><h2>{title}</h2><p>{note}</p><dl class="bars">{"".join(bars)}</dl></section>'


def _percent(share: float) -> str:
    return "&lt;0.1%" if 0 < share < 0.0005 else f"{share:.1%}"


def _bar(share: float, severity: str) -> str:
    """Draw a horizontal bar; the smallest that is not zero can still be seen."""
    width = max(share * 100, 0.7) if share else 0
    return (
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="{severity}" width="{width:.1f}" height="10"/></svg>'
    )


def _hotspots(found: Hotspots) -> str:
    """Write what to look at first, or why nobody can know."""
    if not found.files:
        return f"<section><h2>Hotspots</h2><p>{escape(found.unavailable)}</p></section>"
    rows = (
        _row(
            (spot.path, _below("span", spot.reason)),
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
    return _table("Hotspots", note, head, rows)


def _functions(worst: Sequence[WorstFunction], title: str, note: str) -> str:
    longest = max([2 * COMPLEX, *(item.function.complexity for item in worst)])
    rows = (
        _row(
            (item.function.name, _below("code", f"{item.path}:{item.function.line}")),
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
    return _table(title, note, head, rows)


def _files(worst: Sequence[WorstFile]) -> str:
    longest = max([COMPLEX, *(item.excess for item in worst)])
    rows = (
        _row(
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
    return _table("Worst files", note, head, rows)


def _table(title: str, note: str, head: Sequence[str], rows: Iterable[str]) -> str:
    body = "\n".join(rows)
    if not body:
        return ""
    first, rated, *numbers = head
    titles = f'<th>{first}</th><th class="rated">{rated}</th>'
    titles += "".join(f'<th class="n">{number}</th>' for number in numbers)
    return (
        f"<section><h2>{title}</h2><p>{note}</p><table><thead><tr>{titles}</tr></thead>\n"
        f"<tbody>{body}</tbody></table></section>"
    )


def _row(
    what: tuple[str, str],
    rated: tuple[str, int, int],
    others: Iterable[tuple[str, int | None]],
    severity: str,
) -> str:
    """Write a row: its name and the markup below that, the number it is rated by, other numbers."""
    name, below = escape(what[0]), what[1]
    label, rating, longest = rated
    cells = (
        f'<td class="n" data-key="{number or 0}" data-label="{title}">{_count(number)}</td>'
        for title, number in others
    )
    return (
        f'<tr><td class="what" data-key="{name}"><code class="name">{name}</code>{below}</td>'
        f'<td data-key="{rating}" data-label="{label}"><span class="rate"><b>{rating:,}</b>'
        f"{_bar(rating / (longest or 1), severity)}</span></td>{''.join(cells)}</tr>"
    )


def _below(tag: str, text: str) -> str:
    """Write a second line: a place as code, a sentence as a span."""
    return f'<{tag} class="at">{escape(text)}</{tag}>'


def _count(number: int | None) -> str:
    return "unknown" if number is None else f"{number:,}"


def _unparsed(report: Report) -> str:
    items = [
        f"<li><code>{escape(file.path)}:{file.error.line}</code> {escape(file.error.message)}</li>"
        for file in report.files
        if file.error and file.language == "Python"
    ]
    if not items:
        return ""
    return (
        "<section><h2>Python files that do not parse</h2>"
        f"<p>Read with the grammar of Python {escape(report.python)}; their lines count</p>"
        f"{_fold(f'{len(items):,} files', '', items)}</section>"
    )


def _duplicates(found: Duplicates | None) -> str:
    if found is None or not found.groups:
        return ""
    folds = []
    for group in found.groups[:_GROUPS]:
        items = [
            f"<li><code>{escape(place.path)}:{place.first_line}-{place.last_line}</code></li>"
            for place in group.places
        ]
        title = f"{group.lines:,} lines in {len(group.places):,} places"
        folds.append(_fold(title, escape(group.places[0].path), items))
    note = (
        f"{found.duplicated_lines:,} of {found.compared_lines:,} lines of code "
        f"({_percent(found.ratio or 0)}) are there twice, names and literals aside"
    )
    if found.groups_found > _GROUPS:
        note += f"; the longest {_GROUPS} of {found.groups_found:,} groups"
    if not found.complete:
        note += "; not all was compared, the tree is too large"
    return f"<section><h2>Duplicates</h2><p>{note}</p>{''.join(folds)}</section>"


def _markers(report: Report) -> str:
    folds = []
    for tag, count in report.totals.markers.items():
        placed = [one for one in report.markers if one.marker.tag == tag]
        items = [
            f"<li><code>{escape(one.path)}:{one.marker.line}</code> {escape(one.marker.text)}</li>"
            for one in placed[:_NAMED]
        ]
        if count > _NAMED:
            items.append(f"<li>and {count - _NAMED:,} more, named in the JSON report</li>")
        folds.append(_fold(f"{tag}: {count:,}", "", items))
    if not folds:
        return ""
    return f"<section><h2>Left for later</h2><p>Marked comments</p>{''.join(folds)}</section>"


def _skipped(report: Report) -> str:
    if not report.skipped:
        return ""
    folds = []
    for reason, count in report.totals.skipped_by_reason.items():
        paths = [skip.path for skip in report.skipped if skip.reason == reason]
        items = [f"<li><code>{escape(path)}</code></li>" for path in paths[:_NAMED]]
        if count > _NAMED:
            items.append(f"<li>and {count - _NAMED:,} more, named in the JSON report</li>")
        title = f"{reason.replace('_', ' ')}: {count:,}"
        folds.append(_fold(title, _REASONS[SkipReason(reason)], items))
    note = "Seen, counted, not measured"
    return f"<section><h2>Skipped files</h2><p>{note}</p>{''.join(folds)}</section>"


def _fold(title: str, note: str, items: Iterable[str]) -> str:
    return (
        f"<details><summary>{title}<span>{note}</span></summary><ul>{''.join(items)}</ul></details>"
    )


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
