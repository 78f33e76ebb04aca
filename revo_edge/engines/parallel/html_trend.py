"""The survey report's section on what changed since the survey before."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from html import escape

from revo_edge.engines.parallel.html_parts import fold
from revo_edge.engines.parallel.severity import COMPLEX
from revo_edge.engines.parallel.trend import Moved, Point, Trend

_Figure = Callable[[Point], int | None]
_CURVE_POINTS = 60
_LEAST_POINTS = 3  # fewer are no curve

FIGURES: tuple[tuple[str, _Figure, bool], ...] = (
    ("Files", lambda point: point.files, False),
    ("Lines", lambda point: point.lines, False),
    (f"Functions above {COMPLEX}", lambda point: point.complex_functions, True),
    ("Highest complexity", lambda point: point.highest, True),
    ("Duplicated lines", lambda point: point.duplicated_lines, True),
    ("Marked comments", lambda point: point.markers, True),
    ("Import cycles", lambda point: point.cycles, True),
    ("Lint findings", lambda point: point.lint, True),
)
"""(title, the figure of a point, whether less of it is better)."""

TREND_STYLE = """
.trend td.n b{font-weight:600}.trend .good{color:var(--good)}.trend .bad{color:var(--bad)}
.trend svg{display:block;width:100%;height:26px}
.trend polyline{fill:none;stroke:var(--accent);stroke-width:1.5;vector-effect:non-scaling-stroke}
"""


def render_trend(trend: Trend) -> str:
    """Write the section; nothing when there is no survey to compare with."""
    if len(trend.points) < 2:
        return ""
    before, now = trend.points[-2:]
    title = f"<h2>Since the last survey</h2><p>{escape(_note(before, now))}"
    rows = "".join(
        _row(name, [figure(point) for point in trend.points], less_is_better=less)
        for name, figure, less in FIGURES
        if None not in (figure(before), figure(now)) and figure(before) != figure(now)
    )
    if not rows and not trend.worse and not trend.better:
        return f"<section>{title}; no figure is another.</p></section>"
    head = (
        '<th>Figure</th><th class="n">Before</th><th class="n">Now</th>'
        f'<th class="n">Change</th><th class="rated">{_span(trend.points)}</th>'
    )
    folds = _fold("Harder functions", trend.worse, trend.worse_count)
    folds += _fold("Easier functions", trend.better, trend.better_count)
    return (
        f"<section>{title}; what is not listed is the same.</p>"
        f'<table class="trend"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
        f"{folds}</section>"
    )


def _note(before: Point, now: Point) -> str:
    when = f"Of {datetime.fromtimestamp(before.at, UTC):%Y-%m-%d %H:%M} UTC"
    if before.made_by == now.made_by:
        return when
    return f"{when}, made by version {before.made_by}: figures may differ because it measured otherwise"


def _span(points: Sequence[Point]) -> str:
    if len(points) < _LEAST_POINTS:
        return ""
    return f"Last {min(len(points), _CURVE_POINTS)} surveys"


def _row(title: str, values: Sequence[int | None], *, less_is_better: bool) -> str:
    before, now = values[-2] or 0, values[-1] or 0
    step = now - before
    kind = ""
    if less_is_better:
        kind = "good" if step < 0 else "bad"
    return (
        f'<tr><td class="what" data-key="{title}">{title}</td>'
        f'<td class="n" data-key="{before}" data-label="Before">{before:,}</td>'
        f'<td class="n" data-key="{now}" data-label="Now">{now:,}</td>'
        f'<td class="n" data-key="{step}" data-label="Change"><b class="{kind}">{step:+,}</b></td>'
        f'<td data-key="{step}">{_curve([value for value in values if value is not None])}</td></tr>'
    )


def _curve(values: Sequence[int]) -> str:
    values = values[-_CURVE_POINTS:]
    if len(values) < _LEAST_POINTS:
        return ""
    low, high = min(values), max(values)
    width = 100 / (len(values) - 1)
    points = " ".join(
        f"{index * width:.1f},{18 - 16 * (value - low) / (high - low) if high > low else 10:.1f}"
        for index, value in enumerate(values)
    )
    return (
        '<svg viewBox="0 0 100 20" preserveAspectRatio="none" aria-hidden="true">'
        f'<polyline points="{points}"/></svg>'
    )


def _fold(title: str, moved: Iterable[Moved], count: int) -> str:
    items = [
        f"<li><code>{escape(place(one))}</code> {escape(tell_moved(one))}</li>" for one in moved
    ]
    if not items:
        return ""
    if count > len(items):
        items.append(f"<li>and {count - len(items):,} more</li>")
    return fold(f"{title}: {count:,}", "", items)


def place(moved: Moved) -> str:
    """Write where the function is, or the file that it was in."""
    return f"{moved.path}:{moved.line}" if moved.line else moved.path


def tell_moved(moved: Moved) -> str:
    """Say in words what became of a function."""
    if moved.before is None:
        return f"{moved.name}() is new above {COMPLEX}: {moved.now}"
    if moved.now is None:
        return f"{moved.name}() was {moved.before}, is gone or {COMPLEX} or less"
    return f"{moved.name}() from {moved.before} to {moved.now}"
