"""The survey report as Markdown (the GitHub flavour: it has tables)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath

from revo_edge.engines.parallel.html_trend import FIGURES, place, tell_moved
from revo_edge.engines.parallel.import_graph import kind_text, round_text, verdict
from revo_edge.engines.parallel.lint import verdict as verdict_of_lint
from revo_edge.engines.parallel.markers import age_days, age_text, oldest_first
from revo_edge.engines.parallel.python_metrics import Coverage
from revo_edge.engines.parallel.remembering import command
from revo_edge.engines.parallel.remembering import place as place_of_hit
from revo_edge.engines.parallel.remembering import verdict as verdict_of_memory
from revo_edge.engines.parallel.report import Band, Report
from revo_edge.engines.parallel.severity import COMPLEX
from revo_edge.engines.parallel.summary import sentences

_EXAMPLES = 10  # skipped files named per reason; the JSON report has them all
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


def render_markdown(report: Report) -> str:
    """Render the report; every line ends with a newline."""
    sections = [
        _summary,
        _trend,
        _hotspots,
        _distribution,
        _functions,
        _files,
        _imports,
        _lint,
        _markers,
        _duplicates,
        _languages,
        _unparsed,
        _skipped,
        _searches,
    ]
    lines = [line for section in sections for line in section(report)]
    return "\n".join(lines) + "\n"


def band_label(band: Band) -> str:
    """Write a complexity band as a reader says it: `11-20` or `51 and more`."""
    return f"{band.low}-{band.high}" if band.high else f"{band.low} and more"


def utc_text(at: float) -> str:
    """Write epoch seconds as `2026-01-31 12:00 UTC`."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"


def ages_verdict(report: Report) -> str:
    """Say how the marked comments are sorted, and why the age of some is not known."""
    unknown = sum(one.changed_at is None for one in report.markers)
    if not unknown:
        return "Marked comments and how long their lines have been as they are, the oldest first."
    if report.ages_unavailable:
        return f"Marked comments. Their age is not known: {report.ages_unavailable}"
    return (
        "Marked comments, the oldest first. "
        f"The age of {unknown:,} is not known: not committed, from before a shallow clone, or no time was left."
    )


def _summary(report: Report) -> Iterator[str]:
    totals = report.totals
    name = PurePosixPath(report.root).name or report.root
    yield f"# Survey of {_code(name)}"
    yield ""
    yield (
        f"{_code(report.root)}, {utc_text(report.generated_at)}, {report.duration_s:.1f} s, "
        f"reVo Edge {report.version}, grammar of Python {report.python}."
    )
    yield ""
    yield _plain(" ".join(sentences(report)))
    yield ""
    yield from _table(
        ("Total", "Count:"),
        [
            ("Files measured", totals.files),
            ("Lines", totals.lines),
            ("Python files", totals.python_files),
            ("Python lines", totals.python_lines),
            ("... of these comments", totals.comment_lines),
            ("... of these blank", totals.blank_lines),
            ("Python functions", totals.functions),
            (f"... of complexity above {COMPLEX}", totals.complex_functions),
            ("Python files that do not parse", totals.unparsed_files),
            ("Functions of other languages", totals.other_functions),
            *((f"Comments marked {tag}", count) for tag, count in totals.markers.items()),
            *_covered("Public Python things with a docstring", totals.docstrings),
            *_covered("Arguments and returns with an annotation", totals.annotations),
            ("Files skipped", totals.skipped),
            ("Entries left out by .gitignore", totals.ignored),
        ],
    )


def _covered(title: str, found: Coverage | None) -> Iterator[tuple[str, str]]:
    if found and found.total:
        yield title, f"{found.covered:,} of {found.total:,} ({found.covered / found.total:.0%})"


def _hotspots(report: Report) -> Iterator[str]:
    """Write what to look at first, or why nobody can know."""
    found = report.hotspots
    yield from ("", "## Hotspots", "")
    if not found.files:
        yield _plain(found.unavailable)
        return
    yield from _table(
        ("File", "Score:", "Commits:", "Authors:", "Complexity:", "Why"),
        [
            (
                _code(spot.path),
                round(spot.score * 100),
                spot.commits,
                spot.authors,
                spot.complexity,
                _plain(spot.reason),
            )
            for spot in found.files
        ],
    )


def _trend(report: Report) -> Iterator[str]:
    trend = report.trend
    if len(trend.points) < 2:
        return
    before, now = trend.points[-2:]
    yield from ("", f"## Since the last survey, of {utc_text(before.at)}", "")
    figures = [(title, figure(before), figure(now)) for title, figure, _ in FIGURES]
    yield from _table(
        ("Figure", "Before:", "Now:", "Change:"),
        [
            (title, was, is_now, f"{is_now - was:+,}")
            for title, was, is_now in figures
            if was is not None and is_now is not None
        ],
    )
    if trend.worse:
        yield from ("", "Harder than before:", "")
        for moved in trend.worse[:_EXAMPLES]:
            yield f"- {_code(place(moved))} {_plain(tell_moved(moved))}"


def _distribution(report: Report) -> Iterator[str]:
    if not report.totals.functions:
        return
    yield from ("", "## Complexity", "")
    yield from _table(
        ("McCabe complexity", "Functions:", "Share:"),
        [
            (band_label(band), band.functions, f"{band.functions / report.totals.functions:.1%}")
            for band in report.totals.complexity_bands
        ],
    )


def _functions(report: Report) -> Iterator[str]:
    if not report.worst_functions:
        return
    yield from ("", "## Worst functions", "")
    yield from _table(
        ("Function", "Where", "Complexity:", "Lines:", "Nesting:", "Parameters:"),
        [
            (
                _code(worst.function.name),
                _code(f"{worst.path}:{worst.function.line}"),
                worst.function.complexity,
                worst.function.length,
                "unknown" if worst.function.nesting is None else worst.function.nesting,
                worst.function.parameters,
            )
            for worst in report.worst_functions
        ],
    )


def _files(report: Report) -> Iterator[str]:
    if not report.worst_files:
        return
    yield from ("", "## Worst files", "")
    yield from _table(
        ("File", f"Complexity above {COMPLEX}:", "Complexity:", "Highest:", "Functions:", "Lines:"),
        [
            (_code(w.path), w.excess, w.complexity, w.max_complexity, w.functions, w.lines)
            for w in report.worst_files
        ],
    )


def _imports(report: Report) -> Iterator[str]:
    found = report.imports
    if found is None or found.modules < 2:
        return
    yield from ("", "## Import cycles", "", verdict(found))
    if not found.cycles:
        return
    yield ""
    yield from _table(
        ("Modules:", "Closes", "A shortest way round", "Imports"),
        [
            (
                cycle.size,
                kind_text(cycle.kind),
                _code(round_text(cycle.chains[0])),
                ", ".join(_code(f"{step.path}:{step.line}") for step in cycle.chains[0]),
            )
            for cycle in found.cycles[:_EXAMPLES]
        ],
    )


def _lint(report: Report) -> Iterator[str]:
    found = report.lint
    text = verdict_of_lint(found)
    if not text:
        return
    yield from ("", "## Lint", "", _plain(text))
    if not found.rules:
        return
    yield ""
    yield from _table(
        ("Rule", "Findings:", "Files:", "First place", "Message"),
        [
            (
                _code(one.rule),
                one.findings,
                one.files,
                _code(f"{one.path}:{one.line}"),
                _plain(one.message),
            )
            for one in found.rules[:_EXAMPLES]
        ],
    )


def _markers(report: Report) -> Iterator[str]:
    if not report.markers:
        return
    yield from ("", "## Left for later", "", _plain(ages_verdict(report)), "")
    yield from _table(
        ("Age", "Tag", "Where", "Text"),
        [
            (
                age_text(age_days(one, report.generated_at)),
                one.marker.tag,
                _code(f"{one.path}:{one.marker.line}"),
                _code(one.marker.text) if one.marker.text else "",
            )
            for one in oldest_first(report.markers)[:_EXAMPLES]
        ],
    )


def _duplicates(report: Report) -> Iterator[str]:
    found = report.duplicates
    if found is None or not found.groups:
        return
    yield from ("", "## Duplicates", "")
    share = f"{found.ratio or 0:.1%}"
    yield f"{found.duplicated_lines:,} of {found.compared_lines:,} lines of code ({share})."
    yield ""
    yield from _table(
        ("Lines:", "Places:", "First places"),
        [
            (
                group.lines,
                len(group.places),
                ", ".join(
                    _code(f"{p.path}:{p.first_line}-{p.last_line}") for p in group.places[:3]
                ),
            )
            for group in found.groups[:_EXAMPLES]
        ],
    )


def _languages(report: Report) -> Iterator[str]:
    if not report.languages:
        return
    yield from ("", "## Languages", "")
    yield from _table(
        ("Language", "Files:", "Lines:", "Bytes:"),
        [(total.name, total.files, total.lines, total.size_bytes) for total in report.languages],
    )


def _unparsed(report: Report) -> Iterator[str]:
    python = [file for file in report.files if file.language == "Python"]
    broken = [(file.path, file.error) for file in python if file.error]
    if not broken:
        return
    yield from ("", "## Python files that do not parse", "")
    yield from _table(
        ("File", "Line:", "Error"),
        [(_code(path), error.line, _code(error.message)) for path, error in broken],
    )


def _skipped(report: Report) -> Iterator[str]:
    if not report.skipped:
        return
    yield from ("", "## Skipped files", "")
    for reason, count in report.totals.skipped_by_reason.items():
        paths = [skip.path for skip in report.skipped if skip.reason == reason]
        names = ", ".join(map(_code, paths[:_EXAMPLES]))
        more = f" and {count - _EXAMPLES:,} more" if count > _EXAMPLES else ""
        yield f"- {reason}: {count:,} ({names}{more})"


def _searches(report: Report) -> Iterator[str]:
    found = report.remembered
    if found is None:
        return
    yield from ("", "## Search this tree", "", _plain(verdict_of_memory(found)))
    if found.examples:
        yield ""
        for example in found.examples:
            yield f"- {_code(command(example, found.namespace))}: {_code(place_of_hit(example))}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str | int]]) -> Iterator[str]:
    """Write a table; a heading that ends with a colon is a column of numbers."""
    yield _row([title.removesuffix(":") for title in head])
    yield _row(["---:" if title.endswith(":") else "---" for title in head])
    for row in rows:
        yield _row([cell if isinstance(cell, str) else f"{cell:,}" for cell in row])


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _plain(text: str) -> str:
    """Write a sentence of ours in which a name or git's words may stand."""
    return _MARKUP.sub(r"\\\1", _CONTROL.sub(" ", text))


def _code(text: str) -> str:
    """Quote any text so that it stays one table cell and nothing in it is markup."""
    text = _CONTROL.sub(lambda m: ascii(m[0])[1:-1], text).replace("|", "\\|")
    longest = max(map(len, re.findall(r"`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if longest or not text.strip() else ""
    return f"{fence}{pad}{text}{pad}{fence}"
