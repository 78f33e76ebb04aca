"""Things done at an interval."""

import time
from collections.abc import Callable


class Every:
    """Calls `do(now)` each `interval_s`; after a delay it goes on from now, without catching up."""

    def __init__(self, interval_s: float, do: Callable[[float], None]) -> None:
        self._interval_s = interval_s
        self._do = do
        self._next = time.monotonic()

    def next_deadline(self) -> float:
        """Return when it is next due (monotonic seconds)."""
        return self._next

    def tick(self, now: float) -> None:
        """Do it; called when it is due."""
        self._next = max(self._next + self._interval_s, now)
        self._do(now)
