"""The two services of Perfect Recall, as the processes of the resident lane open them."""

import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from revo_edge.contract.codec import decode_as
from revo_edge.engines.base import Resident
from revo_edge.engines.recall.opening import Options
from revo_edge.engines.recall.reader import Reader
from revo_edge.engines.recall.writer import Writer
from revo_edge.errors import Unavailable
from revo_edge.settings import Recall

OPEN_LIMIT_S = 600.0
"""A damaged file of some gigabytes is read out row by row."""
OPEN_RETRY_S = 0.01


def open_writer(home: Path, settings: msgspec.Raw, pulse: Callable[[], None]) -> Resident:
    """Open memory.db for writing, or make it; the caller sees to it that there is one writer.

    Raises VersionMismatch for a file of a newer version, Unavailable when the disk refuses.
    """
    del pulse
    return Writer(home, _options(settings))


def open_reader(home: Path, settings: msgspec.Raw, pulse: Callable[[], None]) -> Resident:
    """Open memory.db for reading; waits while the writer still makes, checks or salvages it.

    Raises Unavailable when that takes too long, VersionMismatch for a file of a newer version.
    """
    options = _options(settings)
    end = time.monotonic() + OPEN_LIMIT_S
    while True:
        try:
            return Reader(home, options)
        except Unavailable:
            if time.monotonic() >= end:
                raise
            pulse()
            time.sleep(OPEN_RETRY_S)


def _options(settings: msgspec.Raw) -> Options:
    recall = decode_as(settings, Recall)
    return Options(keep_items=recall.keep_items, keep_days=recall.keep_days)
