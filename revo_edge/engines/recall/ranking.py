"""Between the store and the ranking: what of a row is indexed where, and which facts count.

The store knows text.py, query.py and fusion.py through this module only.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from revo_edge.contract.recall import ItemKind, NewItem, Source
from revo_edge.engines.recall import dates, fusion, text
from revo_edge.engines.recall.rows import Row
from revo_edge.engines.recall.schema import KINDS
from revo_edge.engines.recall.text import TABLES, Table, Turn

KEY_WORDS = 16
"""An item is compared by so many of its words."""
TELLS_WHEN, ASKS = 1, 2
"""Bits of `cues`: a turn names a time; it ends with a question."""

_WORD = re.compile(r"\w+")
_source = msgspec.json.Decoder(Source)


class _Code(msgspec.Struct):
    """What the chunks of code say of themselves in their metadata."""

    symbol: object = ""
    language: object = ""


_code = msgspec.json.Decoder(_Code)


class Around(NamedTuple):
    """The neighbours of a turn, the nearest first."""

    before: Sequence[Row] = ()
    after: Sequence[Row] = ()


ALONE = Around()


def table_of(kind: int) -> Table:
    """Return the table that a kind, given by its number, is indexed in."""
    return TABLES[KINDS[kind].value]


def radius(kind: int) -> int:
    """Return how many turns before and after belong to an item's words."""
    return text.NEIGHBOURS if KINDS[kind] is ItemKind.CONVERSATION else 0


def columns(row: Row, around: Around = ALONE) -> tuple[str, ...]:
    """Return what goes into the columns of its table for a row between its neighbours."""
    kind = KINDS[row.kind]
    if kind is ItemKind.CONVERSATION:
        before, after = ([_turn(other) for other in part] for part in around)
        return text.turn_columns(_turn(row), before, after)
    if kind is ItemKind.CODE:
        code = _code.decode(row.metadata)
        symbol = code.symbol if isinstance(code.symbol, str) else ""
        language = code.language if isinstance(code.language, str) else ""
        return text.code_columns(row.text, symbol or row.title, row.path, language)
    return text.text_columns(row.title, row.text, row.moment if kind is ItemKind.NOTE else None)


def columns_of(item: NewItem) -> tuple[str, ...]:
    """Return the same for an item of a file, before it is a row; empty where that says too little.

    What cuts a file works it out beside others; the writer is alone.
    """
    if item.kind is ItemKind.CODE:
        symbol = item.metadata.get("symbol") or item.title
        language = item.metadata.get("language", "")
        if isinstance(symbol, str) and isinstance(language, str):
            return text.code_columns(item.text, symbol, item.source.path, language)
    if item.kind is ItemKind.DOCUMENT:
        return text.text_columns(item.title, item.text, None)
    return ()


def embedded(row: Row) -> str:
    """Return what of a row its vector is made of."""
    kind = KINDS[row.kind]
    if kind is ItemKind.CODE:
        return text.embedded_code(row.text)
    if kind is ItemKind.CONVERSATION:
        return text.embedded_turn(_turn(row))
    return text.embedded_text(row.title, row.text)


def cues(row: Row) -> int:
    """Return what the ranking must know of a turn without reading it."""
    if KINDS[row.kind] is not ItemKind.CONVERSATION:
        return 0
    tells = dates.tells_when(row.text[: text.INDEXED_CHARS])
    return TELLS_WHEN * tells + ASKS * text.asks(row.text)


def key_words(said: str) -> str:
    """Return the words that tell a text from others, as a query: long and repeated ones."""
    counts = Counter(_WORD.findall(said[:20_000]))
    best = sorted(counts, key=lambda word: (-len(word) * counts[word] ** 0.5, word))
    return " ".join(best[:KEY_WORDS])


def parts(ranked: fusion.Ranked) -> dict[str, float]:
    """Return what a score is made of: (lexical + vector) times (1 + boost) of each other part."""
    return {"lexical": ranked.lexical, "vector": ranked.vector, **ranked.boosts}


def _turn(row: Row) -> Turn:
    speaker = _source.decode(row.source).speaker if '"speaker"' in row.source else ""
    return Turn(row.text, speaker, row.moment)
