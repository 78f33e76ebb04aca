"""What the report's page lists in folds: duplicates, marked comments, files with a reason."""

from html import escape

from revo_edge.engines.files.tree import SkipReason
from revo_edge.engines.parallel.duplicates import Duplicates
from revo_edge.engines.parallel.html_parts import fold, percent
from revo_edge.engines.parallel.markers import age_days, age_text, oldest_first
from revo_edge.engines.parallel.report import Report
from revo_edge.engines.parallel.report_markdown import ages_verdict

_NAMED = 200  # named per reason or tag; the JSON report has them all
_GROUPS = 20  # duplicates shown; the JSON report has more

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


def unparsed(report: Report) -> str:
    """Write the Python files that do not parse, and why."""
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
        f"{fold(f'{len(items):,} files', '', items)}</section>"
    )


def duplicates(found: Duplicates | None) -> str:
    """Write the longest duplicates with their places."""
    if found is None or not found.groups:
        return ""
    folds = []
    for group in found.groups[:_GROUPS]:
        items = [
            f"<li><code>{escape(place.path)}:{place.first_line}-{place.last_line}</code></li>"
            for place in group.places
        ]
        title = f"{group.lines:,} lines in {len(group.places):,} places"
        folds.append(fold(title, escape(group.places[0].path), items))
    note = (
        f"{found.duplicated_lines:,} of {found.compared_lines:,} lines of code "
        f"({percent(found.ratio or 0)}) are there twice, names and literals aside"
    )
    if found.groups_found > _GROUPS:
        note += f"; the longest {_GROUPS} of {found.groups_found:,} groups"
    if not found.complete:
        note += "; not all was compared, the tree is too large"
    return f"<section><h2>Duplicates</h2><p>{note}</p>{''.join(folds)}</section>"


def markers(report: Report) -> str:
    """Write the marked comments by tag, each with its age, the oldest first."""
    folds = []
    for tag, count in report.totals.markers.items():
        placed = oldest_first(one for one in report.markers if one.marker.tag == tag)
        ages = [age_text(age_days(one, report.generated_at)) for one in placed]
        items = [
            f"<li><code>{escape(one.path)}:{one.marker.line}</code> <b>{age}</b> "
            f"{escape(one.marker.text)}</li>"
            for one, age in zip(placed[:_NAMED], ages, strict=False)
        ]
        if count > _NAMED:
            items.append(f"<li>and {count - _NAMED:,} more, named in the JSON report</li>")
        oldest = "" if placed[0].changed_at is None else f"the oldest: {ages[0]}"
        folds.append(fold(f"{tag}: {count:,}", oldest, items))
    if not folds:
        return ""
    note = escape(ages_verdict(report))
    return f"<section><h2>Left for later</h2><p>{note}</p>{''.join(folds)}</section>"


def skipped(report: Report) -> str:
    """Write the skipped files by reason."""
    if not report.skipped:
        return ""
    folds = []
    for reason, count in report.totals.skipped_by_reason.items():
        paths = [skip.path for skip in report.skipped if skip.reason == reason]
        items = [f"<li><code>{escape(path)}</code></li>" for path in paths[:_NAMED]]
        if count > _NAMED:
            items.append(f"<li>and {count - _NAMED:,} more, named in the JSON report</li>")
        title = f"{reason.replace('_', ' ')}: {count:,}"
        folds.append(fold(title, _REASONS[SkipReason(reason)], items))
    note = "Seen, counted, not measured"
    return f"<section><h2>Skipped files</h2><p>{note}</p>{''.join(folds)}</section>"
