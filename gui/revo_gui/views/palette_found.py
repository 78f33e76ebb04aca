"""What the command palette finds beside actions: tasks by their titles, and a search of memory."""

from collections.abc import Callable
from functools import partial

from revo_gui.link import Link
from revo_gui.models.text import one_line
from revo_gui.views.palette import PaletteEntry

_TASKS = 8
_SHOWN_CHARS = 60
Run = Callable[[str], None]


def found(link: Link, show_task: Run, search: Run, query: str) -> list[PaletteEntry]:
    """Return the newest tasks that fit, and last the way to search memory for the same words."""
    words = query.strip()
    if not words:
        return []
    text = f"Search memory for {one_line(words, _SHOWN_CHARS)}"
    memory = PaletteEntry("search-memory", text, "Recall", "recall", partial(search, words))
    return [*_tasks(link, show_task, words.casefold()), memory]


def _tasks(link: Link, show: Run, wanted: str) -> list[PaletteEntry]:
    fitting = [
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
        for info in fitting[:_TASKS]
    ]
