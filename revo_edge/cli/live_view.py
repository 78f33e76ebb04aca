"""The live screen's decisions: what a key means, which tasks are shown, in which order. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from revo_edge.contract.tasks import TaskInfo, TaskState

SORTS = ("state", "newest", "title", "progress", "time")
INTERVALS_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
BOXES = (1, 2, 3, 4)
"""Engines, workers, tasks, events."""
PAGE_ROWS = 10
_FILTER_CHARS = 60
_ORDER = (
    TaskState.RUNNING,
    TaskState.HELD,
    TaskState.PROPOSED,
    TaskState.QUEUED,
    TaskState.FAILED,
    TaskState.CANCELLED,
    TaskState.SUCCEEDED,
    TaskState.UNKNOWN,
)
_RANK = {state: rank for rank, state in enumerate(_ORDER)}


class Mode(Enum):
    """What the keys speak to."""

    LIST = "list"
    FILTER = "filter"
    CONFIRM = "confirm"
    DETAILS = "details"
    HELP = "help"


class Act(Enum):
    """What is to be done outside the screen."""

    CANCEL = "cancel"
    RETRY = "retry"
    DETAILS = "details"
    SUSPEND = "suspend"
    QUIT = "quit"


@dataclass(frozen=True, slots=True)
class Wish:
    """An act, and the id of the task that it is about."""

    act: Act
    task: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """How the screen is set. `selected` is a task's id: it stays when the order changes."""

    mode: Mode = Mode.LIST
    sort: str = SORTS[0]
    filter: str = ""
    selected: str = ""
    paused: bool = False
    boxes: frozenset[int] = frozenset(BOXES)
    interval_s: float = 1.0
    scroll: int = 0
    """Lines of the details or the help that are above the screen."""


Pressed = tuple[View, Wish | None]


def arrange(tasks: Iterable[TaskInfo], view: View) -> list[TaskInfo]:
    """Return the tasks that fit the filter, in the chosen order."""
    found = [task for task in tasks if _fits(task, view.filter.casefold())]
    found.sort(key=lambda task: task.created_at, reverse=True)
    if view.sort in _KEYS:
        found.sort(key=_KEYS[view.sort])
    return found


def selection(view: View, shown: Sequence[TaskInfo]) -> int:
    """Return the row that is selected: the first when the chosen task is not shown (any more)."""
    return next((row for row, task in enumerate(shown) if task.id == view.selected), 0)


def press(view: View, key: str, shown: Sequence[TaskInfo]) -> Pressed:
    """Return what a key makes of the view, and what is to be done."""
    if key == "ctrl-z":
        return view, Wish(Act.SUSPEND)
    if view.mode is Mode.CONFIRM:
        chosen = Wish(Act.CANCEL, view.selected) if key in ("y", "Y") else None
        return replace(view, mode=Mode.LIST), chosen
    if view.mode is not Mode.LIST:
        return (_type if view.mode is Mode.FILTER else _read)(view, key), None
    return _choose(view, key, shown)


def _choose(view: View, key: str, shown: Sequence[TaskInfo]) -> Pressed:
    if key in _ON_TASK:
        return _ON_TASK[key](view, shown[selection(view, shown)]) if shown else (view, None)
    if key == "q":
        return view, Wish(Act.QUIT)
    if key in _MOVES:
        return _move(view, _MOVES[key], shown), None
    return _SETTINGS[key](view) if key in _SETTINGS else view, None


def _fits(task: TaskInfo, wanted: str) -> bool:
    if not wanted:
        return True
    text = f"{task.id} {task.kind} {task.title} {task.state.value} {task.queue}"
    return wanted in text.casefold()


def _far(task: TaskInfo) -> float:
    progress = task.progress
    return progress.done / progress.total if progress and progress.total else -1.0


_KEYS: dict[str, Callable[[TaskInfo], tuple[float, str]]] = {
    "state": lambda task: (_RANK[task.state], ""),
    "title": lambda task: (0, (task.title or task.kind).casefold()),
    "progress": lambda task: (-_far(task), ""),
    "time": lambda task: ((task.started_at or 0) - (task.ended_at or 1e12), ""),
}
"""`time`: the longest runs first, tasks that still run before those that ended."""


def _type(view: View, key: str) -> View:
    if key == "enter":
        return replace(view, mode=Mode.LIST)
    if key == "escape":
        return replace(view, mode=Mode.LIST, filter="")
    if key == "backspace":
        return replace(view, filter=view.filter[:-1])
    if len(key) == 1 and len(view.filter) < _FILTER_CHARS:
        return replace(view, filter=view.filter + key)
    return view


def _read(view: View, key: str) -> View:
    if key in ("escape", "enter", "q", "?"):
        return replace(view, mode=Mode.LIST, scroll=0)
    return replace(view, scroll=max(0, view.scroll + _MOVES.get(key, 0)))


def _details(view: View, task: TaskInfo) -> Pressed:
    chosen = replace(view, mode=Mode.DETAILS, selected=task.id, scroll=0)
    return chosen, Wish(Act.DETAILS, task.id)


def _cancel(view: View, task: TaskInfo) -> Pressed:
    return replace(view, mode=Mode.CONFIRM, selected=task.id), None


def _retry(view: View, task: TaskInfo) -> Pressed:
    return replace(view, selected=task.id), Wish(Act.RETRY, task.id)


_ON_TASK = {"enter": _details, "c": _cancel, "r": _retry}
_MOVES = {
    "up": -1,
    "k": -1,
    "down": 1,
    "j": 1,
    "pageup": -PAGE_ROWS,
    "pagedown": PAGE_ROWS,
    "home": -1_000_000,
    "g": -1_000_000,
    "end": 1_000_000,
    "G": 1_000_000,
}


def _move(view: View, rows: int, shown: Sequence[TaskInfo]) -> View:
    if not shown:
        return view
    row = min(max(0, selection(view, shown) + rows), len(shown) - 1)
    return replace(view, selected=shown[row].id)


def _sort(view: View) -> View:
    return replace(view, sort=SORTS[(SORTS.index(view.sort) + 1) % len(SORTS)])


def _box(number: int) -> Callable[[View], View]:
    return lambda view: replace(view, boxes=view.boxes ^ {number})


def _interval(interval_s: float, step: int) -> float:
    at = INTERVALS_S.index(interval_s) + step
    return INTERVALS_S[min(max(0, at), len(INTERVALS_S) - 1)]


_SETTINGS: dict[str, Callable[[View], View]] = {
    "f": lambda view: replace(view, mode=Mode.FILTER),
    "/": lambda view: replace(view, mode=Mode.FILTER),
    "escape": lambda view: replace(view, filter=""),
    "?": lambda view: replace(view, mode=Mode.HELP, scroll=0),
    "p": lambda view: replace(view, paused=not view.paused),
    "s": _sort,
    "+": lambda view: replace(view, interval_s=_interval(view.interval_s, 1)),
    "=": lambda view: replace(view, interval_s=_interval(view.interval_s, 1)),
    "-": lambda view: replace(view, interval_s=_interval(view.interval_s, -1)),
    **{str(number): _box(number) for number in BOXES},
}
