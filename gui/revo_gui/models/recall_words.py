"""What is said of an item of memory: plain functions, without Qt."""

from pathlib import Path
from types import MappingProxyType

from revo_edge.client.units import clock, milliseconds
from revo_edge.contract.recall import Item, ItemKind, SearchReply, Source, Stored
from revo_gui.models.text import one_line, visible

KIND_ICONS = MappingProxyType(
    {
        ItemKind.NOTE: "note",
        ItemKind.CODE: "script",
        ItemKind.CONVERSATION: "conversation",
        ItemKind.DOCUMENT: "file",
        ItemKind.UNKNOWN: "unknown",
    }
)
KIND_WORDS = MappingProxyType(
    {
        ItemKind.NOTE: "Notes",
        ItemKind.CODE: "Code",
        ItemKind.CONVERSATION: "Conversations",
        ItemKind.DOCUMENT: "Documents",
    }
)
_TITLE_CHARS = 160
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3_600, 86_400
_WEEK_S, _YEAR_S = 7 * _DAY_S, 365 * _DAY_S
_AGES = (
    (_HOUR_S, _MINUTE_S, "min"),
    (_DAY_S, _HOUR_S, "h"),
    (2 * _WEEK_S, _DAY_S, "d"),
    (_YEAR_S, _WEEK_S, "weeks"),
)
"""(up to so many seconds, seconds of the unit, its name)"""


def title_of(item: Item) -> str:
    """Return the title; without one who said it, or the first words of the text."""
    if item.title.strip():
        return one_line(item.title, _TITLE_CHARS)
    if item.source.speaker:
        return one_line(item.source.speaker, _TITLE_CHARS)
    return first_words(item.text)


def first_words(text: str) -> str:
    """Return the first line that says something, without the marks of Markdown."""
    for line in text[:2_000].split("\n"):
        if words := line.strip(" \t\r#*->"):
            return one_line(words, _TITLE_CHARS)
    return "(nothing but spaces)"


def place(source: Source) -> str:
    """Return `path:line`, the address, or the conversation and its turn; empty: none is known."""
    if source.path:
        line = f":{source.first_line}" if source.first_line else ""
        return one_line(f"{_short(source.path)}{line}")
    if source.url:
        return one_line(source.url)
    if source.session:
        turn = "" if source.turn is None else f" #{source.turn}"
        return one_line(f"{source.session}{turn}")
    return ""


def age(at: float, now: float) -> str:
    """Return how long ago a moment was, roughly: `just now`, `5 min ago`, `3 weeks ago`."""
    seconds = now - at
    if seconds < -_MINUTE_S:
        return clock(at)
    if seconds < _MINUTE_S:
        return "just now"
    for limit, unit, name in _AGES:
        if seconds < limit:
            return f"{int(seconds // unit)} {name} ago"
    years = int(seconds // _YEAR_S)
    return f"{years} {'year' if years == 1 else 'years'} ago"


def moment_of(item: Item) -> float:
    """Return when it was said or written, else when it was stored; UTC epoch seconds."""
    return item.created_at if item.at is None else item.at


def facts(item: Item) -> tuple[tuple[str, str], ...]:
    """Return (name, value) of all that is known of this version beside its text."""
    source = item.source
    lines = "" if not source.first_line else _lines(source)
    found = [
        ("Namespace", item.namespace),
        ("Kind", item.kind.value),
        ("Tags", ", ".join(item.tags)),
        ("File", source.path),
        ("Lines", lines),
        ("Commit", source.commit),
        ("Address", source.url),
        ("Conversation", source.session),
        ("Turn", "" if source.turn is None else str(source.turn)),
        ("Speaker", source.speaker),
        ("Written", _moment(item.at)),
        ("Stored", _moment(item.created_at)),
        ("Holds since", _moment(item.valid_from)),
        ("Held until", _moment(item.valid_to)),
        ("Forgotten at", _moment(item.expires_at)),
        ("Importance", f"{item.importance:g}"),
        ("Pinned", "yes" if item.pinned else ""),
        ("Vector", "yes" if item.embedded else "none"),
        ("Version", str(item.version)),
        ("Id", item.id),
        *((f"metadata.{name}", str(value)) for name, value in item.metadata.items()),
    ]
    return tuple((one_line(name), one_line(value)) for name, value in found if value)


def summary(reply: SearchReply) -> str:
    """Return how many were found, of how many looked at, and how fast."""
    count = len(reply.hits)
    parts = [f"{count:,} {'hit' if count == 1 else 'hits'}"]
    if reply.candidates:
        many = "candidate" if reply.candidates == 1 else "candidates"
        parts.append(f"{reply.candidates:,} {many}")
    parts.append(milliseconds(reply.took_ms))
    if reply.cached:
        parts.append("from the cache")
    return "  ·  ".join(parts)


def words_only(reason: str) -> str:
    """Return that no vectors took part, and why; empty when they did."""
    return f"By words only: {visible(reason).replace('`', '')}" if reason else ""


def version_words(version: Item) -> str:
    """Return which version this is and how long it held."""
    since = clock(version.valid_from)
    if version.valid_to is None:
        return f"Version {version.version}, holds since {since}"
    return f"Version {version.version}, superseded {clock(version.valid_to)}, held from {since}"


def stored_words(stored: Stored) -> tuple[str, str]:
    """Return what became of a new item, and the level of its toast."""
    if stored.outcome == "duplicate":
        return "Memory has this text already: nothing was stored", "info"
    if stored.near:
        count = len(stored.near)
        others = "another item says" if count == 1 else f"{count} others say"
        return f"Stored; {others} almost the same (see Related)", "warning"
    return "Stored", "ok"


def _lines(source: Source) -> str:
    last = source.last_line
    return str(source.first_line) if not last else f"{source.first_line} to {last}"


def _moment(at: float | None) -> str:
    return "" if at is None else clock(at)


def _short(path: str) -> str:
    home = str(Path.home())
    return f"~{path[len(home) :]}" if home != "/" and path.startswith(f"{home}/") else path
