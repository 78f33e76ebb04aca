"""What Perfect Recall's own tasks ask of the writer; no client can call these."""

import msgspec

from revo_edge.contract.params import Params
from revo_edge.contract.recall import Item, Namespace, NewItem


class FileItems(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file cut into items. `path` is relative to the root, `hash` of its content.

    `words` are what of each item goes into the full text, where that is known before it is stored.
    """

    path: str
    size_bytes: int
    mtime_ns: int
    hash: str
    items: tuple[NewItem, ...] = ()
    words: tuple[tuple[str, ...], ...] = ()


class RecallReplaceFiles(Params, frozen=True):
    """Put the items of these files in place of what was there; forget those that `vanished`."""

    namespace: Namespace
    root: str
    files: tuple[FileItems, ...] = ()
    vanished: tuple[str, ...] = ()


class ReplaceReply(msgspec.Struct, frozen=True):
    """Items that are new, that were there already, and that went."""

    stored: int
    kept: int
    removed: int
    generation: int


class RecallImport(Params, frozen=True):
    """Take in whole items as they were exported, with their ids and versions."""

    items: tuple[Item, ...]


class ImportReply(msgspec.Struct, frozen=True):
    """How many versions were new, and how many were there already."""

    stored: int
    duplicates: int
    generation: int


class RecallVectors(Params, frozen=True):
    """Take in vectors: (seq of the version, float16 little endian), made with `model`."""

    model: str
    rows: tuple[tuple[int, bytes], ...]


class RecallSwap(Params, frozen=True):
    """Serve from a new file of vectors or words in the folder of indexes, of this state of the memory.

    `last_seq` is the last version that a file of words may have.
    """

    name: str
    generation: int = 0
    last_seq: int = 0


class RecallSwapStore(Params, frozen=True):
    """Put the copy of memory.db that a task wrote in its place, if it is of the present state."""


class Written(msgspec.Struct, frozen=True):
    """The change is committed."""

    generation: int
    changed: int = 0
