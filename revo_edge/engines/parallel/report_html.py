"""The survey report as one HTML page: no network, no script needed, dark and light, any width."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import PurePosixPath

from revo_edge.engines.parallel.hotspots import Hotspots
from revo_edge.engines.parallel.report import BAND_LIMITS, COMPLEX, Report, WorstFile, WorstFunction
from revo_edge.engines.parallel.report_markdown import band_label, utc_text
from revo_edge.engines.parallel.tree import SkipReason

_NAMED = 200  # skipped files named per reason; the JSON report has them all
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

_STYLE = """
:root{color-scheme:light dark;--bg:#f7f6fb;--card:#fff;--ink:#1c1830;--soft:#635d78;--line:#e4e0ef;
--accent:#7c3aed;--tint:#efe8fd;--watch:#d99a0b;--high:#e2610f;--worst:#d22f4a}
@media(prefers-color-scheme:dark){:root{--bg:#13111c;--card:#1c1928;--ink:#edeaf6;--soft:#a59fb9;
--line:#322d45;--accent:#a78bfa;--tint:#2b2344;--watch:#e8b33a;--high:#f58a45;--worst:#f4637a}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",
Roboto,"Noto Sans","DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums}
main,footer{max-width:1080px;margin:0 auto;padding:0 24px}
header{margin:40px 0 28px}
.brand{display:flex;align-items:center;gap:9px;color:var(--accent);font-weight:600;font-size:13px}
.brand svg{width:16px;height:16px}
h1{margin:10px 0 2px;font-size:34px;line-height:1.2;letter-spacing:-.02em;overflow-wrap:anywhere}
.where{color:var(--soft);font-size:13px;overflow-wrap:anywhere}
.verdict{margin:18px 0 0;font-size:17px;max-width:76ch;overflow-wrap:anywhere}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:0}
.tiles div,section{background:var(--card);border:1px solid var(--line);border-radius:12px}
.tiles div{padding:14px 16px}
dt{color:var(--soft);font-size:13px}
dd{margin:0}
.tiles dd{font-size:25px;line-height:1.25;font-weight:650;letter-spacing:-.01em}
.tiles small{display:block;color:var(--soft);font-size:12px;font-weight:400;letter-spacing:0}
section{padding:20px 22px;margin:16px 0}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:16px;margin:16px 0}
.pair section{margin:0}
h2{margin:0;font-size:17px;letter-spacing:-.01em}
h2+p{margin:2px 0 14px;color:var(--soft);font-size:13px}
.bars{display:grid;grid-template-columns:max-content 1fr max-content;gap:8px 12px;
align-items:center;margin:0;font-size:14px}
.bars dd.count{text-align:right}
.bars dt{color:var(--ink);font-size:14px}
.bars small{color:var(--soft);margin-left:6px}
svg.bar{display:block;width:100%;height:12px;border-radius:3px;background:var(--tint)}
.rate{display:flex;align-items:center;gap:10px}
.rate svg.bar{height:6px}.rate b{font-weight:600;min-width:3.2ch}
.fine{fill:var(--accent)}.watch{fill:var(--watch)}.high{fill:var(--high)}.worst{fill:var(--worst)}
table{width:100%;border-collapse:collapse;font-size:14px;table-layout:fixed}
th.n{width:96px}th.rated{width:200px}
th{color:var(--soft);font-weight:500;font-size:12.5px;text-align:left;padding:0 10px 7px;
border-bottom:1px solid var(--line);white-space:nowrap;vertical-align:bottom}
td{padding:8px 10px;border-bottom:1px solid var(--line)}
tr:last-child td{border-bottom:0}
th:first-child,td:first-child{padding-left:0}th:last-child,td:last-child{padding-right:0}
th.n,td.n{text-align:right}
code{font:13px/1.45 ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",monospace;
overflow-wrap:anywhere;white-space:pre-wrap}
td code.name{font-weight:600}
td .at{display:block;color:var(--soft);font-size:12px}
th button{all:unset;cursor:pointer;position:relative}
th button:hover{color:var(--ink)}
th button:focus-visible,summary:focus-visible{outline:2px solid var(--accent);outline-offset:3px;
border-radius:3px}
th button::after{content:"\\25BE";position:absolute;right:-11px;visibility:hidden}
th[aria-sort] button{color:var(--accent)}th[aria-sort] button::after{visibility:visible}
th[aria-sort=ascending] button::after{content:"\\25B4"}
details{border-top:1px solid var(--line);padding:9px 0}
summary{cursor:pointer}summary span{color:var(--soft);font-size:13px;margin-left:6px}
details ul{margin:8px 0 4px;padding-left:20px;color:var(--soft)}
details p{margin:8px 0 4px;max-width:80ch}
footer{color:var(--soft);font-size:13px;padding-top:8px;padding-bottom:40px}
@media(max-width:760px){.pair{grid-template-columns:1fr}}
@media(max-width:600px){main,footer{padding:0 14px}header{margin:24px 0 20px}h1{font-size:26px}
.tiles{grid-template-columns:1fr 1fr;gap:8px}.tiles dd{font-size:21px}.rate svg.bar{width:70px}section{padding:16px 14px}
thead{display:none}tbody tr{display:grid;grid-template-columns:1.7fr .8fr .9fr 1fr;gap:2px 8px;
padding:11px 0;border-bottom:1px solid var(--line)}
tbody tr:last-child{border-bottom:0}tbody td{border:0;padding:0}
td.what{grid-column:1/-1}th.n,td.n{text-align:left}
td[data-label]::before{content:attr(data-label);display:block;color:var(--soft);font-size:11.5px}}
@media print{body{background:#fff}section,.tiles div,tr{break-inside:avoid}}
"""

_SCRIPT = """
for (const head of document.querySelectorAll("th")) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener("click", () => {
    const order = head.getAttribute("aria-sort");
    const up = order ? order === "descending" : !head.className;
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const body = head.closest("table").tBodies[0];
    const key = (row) => row.cells[head.cellIndex].dataset.key;
    const compare = new Intl.Collator(undefined, { numeric: true }).compare;
    const rows = [...body.rows].sort((a, b) => compare(key(a), key(b)) * (up ? 1 : -1));
    body.append(...rows);
  });
}
"""


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
<style>{_STYLE}</style>
</head>
<body>
<main>
{_header(report, name)}
{_tiles(report)}
{_hotspots(report.hotspots)}
{_charts(report)}
{_functions(report.worst_functions)}
{_files(report.worst_files)}
{_unparsed(report)}
{_skipped(report)}
{_RULES}
</main>
{_footer(report)}
<script>{_SCRIPT}</script>
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
<p class="verdict">{_verdict(report)}</p>
</header>"""


def _verdict(report: Report) -> str:
    """Say in two sentences what a reader in a hurry takes away."""
    totals = report.totals
    if not report.worst_functions:
        return "No Python functions were found in this tree."
    worst = report.worst_functions[0]
    if not totals.complex_functions:
        return f"No Python function has a complexity above {COMPLEX}."
    return (
        f"<b>{totals.complex_functions:,}</b> of {totals.functions:,} Python functions "
        f"({totals.complex_functions / totals.functions:.1%}) have a complexity above {COMPLEX}. "
        f"The highest is <b>{worst.function.complexity:,}</b>, in "
        f"<code>{escape(worst.function.name)}</code>."
    )


def _tiles(report: Report) -> str:
    totals = report.totals
    tiles = [
        ("Files", totals.files, f"{totals.python_files:,} Python"),
        ("Lines", totals.lines, f"{totals.python_lines:,} Python"),
        ("Functions", totals.functions, "Python"),
        ("Hard functions", totals.complex_functions, f"complexity above {COMPLEX}"),
        ("Do not parse", totals.unparsed_files, "Python files"),
        ("Skipped", totals.skipped, f"and {totals.ignored:,} ignored"),
    ]
    cells = (
        f"<div><dt>{title}</dt><dd>{count:,}<small>{note}</small></dd></div>"
        for title, count, note in tiles
    )
    return f'<dl class="tiles">{"".join(cells)}</dl>'


def _charts(report: Report) -> str:
    charts = []
    if report.totals.functions:
        rows = [
            (band_label(band), band.functions, _severity(band.low))
            for band in report.totals.complexity_bands
        ]
        charts.append(_chart("Complexity", "Functions by McCabe complexity", rows))
    if report.languages:
        rows = [(language.name, language.lines, "fine") for language in report.languages]
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


def _severity(complexity: int) -> str:
    """Name the colour of a complexity by the band that it is in."""
    return ("fine", "fine", "watch", "high", "worst")[sum(complexity > end for end in BAND_LIMITS)]


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
            _severity(spot.functions[0].complexity),
        )
        for spot in found.files
    )
    note = (
        "Hard to read and often changed: the rank by complexity times the rank by commits, of 100"
    )
    head = ("File", "Score", "Commits", "Authors", "Complexity")
    return _table("Hotspots", note, head, rows)


def _functions(worst: Sequence[WorstFunction]) -> str:
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
            _severity(item.function.complexity),
        )
        for item in worst
    )
    head = ("Function", "Complexity", "Lines", "Nesting", "Parameters")
    return _table("Worst functions", "The highest McCabe complexity first", head, rows)


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
            _severity(item.max_complexity),
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
