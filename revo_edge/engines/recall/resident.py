"""The two services of Perfect Recall, as the processes of the resident lane open them."""

from pathlib import Path

from revo_edge.engines.base import Resident
from revo_edge.engines.recall.opening import Options
from revo_edge.engines.recall.reader import Reader
from revo_edge.engines.recall.searching import Vectors
from revo_edge.engines.recall.writer import Writer


def open_writer(home: Path, options: Options) -> Resident:
    """Open memory.db for writing, or make it; the caller sees to it that there is one writer.

    Raises VersionMismatch for a file of a newer version, Unavailable when the disk refuses.
    """
    return Writer(home, options)


def open_reader(home: Path, options: Options, vectors: Vectors | None = None) -> Resident:
    """Open memory.db for reading; raises Unavailable until the writer made it."""
    return Reader(home, options, vectors)
