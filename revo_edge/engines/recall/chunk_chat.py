"""Transcripts of conversations: one piece a turn, as JSON Lines or as chat services export them.

A record is a turn when it says who spoke and what; the names of the fields are the usual ones.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from revo_edge.contract.recall import ItemKind
from revo_edge.engines.recall.pieces import Piece, clean, cut_lines, shorten

TURN_CHARACTERS = 4_000
"""A longer turn is cut."""
SPEAKERS = ("speaker", "role", "author", "sender", "from", "user", "name")
TEXTS = ("content", "text", "message", "body", "value")
TIMES = ("timestamp", "created_at", "create_time", "time", "date", "datetime", "at", "ts")
SESSIONS = ("session", "session_id", "sessionId", "conversation_id", "conversation", "thread_id")
TURNS = ("messages", "conversations", "turns", "chat_messages")
"""Fields that hold a list of turns."""
WRAPPERS = ("message", "payload")
"""Fields that hold a whole turn, with its time outside."""

_MILLISECONDS = 1e11  # as seconds it would be the year 5138
_DEEPEST = 5


def cut_json_lines(path: str, text: str) -> list[Piece] | None:
    """Cut JSON Lines; None: its first record is no turn, so this is no transcript.

    A line that is not JSON, or no turn, is left out.
    """
    pieces: list[Piece] = []
    begun = False
    numbers = _Numbers(path)
    for line, record in _records(text):
        turns = list(_turns(record))
        if not turns and not begun and not _is_event(record):
            return None
        begun = True
        session = _first(record, SESSIONS)
        whole = any(name in record for name in TURNS)
        default = f"{path}:{line}" if whole else path
        for turn in turns:
            pieces += numbers.pieces(turn, str(session or default), "", line)
    return pieces or None


def cut_export(path: str, text: str) -> list[tuple[str, list[Piece]]] | None:
    """Cut an export of a chat service into (id, turns) of each conversation.

    Known are lists of conversations as a tree of messages (`mapping`) or as a list of them
    (`chat_messages`, `messages`). None: it is none of these.
    """
    try:
        found = _decode(text)
    except ValueError:
        return None
    if isinstance(found, dict):
        found = found.get("conversations", [found])
    if not isinstance(found, list) or not found:
        return None
    if list(_turns(found[0])) and not any(name in found[0] for name in ("mapping", *TURNS)):
        pieces = _number(path, path, "", (t for r in found for t in _turns(r)))
        return [("", pieces)] if pieces else None
    sessions = []
    for number, record in enumerate(found, 1):
        if isinstance(record, dict):
            name = str(_first(record, ("conversation_id", "id", "uuid")) or number)
            title = str(_first(record, ("title", "name")) or "")
            turns = _tree(record["mapping"]) if "mapping" in record else _turns(record)
            if pieces := _number(path, name, title, turns):
                sessions.append((name, pieces))
    return sessions or None


def epoch_s(value: object) -> float | None:
    """Read a time as UTC epoch seconds: ISO 8601 (without a zone: UTC), seconds, milliseconds."""
    if isinstance(value, str):
        try:
            return epoch_s(float(value))
        except ValueError:
            return _iso(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not 0 < value < 1e15:
        return None
    return value / 1000 if value > _MILLISECONDS else float(value)


def _iso(text: str) -> float | None:
    try:
        when = datetime.fromisoformat(text.strip())
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


class _Turn(msgspec.Struct, frozen=True):
    speaker: str
    text: str
    at: float | None


class _Numbers:
    """Numbers the turns of each session."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._next: dict[str, int] = {}

    def pieces(
        self, turn: _Turn, session: str, title: str, line: int | None = None
    ) -> Iterator[Piece]:
        """Yield a turn; a long one in parts with the same number."""
        number = self._next.get(session, 0)
        self._next[session] = number + 1
        lines = turn.text.split("\n")
        named = shorten(f"{self._path} > {title}" if title else self._path)
        whole = len(turn.text) <= TURN_CHARACTERS
        parts = [turn.text] if whole else [b.text for b in cut_lines(lines, 1, len(lines))]
        for text in parts:
            yield Piece(
                text,
                named,
                ItemKind.CONVERSATION,
                line,
                line,
                at=turn.at,
                session=clean(session)[:500],
                turn=number,
                speaker=clean(turn.speaker)[:200],
            )


def _number(path: str, session: str, title: str, turns: Iterable[_Turn]) -> list[Piece]:
    numbers = _Numbers(path)
    return [piece for turn in turns for piece in numbers.pieces(turn, session, title)]


def _records(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for line, part in enumerate(text.split("\n"), 1):
        if part.strip():
            try:
                record = _decode(part)
            except ValueError:
                record = None
            yield line, record if isinstance(record, dict) else {}


def _decode(text: str) -> Any:
    """Decode JSON; what msgspec is too strict for (lone surrogates, NaN) the slow way."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        pass
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _is_event(record: Mapping[str, Any]) -> bool:
    """Tell whether a record without a turn belongs to a transcript: the log of an agent has many."""
    return bool(_first(record, SESSIONS)) or (
        "type" in record and _first(record, TIMES) is not None
    )


def _turns(record: object, at: float | None = None, depth: int = 0) -> Iterator[_Turn]:
    """Yield the turn that a record is or wraps, or those it lists."""
    if not isinstance(record, dict) or depth > _DEEPEST:
        return
    when = epoch_s(_first(record, TIMES))
    when = at if when is None else when
    for name in TURNS:
        if isinstance(record.get(name), list):
            for inner in record[name]:
                yield from _turns(inner, when, depth + 1)
            return
    speaker, text = _speaker(record), _text(_first(record, TEXTS))
    if speaker and text:
        yield _Turn(speaker, text, when)
        return
    for name in WRAPPERS:
        if isinstance(record.get(name), dict):
            yield from _turns(record[name], when, depth + 1)
            return


def _tree(mapping: object) -> Iterator[_Turn]:
    """Yield the turns of a tree of messages by time; a message without one follows its parent."""
    if not isinstance(mapping, dict):
        return
    found = []
    latest = 0.0
    for node in mapping.values():
        message = node.get("message") if isinstance(node, dict) else None
        for turn in _turns(message):
            latest = turn.at if turn.at is not None else latest
            found.append((latest, turn))
    for _, turn in sorted(found, key=lambda pair: pair[0]):
        yield turn


def _speaker(record: Mapping[str, Any]) -> str:
    value = _first(record, SPEAKERS)
    if isinstance(value, dict):
        value = _first(value, ("name", "role", "display_name", "id"))
    return value.strip() if isinstance(value, str) else ""


def _text(value: object, depth: int = 0) -> str:
    """Return the words of a message: a text, a list of parts, or a part with its text."""
    if isinstance(value, str):
        return clean(value.strip("\n").rstrip())
    if isinstance(value, list) and depth < _DEEPEST:
        return "\n".join(part for part in (_text(each, depth + 1) for each in value) if part)
    if isinstance(value, dict) and depth < _DEEPEST:
        if value.get("type") in ("tool_use", "tool_result", "thinking", "image", "image_url"):
            return ""
        return _text(value.get("parts", value.get("text")), depth + 1)
    return ""


def _first(record: Mapping[str, Any], names: Iterable[str]) -> Any:
    for name in names:
        if (value := record.get(name)) not in (None, "", [], {}):
            return value
    return None
