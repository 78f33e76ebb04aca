"""Rows of `version`: from what a caller says to a row, and from a row to an Item."""

import hashlib
import math
import re
import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from revo_edge.contract.recall import TEXT_LIMIT_BYTES, Item, ItemKind, NewItem, Source
from revo_edge.engines.recall.schema import KIND_NUMBER, KINDS
from revo_edge.errors import BadRequest, TooLarge

METADATA_LIMIT_BYTES = 64 * 1024
LABEL_LIMIT = 200
"""Characters; of a longer value the digest is the label."""
TAG = "#"
"""The name of the labels that are tags; a field's name begins with a dot."""

_json = msgspec.json.Encoder()
_source = msgspec.json.Decoder(Source)
_tags = msgspec.json.Decoder(tuple[str, ...])
_metadata = msgspec.json.Decoder(dict[str, Any])
_SPACE = re.compile(r"\s+")


class Row(msgspec.Struct, gc=False):
    """One row of `version`, in the order of its columns."""

    seq: int
    id: str
    version: int
    namespace: int
    kind: int
    valid_from: float
    valid_to: float | None
    created_at: float
    at: float | None
    moment: float
    importance: float
    pinned: bool
    expires_at: float | None
    hash: bytes
    place: bytes
    file: int | None
    cues: int
    path: str
    session: str
    turn: float
    title: str
    tags: str
    metadata: str
    source: str
    text: str


COLUMNS = ", ".join(Row.__struct_fields__)
INSERT = f"INSERT INTO version ({COLUMNS}) VALUES ({', '.join('?' * len(Row.__struct_fields__))})"  # noqa: S608 - names of this file


def new_row(item: NewItem, namespace: int, now: float) -> Row:
    """Return the first version of an item, without its seq and id.

    Raises BadRequest for what cannot be kept, TooLarge for a text over the limit.
    """
    check_text(item.text)
    for name in ("at", "valid_from", "ttl_s"):
        check_number(name, getattr(item, name))
    moment = now if item.at is None else item.at
    row = Row(
        seq=0,
        id="",
        version=1,
        namespace=namespace,
        kind=KIND_NUMBER.get(item.kind, 0),
        valid_from=moment if item.valid_from is None else item.valid_from,
        valid_to=None,
        created_at=now,
        at=item.at,
        moment=moment,
        importance=item.importance,
        pinned=item.pinned,
        expires_at=None if item.ttl_s is None else now + item.ttl_s,
        hash=b"",
        place=b"",
        file=None,
        cues=0,
        path="",
        session="",
        turn=0.0,
        title=check_line("title", item.title),
        tags=dump_tags(item.tags),
        metadata=dump_metadata(item.metadata),
        source="{}",
        text=item.text,
    )
    row.hash = content_hash(item.kind, item.text)
    set_source(row, item.source)
    return row


def set_source(row: Row, source: Source) -> None:
    """Set the columns that say where a text came from."""
    row.source = _encoded("source", source)
    row.path = source.path
    row.session = source.session
    row.turn = row.moment if source.turn is None else float(source.turn)
    row.place = place_of(source)


def to_item(row: Row, namespace: str, *, embedded: bool) -> Item:
    """Return the item of a row."""
    return Item(
        id=row.id,
        version=row.version,
        namespace=namespace,
        kind=KINDS[row.kind],
        text=row.text,
        created_at=row.created_at,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        title=row.title,
        tags=_tags.decode(row.tags),
        metadata=_metadata.decode(row.metadata),
        source=_source.decode(row.source),
        at=row.at,
        importance=row.importance,
        pinned=bool(row.pinned),
        expires_at=row.expires_at,
        hash=row.hash.hex(),
        embedded=embedded,
    )


def imported_row(item: Item, namespace: int) -> Row:
    """Return the row of an exported item, without its seq; what it says of itself is kept."""
    for name in ("created_at", "valid_from", "valid_to", "at", "expires_at"):
        check_number(name, getattr(item, name))
    new = NewItem(
        text=item.text,
        kind=item.kind,
        title=item.title,
        tags=item.tags,
        metadata=item.metadata,
        source=item.source,
        at=item.at,
        valid_from=item.valid_from,
        importance=item.importance,
        pinned=item.pinned,
    )
    row = new_row(new, namespace, item.created_at)
    row.id, row.version, row.expires_at = item.id, item.version, item.expires_at
    row.valid_to = None if item.valid_to is None else max(item.valid_to, item.valid_from)
    return row


def read_rows(db: sqlite3.Connection, rest: str, values: Iterable[Any] = ()) -> Iterator[Row]:
    """Yield the rows of `version` that the rest of the statement asks for."""
    statement = f"SELECT {COLUMNS} FROM version {rest}"  # noqa: S608 - the callers' own text
    return (Row(*row) for row in db.execute(statement, tuple(values)))


def content_hash(kind: ItemKind, text: str) -> bytes:
    """Return the hash of a text; how much space stands between words counts in code only."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if kind is ItemKind.CODE:
        plain = "\n".join(line.rstrip() for line in text.strip("\n").splitlines())
    else:
        plain = _SPACE.sub(" ", text.strip())
    return hashlib.blake2b(plain.encode(), digest_size=16).digest()


def place_of(source: Source) -> bytes:
    """Return the hash of where a text stands; its lines may move."""
    if source == _NOWHERE:
        return b""
    parts = (source.path, source.url, source.session, str(source.turn), source.speaker)
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=8).digest()


_NOWHERE = Source()


def labels(row: Row) -> Iterator[tuple[str, str]]:
    """Yield the (name, value) pairs a filter may ask for."""
    if row.tags != "[]":
        for tag in _tags.decode(row.tags):
            yield TAG, tag
    if row.metadata != "{}":
        yield from _fields("", _metadata.decode(row.metadata))


def label_value(value: object) -> str:
    """Return a metadata value as its label says it: 1 and 1.0 are the same, 1 and true are not."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str):
        text = f'"{value}'
        if len(text) > LABEL_LIMIT:
            return f"={hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}"
        return text
    return _json.encode(value).decode()


def _fields(name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _fields(f"{name}.{key}", inner)
    elif not isinstance(value, list | tuple):
        yield name, label_value(value)


def check_text(text: str) -> None:
    """Raise BadRequest for a text without a word to keep or that is none, TooLarge over 1 MiB."""
    if not text.strip():
        raise BadRequest("The text is empty. Say what is to be remembered.")
    size = len(text) if text.isascii() else len(encodable("text", text))
    if size > TEXT_LIMIT_BYTES:
        raise TooLarge(
            f"The text has {size:,} bytes, and one item holds {TEXT_LIMIT_BYTES:,}. "
            "Put it into a file and ingest that: it is cut into many items."
        )


def check_line(name: str, text: str) -> str:
    """Return the text; raise BadRequest when it holds half a character."""
    if not text.isascii():
        encodable(name, text)
    return text


def check_number(name: str, value: float | None) -> None:
    """Raise BadRequest for a number that is none."""
    if value is not None and not math.isfinite(value):
        raise BadRequest(f"`{name}` is {value}. Give a finite number.")


def encodable(name: str, text: str) -> bytes:
    """Return the text as UTF-8; raise BadRequest when it holds half a character."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise BadRequest(
            f"`{name}` holds half a character (a lone surrogate) at {error.start}. "
            "Decode the text with errors='replace' and send it again."
        ) from None


def dump_tags(tags: Iterable[str]) -> str:
    """Return tags as they are kept: each once, in order."""
    return _encoded("tags", tuple(dict.fromkeys(tags)))


def dump_metadata(metadata: Mapping[str, Any]) -> str:
    """Return metadata as JSON; raise BadRequest for what JSON has no word for, or TooLarge."""
    if not metadata:
        return "{}"
    try:
        _check_value("metadata", metadata)
    except RecursionError:
        raise BadRequest("The metadata is nested too deeply. Flatten it.") from None
    text = _encoded("metadata", metadata)
    if len(text) > METADATA_LIMIT_BYTES:
        raise TooLarge(
            f"The metadata has {len(text):,} bytes, and an item takes {METADATA_LIMIT_BYTES:,}. "
            "Put what is long into the text."
        )
    return text


def _check_value(name: str, value: object) -> None:
    if isinstance(value, float):
        check_number(name, value)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise BadRequest(f"`{name}` has the key {key!r}. Keys of metadata are strings.")
            _check_value(f"{name}.{key}", inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _check_value(name, inner)
    elif not (value is None or isinstance(value, str | int)):
        raise BadRequest(
            f"`{name}` is of type {type(value).__name__}. "
            "Metadata takes strings, numbers, true, false, null, lists and maps."
        )


def _encoded(name: str, value: object) -> str:
    try:
        return _json.encode(value).decode()
    except (UnicodeEncodeError, OverflowError, RecursionError, TypeError) as error:
        raise BadRequest(
            f"`{name}` cannot be kept: {error}. Correct it and send it again."
        ) from None
