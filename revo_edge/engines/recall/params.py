"""Params of Perfect Recall's task kinds: the only source of their types, bounds and help."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from revo_edge.contract.params import Params
from revo_edge.contract.recall import Filter, NewItem

PATH = {"format": "path"}
"""Marks a text that names a file or folder: a front makes it absolute, as the daemon's own differs."""

NamespaceOrNone = Annotated[
    str,
    Meta(
        max_length=200,
        title="Namespace",
        description="Whose memory it becomes; empty: the name of the folder.",
    ),
]
Pattern = Annotated[str, Meta(min_length=1, max_length=1000)]


class IngestParams(Params, frozen=True):
    """Remember the files of a folder, or one file; what is known and unchanged is left alone."""

    path: Annotated[
        str,
        Meta(
            min_length=1,
            title="Folder or file",
            description="What to read, an absolute path.",
            extra_json_schema=PATH,
        ),
    ]
    namespace: NamespaceOrNone = ""
    include: Annotated[
        list[Pattern],
        Meta(title="Only", description="Lines as of a .gitignore: only files that fit one."),
    ] = []
    exclude: Annotated[
        list[Pattern],
        Meta(
            title="Leave out",
            description="Lines as of a .gitignore, beside those in the folder; !name takes back.",
        ),
    ] = []
    shell_history: Annotated[
        bool,
        Meta(
            title="Shell history",
            description="Also remember the commands in .bash_history, .zsh_history and fish_history.",
        ),
    ] = False
    fresh: Annotated[
        bool, Meta(title="Read all anew", description="Also files that have not changed since.")
    ] = False


class ScanParams(Params, frozen=True):
    """List what is to be read again and what has vanished; `root` is the folder's real path.

    `only` is the one file or folder to look at, relative to root; empty: all.
    """

    root: str
    namespace: str
    only: str = ""
    include: list[str] = []
    exclude: list[str] = []
    shell_history: bool = False
    fresh: bool = False


class ChunkParams(Params, frozen=True):
    """Cut some files and hand their items to the store.

    `files` are (path, format, known hash), paths relative to root. `known` are the conversations
    that were read from these files before, as (path, id).
    """

    root: str
    namespace: str
    files: list[tuple[str, str, str]]
    known: list[tuple[str, str]] = []


class ImportParams(Params, frozen=True):
    """Take in items that `recall.export` wrote, with their ids and history."""

    path: Annotated[
        str,
        Meta(
            min_length=1,
            title="File",
            description="JSON Lines, an absolute path.",
            extra_json_schema=PATH,
        ),
    ]
    namespace: Annotated[
        str,
        Meta(
            max_length=200,
            title="Namespace",
            description="Copy everything there; empty: each where it was.",
        ),
    ] = ""


class ExportParams(Params, frozen=True):
    """Write items to a file, one JSON object a line."""

    path: Annotated[
        str,
        Meta(
            min_length=1,
            title="File",
            description="Where to write, an absolute path.",
            extra_json_schema=PATH,
        ),
    ]
    filter: Filter = Filter()
    history: Annotated[
        bool, Meta(title="With history", description="Also the versions that no longer hold.")
    ] = True
    overwrite: Annotated[
        bool, Meta(title="Overwrite", description="Replace the file if there is one.")
    ] = False


class EmbedParams(Params, frozen=True):
    """Make vectors for the items that have none; goes on where it was stopped."""

    all: Annotated[
        bool,
        Meta(title="All anew", description="Also for those that have one of the model in use."),
    ] = False
    limit: Annotated[
        int, Meta(ge=0, title="At most", description="So many items at most; 0: all.")
    ] = 0


class IndexParams(Params, frozen=True):
    """Write the words and the vectors to files that searches read, with a graph of many vectors."""

    of: Annotated[
        Literal["all", "words", "vectors"],
        Meta(title="Of", description="Write only the file of words, or only that of vectors."),
    ] = "all"


class RewriteParams(Params, frozen=True):
    """Write the database anew, so that no page keeps what was forgotten."""


class RememberParams(Params, frozen=True):
    """Remember many items; as `recall.store`, without its limit of 100."""

    items: Annotated[
        tuple[NewItem, ...],
        Meta(min_length=1, max_length=1_000_000, title="Items", description="What to remember."),
    ]
    duplicates: Annotated[
        Literal["skip", "link", "keep"],
        Meta(title="Duplicates", description="What to do with a text that is there already."),
    ] = "skip"


class ForgetAllParams(Params, frozen=True):
    """Forget everything that fits a filter, however much it is."""

    filter: Filter
    dry_run: Annotated[
        bool, Meta(title="Only count", description="Say what would go, and forget nothing.")
    ] = False


class OptimizeParams(Params, frozen=True):
    """Check the database, wipe what was forgotten out of a large file and write the index anew."""

    check: Annotated[
        bool, Meta(title="Check", description="Read all of the database and look for damage.")
    ] = True


class ScannedFile(msgspec.Struct, frozen=True, array_like=True):
    """A file that is to be read; `hash` is that of its content the last time, empty: it is new."""

    path: str
    format: str
    size_bytes: int
    hash: str = ""
