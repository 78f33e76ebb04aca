"""Notes that may be dropped: of each key only the newest waits, and it goes out at a set pace."""

from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Paced(Generic[T]):
    """Holds back what comes too fast; `now` is monotonic, in seconds."""

    def __init__(self) -> None:
        self._next_at: dict[Hashable, float] = {}
        self._waiting: dict[Hashable, tuple[T, float]] = {}

    def offer(self, key: Hashable, note: T, interval_s: float, now: float) -> bool:
        """Return True if the note may go now; else it waits in place of an older one."""
        if now < self._next_at.get(key, 0.0):
            self._waiting[key] = (note, interval_s)
            return False
        self._next_at[key] = now + interval_s
        self._waiting.pop(key, None)
        return True

    def due(self, now: float) -> list[T]:
        """Take the notes whose time has come."""
        notes = []
        for key in [key for key in self._waiting if self._next_at[key] <= now]:
            note, interval_s = self._waiting.pop(key)
            self._next_at[key] = now + interval_s
            notes.append(note)
        return notes

    def wait_s(self, now: float) -> float | None:
        """Return how long until the next note is due; None when nothing waits."""
        if not self._waiting:
            return None
        return max(0.0, min(self._next_at[key] for key in self._waiting) - now)

    def flush(self) -> list[T]:
        """Take every waiting note and forget all pace: what follows is another attempt."""
        notes = [note for note, _ in self._waiting.values()]
        self._waiting.clear()
        self._next_at.clear()
        return notes
