"""Conflation: of messages that say the same newer, only so many a second are worth sending."""

import heapq
from typing import Generic, TypeVar

T = TypeVar("T")


class Conflator(Generic[T]):
    """Lets one message per key and interval pass; the newest of those held back follows when due.

    Everything costs O(log n). A key costs nothing once its interval is over.
    """

    def __init__(self) -> None:
        self._closed: set[str] = set()
        self._waiting: dict[str, T] = {}
        self._interval_s: dict[str, float] = {}
        self._opens: list[tuple[float, str]] = []

    def offer(self, key: str, message: T, interval_s: float, now: float) -> bool:
        """Return True if the message may go now; else it waits in place of an older one."""
        self._forget_open(now)
        if key in self._closed:
            self._waiting[key] = message
            self._interval_s[key] = interval_s
            return False
        self._close(key, now + interval_s)
        return True

    def drop(self, key: str) -> None:
        """Forget what waits under this key: something final was said."""
        self._waiting.pop(key, None)
        self._interval_s.pop(key, None)

    def take_due(self, now: float) -> list[T]:
        """Return the messages whose interval is over, earliest first."""
        due: list[T] = []
        while self._opens and self._opens[0][0] <= now:
            key = heapq.heappop(self._opens)[1]
            if key in self._waiting:
                due.append(self._waiting.pop(key))
                self._close(key, now + self._interval_s.pop(key))
            else:
                self._closed.discard(key)
        return due

    def next_due(self) -> float | None:
        """Return when `take_due` is worth calling (it may still return nothing), or None."""
        return self._opens[0][0] if self._waiting else None

    def _close(self, key: str, until: float) -> None:
        self._closed.add(key)
        heapq.heappush(self._opens, (until, key))

    def _forget_open(self, now: float) -> None:
        while self._opens and self._opens[0][0] <= now and self._opens[0][1] not in self._waiting:
            self._closed.discard(heapq.heappop(self._opens)[1])
