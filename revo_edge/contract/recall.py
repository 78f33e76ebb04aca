"""Perfect Recall: what an item of memory is, and what its calls ask and answer.

An item keeps its id for life; each correction makes a new version, and the old one stays in
history with a `valid_to`. Times are UTC epoch seconds.
"""

from enum import Enum
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from revo_edge.contract.ids import ULID_PATTERN
from revo_edge.contract.params import Page, Params

TEXT_LIMIT_BYTES = 1024 * 1024
"""A longer text is not one item: `recall.ingest` cuts a file into many."""

Namespace = Annotated[
    str, Meta(min_length=1, max_length=200, title="Namespace", description="Whose memory it is.")
]
ItemId = Annotated[str, Meta(pattern=ULID_PATTERN)]
Tag = Annotated[str, Meta(min_length=1, max_length=100)]
Share = Annotated[float, Meta(ge=0, le=1)]
K = Annotated[int, Meta(ge=1, le=1000, title="Results", description="At most so many.")]

DEFAULT_NAMESPACE = "default"


class ItemKind(Enum):
    """What a text is: each kind is indexed and ranked in its own way."""

    NOTE = "note"
    CODE = "code"
    CONVERSATION = "conversation"
    DOCUMENT = "document"
    UNKNOWN = "unknown"

    __hash__ = object.__hash__  # Enum has a slow one, in Python

    @classmethod
    def _missing_(cls, value: object) -> "ItemKind":
        return cls.UNKNOWN


class Source(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Where a text came from. Lines count from 1; `turn` orders the turns of a `session`."""

    path: str = ""
    first_line: int | None = None
    last_line: int | None = None
    commit: str = ""
    url: str = ""
    session: str = ""
    turn: int | None = None
    speaker: str = ""


class NewItem(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What is to be remembered.

    `at` is when it was said or written (None: now), `valid_from` since when it holds (None: `at`);
    after `ttl_s` it is forgotten. `title` is a heading, or the path and signature of code.
    """

    text: Annotated[str, Meta(min_length=1, max_length=TEXT_LIMIT_BYTES)]
    namespace: Namespace = DEFAULT_NAMESPACE
    kind: ItemKind = ItemKind.NOTE
    title: Annotated[str, Meta(max_length=1000)] = ""
    tags: Annotated[tuple[Tag, ...], Meta(max_length=100)] = ()
    metadata: dict[str, Any] = {}
    source: Source = Source()
    at: float | None = None
    valid_from: float | None = None
    importance: Share = 0.5
    pinned: bool = False
    ttl_s: Annotated[float, Meta(gt=0)] | None = None


class Item(msgspec.Struct, frozen=True, omit_defaults=True):
    """One version of an item. `valid_to` None: it is the one that holds."""

    id: str
    version: int
    namespace: str
    kind: ItemKind
    text: str
    created_at: float
    valid_from: float
    valid_to: float | None = None
    title: str = ""
    tags: tuple[str, ...] = ()
    metadata: dict[str, Any] = {}
    source: Source = Source()
    at: float | None = None
    importance: float = 0.5
    pinned: bool = False
    expires_at: float | None = None
    hash: str = ""
    embedded: bool = False


class Filter(Params, frozen=True):
    """Which items; everything that is given must fit.

    `tags` must all be there; `metadata` maps a field (dots go deeper) to the value it must have;
    an item without the field does not fit. `since` and `until` bound `at`, else when it was
    created. `as_of` asks for what held at that time, in place of now. `path` is a file or folder.
    """

    namespaces: Annotated[tuple[Namespace, ...], Meta(max_length=100)] = ()
    kinds: tuple[ItemKind, ...] = ()
    tags: Annotated[tuple[Tag, ...], Meta(max_length=100)] = ()
    metadata: dict[str, str | int | float | bool | None] = {}
    since: float | None = None
    until: float | None = None
    as_of: float | None = None
    path: str = ""
    session: str = ""


# store, update, forget: the writer's


class RecallStore(Params, frozen=True):
    """Remember up to 100 items; the answer comes after the commit.

    The same text in the same namespace and place is a duplicate: `skip` leaves the item that is
    there, `link` stores it again with a pointer to the first, `keep` stores it without one. Items
    that say almost the same are stored and reported.
    """

    items: Annotated[tuple[NewItem, ...], Meta(min_length=1, max_length=100)]
    duplicates: Literal["skip", "link", "keep"] = "skip"


class Near(msgspec.Struct, frozen=True):
    """An item that says almost the same; `similarity` is the share of words they have in common."""

    id: str
    similarity: float


class Stored(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one item: `stored`, `duplicate` (of `of`, not stored) or `linked` (to `of`)."""

    id: str
    version: int
    outcome: Literal["stored", "duplicate", "linked"]
    of: str = ""
    near: tuple[Near, ...] = ()


class StoreReply(msgspec.Struct, frozen=True):
    """One outcome for each item in order. A search of `generation` or later sees them."""

    stored: tuple[Stored, ...]
    generation: int


class RecallUpdate(Params, frozen=True):
    """Correct an item: what is given replaces, the rest stays. Makes a new version.

    With `version` the correction is refused when the item has changed since (CONFLICT).
    """

    id: ItemId
    text: Annotated[str, Meta(min_length=1, max_length=TEXT_LIMIT_BYTES)] | None = None
    title: Annotated[str, Meta(max_length=1000)] | None = None
    tags: tuple[Tag, ...] | None = None
    metadata: dict[str, Any] | None = None
    importance: Share | None = None
    pinned: bool | None = None
    ttl_s: Annotated[float, Meta(gt=0)] | None = None
    valid_from: float | None = None
    version: int | None = None


class UpdateReply(msgspec.Struct, frozen=True):
    """The version that holds now."""

    item: Item
    generation: int


class RecallForget(Params, frozen=True):
    """Forget items for good, with all their versions, words and vectors.

    By `ids`, or by a filter, or a whole namespace (a filter that says nothing else). At most
    `limit` at once; `more` in the answer says that some are left.
    """

    ids: Annotated[tuple[ItemId, ...], Meta(max_length=1000)] = ()
    filter: Filter | None = None
    dry_run: bool = False
    limit: Annotated[int, Meta(ge=1, le=1000)] = 1000


class ForgetReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """How many items and versions went (or would go), and some of them."""

    items: int
    versions: int
    ids: tuple[str, ...]
    missing: tuple[str, ...] = ()
    more: bool = False
    generation: int = 0


# search, get, list, related, context, stats: the readers'


class RecallSearch(Params, frozen=True):
    """Find what fits a question best. `mode` restricts how it is looked for."""

    query: Annotated[str, Meta(min_length=1, max_length=100_000, title="Query")]
    filter: Filter = Filter()
    k: K = 10
    explain: bool = False
    mode: Literal["auto", "lexical", "vector"] = "auto"
    generation: int = 0
    """Answer only from this generation of the store or a later one."""


class Hit(msgspec.Struct, frozen=True, omit_defaults=True):
    """One result, the best first. `score` is comparable within one answer only.

    `snippet` is the part of the text that fits best and `marks` the (start, end) characters in it
    to highlight. `parts` says with `explain` what the score is made of.
    """

    item: Item
    score: float
    snippet: str = ""
    marks: tuple[tuple[int, int], ...] = ()
    parts: dict[str, float] = {}


class SearchReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """The hits. `lexical_only` says why no vectors took part; empty: they did."""

    hits: tuple[Hit, ...]
    generation: int
    took_ms: float
    candidates: int = 0
    cached: bool = False
    lexical_only: str = ""


class RecallGet(Params, frozen=True):
    """Read items by id: the version that holds, a certain one, or with `history` all of them."""

    ids: Annotated[tuple[ItemId, ...], Meta(min_length=1, max_length=100)]
    version: Annotated[int, Meta(ge=1)] | None = None
    as_of: float | None = None
    history: bool = False


class GetReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """The items in the order asked, versions newest first; `missing` are ids that are not there."""

    items: tuple[Item, ...]
    missing: tuple[str, ...] = ()
    generation: int = 0


class RecallList(Params, frozen=True):
    """Read items in the order they were stored; go on with the answer's `cursor`."""

    filter: Filter = Filter()
    order: Literal["newest", "oldest"] = "newest"
    limit: Page = 50
    cursor: int | None = None


class ListReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page; `cursor` None: it is the last. `total` counts all that fit."""

    items: tuple[Item, ...]
    total: int
    cursor: int | None = None
    generation: int = 0


class RecallRelated(Params, frozen=True):
    """Find what is most like an item."""

    id: ItemId
    filter: Filter = Filter()
    k: K = 10
    explain: bool = False


class RecallContext(Params, frozen=True):
    """Pack the best items that do not repeat one another into a budget, ready for a prompt."""

    query: Annotated[str, Meta(min_length=1, max_length=100_000)]
    filter: Filter = Filter()
    budget_tokens: Annotated[int, Meta(ge=50, le=200_000, title="Token budget")] = 2_000


class Citation(msgspec.Struct, frozen=True, omit_defaults=True):
    """What `[number]` in the text is taken from."""

    number: int
    id: str
    version: int
    title: str = ""
    source: Source = Source()
    shortened: bool = False


class ContextReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """`tokens` is an estimate, about four characters each, unless a tokenizer counted them."""

    text: str
    citations: tuple[Citation, ...]
    tokens: int
    generation: int = 0
    left_out: int = 0
    lexical_only: str = ""


class RecallWatch(Params, frozen=True):
    """Follow a folder, also after a restart; with `remove` no longer.

    An empty `namespace` is the name of the folder.
    """

    path: Annotated[str, Meta(min_length=1, max_length=4096)]
    namespace: Annotated[str, Meta(max_length=200)] = ""
    remove: bool = False


class WatchedFolder(msgspec.Struct, frozen=True):
    """A folder that is followed."""

    path: str
    namespace: str


class WatchReply(msgspec.Struct, frozen=True):
    """All folders that are followed now."""

    folders: tuple[WatchedFolder, ...]
    generation: int


class RecallStats(Params, frozen=True):
    """Ask what is in memory."""


class NamespaceInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """One namespace; counts are of items, not of versions."""

    name: str
    items: int
    kinds: dict[str, int] = {}
    embedded: int = 0
    newest_at: float | None = None


class StatsReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """The memory as a whole. `embedded_ratio` is the share of items that have a vector.

    `model` is what vectors are made with and empty when there is none: then `lexical_only` says
    why. `purge_pending`: forgotten words are still to be wiped from free pages of the file.
    """

    items: int
    versions: int
    namespaces: tuple[NamespaceInfo, ...]
    embedded_ratio: float
    bytes: int
    generation: int
    model: str = ""
    lexical_only: str = ""
    index: str = ""
    purge_pending: bool = False
    watched: tuple[WatchedFolder, ...] = ()
    salvaged: str = ""
    """What was lost when a damaged memory.db was read out into a new one; empty: it never was."""
