"""The two services of Perfect Recall, as the processes of the resident lane open them."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

from revo_edge.contract.codec import decode_as
from revo_edge.embed.choose import identify, load
from revo_edge.engines.base import Resident
from revo_edge.engines.recall.meaning import Meaning
from revo_edge.engines.recall.opening import Options
from revo_edge.engines.recall.reader import Reader
from revo_edge.engines.recall.watcher import Watcher
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
    return Writer(home, _options(decode_as(settings, Recall)))


def open_reader(home: Path, settings: msgspec.Raw, pulse: Callable[[], None]) -> Resident:
    """Open memory.db for reading; waits while the writer still makes, checks or salvages it.

    Raises Unavailable when that takes too long, VersionMismatch for a file of a newer version.
    """
    chosen = decode_as(settings, Recall)
    options = _options(chosen)
    meaning = Meaning(home, partial(load, chosen.model, aside=True)) if options.model else None
    end = time.monotonic() + OPEN_LIMIT_S
    while True:
        try:
            return Reader(home, options, meaning)
        except Unavailable:
            if time.monotonic() >= end:
                raise
            pulse()
            time.sleep(OPEN_RETRY_S)


def open_watcher(home: Path, settings: msgspec.Raw, pulse: Callable[[], None]) -> Resident:
    """Open what follows folders; the writer has made memory.db before one could be named."""
    del pulse
    return Watcher(home, _options(decode_as(settings, Recall)), time.monotonic)


def _options(settings: Recall) -> Options:
    model = identify(settings.model)
    return Options(
        model=model.id,
        model_setting=settings.model,
        lexical_only=model.why,
        keep_items=settings.keep_items,
        keep_days=settings.keep_days,
    )
