"""Searches that work in the surveyed tree, on the report's page."""

from html import escape

from revo_edge.engines.parallel.html_parts import below
from revo_edge.engines.parallel.remembering import Remembered, command, place, verdict


def searches(found: Remembered | None) -> str:
    """Write the examples, or why the tree cannot be searched; nothing when that was not asked."""
    if found is None:
        return ""
    items = (
        f"<li><code>{escape(command(example, found.namespace))}</code>"
        f"{below('code', place(example))}</li>"
        for example in found.examples
    )
    examples = f'<ul class="searches">{"".join(items)}</ul>' if found.examples else ""
    text = escape(verdict(found))
    return f"<section><h2>Search this tree</h2><p>{text}</p>{examples}</section>"
