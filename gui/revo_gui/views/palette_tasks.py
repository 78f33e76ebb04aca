"""Tasks in the command palette, found by their titles."""

from collections.abc import Callable
from functools import partial

from revo_gui.link import Link
from revo_gui.views.palette import PaletteEntry

_FOUND = 8


def tasks_by_title(link: Link, show: Callable[[str], None], query: str) -> list[PaletteEntry]:
    """Return the newest tasks whose title holds the query, or whose id begins with it."""
    wanted = query.casefold().strip()
    if not wanted:
        return []
    found = [
        info
        for info in reversed(list(link.state().tasks.values()))
        if wanted in (info.title or info.kind).casefold() or info.id.casefold().startswith(wanted)
    ]
    return [
        PaletteEntry(
            id=f"task-{info.id}",
            text=info.title or info.kind,
            group=f"Task, {info.state.value}",
            icon="tasks",
            run=partial(show, info.id),
        )
        for info in found[:_FOUND]
    ]
