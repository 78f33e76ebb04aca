"""A cycle of imports as a drawing: its modules on a ring, an arrow from each to what it imports."""

import math
from collections.abc import Sequence
from html import escape

from revo_edge.engines.parallel.import_graph import Cycle

_WIDTH, _EDGE, _LETTER = 1000, 20, 6.7
_LEAST_RADIUS, _ROOM = 60, 13  # units of the ring for each module
_NODE = 4

CYCLE_STYLE = """
.cycle{display:block;width:100%;max-width:900px;margin:6px 0 2px}
.arrows{position:absolute;width:0;height:0}.drawn{list-style:none;margin-left:-20px}
.cycle line{stroke:var(--accent);stroke-width:1.3;opacity:.75}
.cycle .deferred{stroke-dasharray:6 4}.cycle .typing{stroke-dasharray:1.5 4}
.cycle circle{fill:var(--ink)}.cycle text{fill:var(--ink);font-size:12px;
dominant-baseline:central}.cycle .end{text-anchor:end}.cycle marker path{fill:var(--accent)}
"""
MARKER = (
    '<svg class="arrows" aria-hidden="true"><defs><marker id="arrow" viewBox="0 0 8 8" '
    'refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0 0L8 4L0 8z"/></marker></defs></svg>'
)
"""The head of all arrows; once in the page."""


def draw_cycle(cycle: Cycle) -> str:
    """Draw the cycle; nothing when it is too large to be read, or a mere pair."""
    if not cycle.links or cycle.size < 3:
        return ""
    radius = max(_LEAST_RADIUS, _ROOM * cycle.size / 2)
    height = 2 * (radius + _EDGE)
    places = _ring(cycle.size, radius, height / 2)
    lines = "".join(
        _arrow(places[link.importer], places[link.imported], link.when) for link in cycle.links
    )
    common = _common(cycle.modules)
    names = "".join(
        _name(place, name.removeprefix(common) or name)
        for place, name in zip(places, cycle.modules, strict=True)
    )
    where = f" within {escape(common.rstrip('.'))}" if common else ""
    return (
        f'<svg class="cycle" viewBox="0 0 {_WIDTH} {height:.0f}" role="img" '
        f'aria-label="Imports of the cycle{where}">{lines}{names}</svg>'
    )


def _ring(count: int, radius: float, middle: float) -> list[tuple[float, float]]:
    """Spread places over an ellipse, the first on the left; wider than high: names go beside."""
    turns = (2 * math.pi * n / count + math.pi for n in range(count))
    return [
        (_WIDTH / 2 + 1.5 * radius * math.cos(turn), middle + radius * math.sin(turn))
        for turn in turns
    ]


def _arrow(start: tuple[float, float], end: tuple[float, float], when: str) -> str:
    """Draw a line that ends at the edge of the other module's dot."""
    length = math.dist(start, end) or 1.0
    share = (length - _NODE - 2) / length
    x, y = (a + (b - a) * share for a, b in zip(start, end, strict=True))
    return (
        f'<line class="{when}" x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{x:.1f}" y2="{y:.1f}" '
        'marker-end="url(#arrow)"/>'
    )


def _name(place: tuple[float, float], name: str) -> str:
    x, y = place
    left = x < _WIDTH / 2 - 1
    at = x - 9 if left else x + 9
    kind = ' class="end"' if left else ""
    room = at if left else _WIDTH - at
    most = max(8, int(room / _LETTER))
    short = name if len(name) <= most else f"…{name[1 - most :]}"
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_NODE}"/>'
        f'<text{kind} x="{at:.1f}" y="{y:.1f}">{escape(short)}</text>'
    )


def _common(names: Sequence[str]) -> str:
    """Return the packages that all modules are in, with the last dot; empty: none."""
    parts = [name.split(".")[:-1] for name in names]
    shared = []
    for level in zip(*parts, strict=False):
        if len(set(level)) > 1:
            break
        shared.append(level[0])
    return "".join(f"{part}." for part in shared)
