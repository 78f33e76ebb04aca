"""The order of a list of tasks: sorted keys, kept as tasks come, change and go. No Qt here."""

from bisect import bisect_left
from collections.abc import Callable, Iterable
from enum import IntEnum

from revo_edge.contract.tasks import TaskInfo, TaskState
from revo_gui.models.task_words import progress_ratio, title_of

Key = tuple[float, str, float, str]
"""A number, a text, when it was created, and the id, which makes it the only one of its kind."""


class Column(IntEnum):
    """Columns of the table of tasks."""

    STATE = 0
    TASK = 1
    PROGRESS = 2
    QUEUE = 3
    CREATED = 4
    TIME = 5


_RANKS = {state: float(rank) for rank, state in enumerate(TaskState)}


def _time_rank(info: TaskInfo) -> float:
    """Rank by duration; what still runs stands after what has ended, the longest last."""
    if info.started_at is None:
        return -1.0
    if info.ended_at is None:
        return 1e12 - info.started_at
    return info.ended_at - info.started_at


def _far(info: TaskInfo) -> float:
    found = progress_ratio(info)
    return -1.0 if found is None else found


_NUMBERS: dict[Column, Callable[[TaskInfo], float]] = {
    Column.STATE: lambda info: _RANKS[info.state],
    Column.PROGRESS: _far,
    Column.TIME: _time_rank,
}
_TEXTS: dict[Column, Callable[[TaskInfo], str]] = {
    Column.TASK: lambda info: title_of(info).casefold(),
    Column.QUEUE: lambda info: info.queue,
}


class Order:
    """Ids in the order of one column; rows count from the newest or greatest when `descending`."""

    def __init__(self, column: Column, *, descending: bool) -> None:
        self.column = column
        self.descending = descending
        self._number = _NUMBERS.get(column)
        self._text = _TEXTS.get(column)
        self._keys: list[Key] = []
        self._of: dict[str, Key] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, task_id: str) -> bool:
        return task_id in self._of

    def fill(self, infos: Iterable[TaskInfo]) -> None:
        """Begin anew with these."""
        self._of = {info.id: self._key(info) for info in infos}
        self._keys = sorted(self._of.values())

    def at(self, row: int) -> str:
        """Return the id in a row."""
        return self._keys[self._flip(row)][3]

    def row(self, task_id: str) -> int:
        """Return the row of an id that is in."""
        return self._flip(bisect_left(self._keys, self._of[task_id]))

    def place(self, info: TaskInfo) -> int:
        """Return the row that a new task would come before."""
        position = bisect_left(self._keys, self._key(info))
        return len(self._keys) - position if self.descending else position

    def add(self, infos: Iterable[TaskInfo]) -> None:
        """Put new tasks in."""
        for info in infos:
            key = self._of[info.id] = self._key(info)
            self._keys.insert(bisect_left(self._keys, key), key)

    def drop(self, task_id: str) -> None:
        """Take one out."""
        del self._keys[bisect_left(self._keys, self._of.pop(task_id))]

    def moves(self, info: TaskInfo) -> bool:
        """Tell whether a task that is in would now stand in another row."""
        old, new = self._of[info.id], self._key(info)
        if old == new:
            return False
        position = bisect_left(self._keys, old)
        after = self._keys[position + 1] if position + 1 < len(self._keys) else None
        before = self._keys[position - 1] if position else None
        if (before is None or before < new) and (after is None or new < after):
            self._of[info.id] = self._keys[position] = new
            return False
        return True

    def _flip(self, position: int) -> int:
        return len(self._keys) - 1 - position if self.descending else position

    def _key(self, info: TaskInfo) -> Key:
        number = self._number(info) if self._number else 0.0
        return number, self._text(info) if self._text else "", info.created_at, info.id
