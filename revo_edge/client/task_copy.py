"""A caller's own copy of a mirror's tasks, kept up to date by what changed alone.

A view draws many times a second: copying 10,000 tasks for each picture would take a millisecond
and half a megabyte, again and again.
"""

from collections.abc import Iterable, Mapping

from revo_edge.contract.tasks import TaskInfo


class TaskCopy:
    """The tasks by id, oldest first, and what became of them since they were last taken."""

    def __init__(self) -> None:
        self.tasks: dict[str, TaskInfo] = {}
        """Changed by `update` alone; read it in the same thread."""
        self._changed: dict[str, TaskInfo] = {}
        self._removed: dict[str, None] = {}
        self._new: set[str] = set()

    def update(self, record: Mapping[str, TaskInfo], touched: Iterable[str] | None) -> None:
        """Take over the tasks that were touched; None: any may have been."""
        if touched is None:
            touched = {**dict.fromkeys(self.tasks), **dict.fromkeys(record)}
        for key in touched:
            info = record.get(key)
            if info is None:
                self._remove(key)
            elif self.tasks.get(key) is not info:  # records are immutable
                self._put(key, info)

    def take(self) -> tuple[tuple[TaskInfo, ...], tuple[str, ...]]:
        """Return (new or other tasks, oldest first; ids of removed ones) since the last time."""
        changed = tuple(self._changed[key] for key in sorted(self._changed))
        removed = tuple(self._removed)
        self._changed, self._removed, self._new = {}, {}, set()
        return changed, removed

    def _put(self, key: str, info: TaskInfo) -> None:
        if key in self._removed:  # who takes it has never seen it gone
            del self._removed[key]
        elif key not in self.tasks:
            self._new.add(key)
        self.tasks[key] = info
        self._changed[key] = info

    def _remove(self, key: str) -> None:
        if self.tasks.pop(key, None) is None:
            return
        self._changed.pop(key, None)
        if key in self._new:  # who takes it has never seen it there
            self._new.remove(key)
        else:
            self._removed[key] = None
