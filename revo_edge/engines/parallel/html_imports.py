"""The import graph on the report's page: cycles with the imports to cut, layers, the most imported."""

from collections.abc import Iterator, Sequence
from html import escape

from revo_edge.engines.parallel.html_cycle import MARKER, draw_cycle
from revo_edge.engines.parallel.html_parts import below, fold, row, table
from revo_edge.engines.parallel.import_graph import (
    Cycle,
    ImportGraph,
    Step,
    kind_text,
    round_text,
    verdict,
)

_SHOWN = 50  # cycles; the JSON report has more
_LEVELS = 20  # layers; the JSON report has more
_NAMED = 8  # modules of a layer


def import_cycles(found: ImportGraph | None) -> str:
    """Write each cycle with its shortest ways round, or that there is none."""
    if found is None or found.modules < 2:
        return ""
    folds = [
        fold(_title(cycle), escape(round_text(cycle.chains[0])), _items(cycle))
        for cycle in found.cycles[:_SHOWN]
    ]
    note = escape(verdict(found))
    if found.cycles_found > len(folds):
        note += f" The first {len(folds)} are shown."
    return f"<section><h2>Import cycles</h2><p>{note}</p>{MARKER}{''.join(folds)}</section>"


def layers(found: ImportGraph | None) -> str:
    """Write how many modules stand on each level, and which ones most others need."""
    if found is None or not found.edges:
        return ""
    shown = found.layers[:_LEVELS]
    longest = max(layer.size for layer in shown)
    rows = (
        row(
            (f"Level {layer.level}", below("span", _names(layer.modules[:_NAMED], layer.size))),
            ("Modules", layer.size, longest),
            [],
            "fine",
        )
        for layer in shown
    )
    note = "0 imports nothing of the tree, any other stands on the one below"
    if found.layers_found > _LEVELS:
        note += f"; the lowest {_LEVELS} of {found.layers_found:,}"
    return table("Layers", note, ("Level", "Modules"), rows) + _most_imported(found)


def _most_imported(found: ImportGraph) -> str:
    longest = found.most_imported[0].imported_by
    rows = (
        row(
            (one.module, below("code", one.path)),
            ("Imported by", one.imported_by, longest),
            [("Imports", one.imports)],
            "fine",
        )
        for one in found.most_imported
    )
    head = ("Module", "Imported by", "Imports")
    return table("Most imported modules", "By how many modules of the tree", head, rows)


def _title(cycle: Cycle) -> str:
    return f"{cycle.size:,} modules, {kind_text(cycle.kind)}"


def _items(cycle: Cycle) -> Iterator[str]:
    if drawing := draw_cycle(cycle):
        yield f'<li class="drawn">{drawing}</li>'
    for chain in cycle.chains:
        yield f'<li class="round">{"".join(map(_step, chain))}</li>'
    if cycle.import_time > len(cycle.chains):
        yield f"<li>and {cycle.import_time - len(cycle.chains):,} more at import time</li>"
    if cycle.size > 2:
        yield f"<li>All of them: {escape(_names(cycle.modules, cycle.size))}</li>"


def _step(step: Step) -> str:
    when = "" if step.when == "import" else f" ({kind_text(step.when)})"
    return (
        f"<div><code>{escape(step.path)}:{step.line}</code> "
        f"{escape(step.module)} imports {escape(step.imported)}{when}</div>"
    )


def _names(names: Sequence[str], size: int) -> str:
    more = f" and {size - len(names):,} more" if size > len(names) else ""
    return ", ".join(names) + more
