"""Opening the journal when the daemon starts, whatever state its file is in."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from revo_edge.errors import Unavailable
from revo_edge.store.journal import Journal
from revo_edge.store.journal_read import JournalReader, Loaded
from revo_edge.store.sqlite import is_damage, move_aside


@dataclass(frozen=True, slots=True)
class Started:
    """The open journal and what was in it.

    `aside` is where a damaged file was moved to: it is to be said to the user, since the tasks in
    it are not known to this daemon. Close the reader before the journal.
    """

    journal: Journal
    reader: JournalReader
    loaded: Loaded
    aside: Path | None


def start_journal(path: Path, history: int) -> Started:
    """Open or create the journal and load it; a file that cannot be read is kept aside.

    `history` bounds the finished tasks loaded. Raises VersionMismatch (the file of a newer
    version) or Unavailable (the disk refuses).
    """
    try:
        return _start(path, history, None)
    except msgspec.MsgspecError:
        pass  # a row that is no longer what was written
    except Unavailable as error:
        if not is_damage(error.__cause__):
            raise
    return _start(path, history, move_aside(path))


def _start(path: Path, history: int, aside: Path | None) -> Started:
    journal = Journal(path)
    try:
        reader = JournalReader(path)
        try:
            return Started(journal, reader, reader.load(history), aside or journal.aside)
        except BaseException:
            reader.close()
            raise
    except BaseException:
        journal.close()
        raise
