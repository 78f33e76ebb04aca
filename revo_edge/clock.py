"""Wall time, in one place: everything that measures a duration uses a monotonic clock instead."""

import time


def utc_now() -> float:
    """Return UTC epoch seconds."""
    return time.time_ns() / 1e9
