"""Which events are listed, and how one is saved: plain functions, without Qt."""

from functools import cached_property
from typing import NamedTuple

import msgspec

from revo_edge.contract import events
from revo_edge.contract.events import QueueInfo
from revo_edge.contract.record import decode_body
from revo_edge.contract.requests import StreamEvent
from revo_edge.contract.workers import WorkerInfo
from revo_edge.errors import InternalError
from revo_gui.link import Line, Missed
from revo_gui.models.event_words import EventWords, Level, Source, words

_UNLISTED = frozenset({events.HELLO, events.HEARTBEAT})
_BUSY_KINDS = frozenset({events.PROGRESS, events.LOG})


class EventRow:
    """One line in the list; it is put into words when somebody first looks."""

    def __init__(self, line: Line, number: int) -> None:
        self.line = line
        self.number = number

    @cached_property
    def words(self) -> EventWords:
        """What happened."""
        return words(self.line)


class Rules(NamedTuple):
    """Which rows are shown; a gap always is. `terms` are casefolded and must all be found."""

    terms: tuple[str, ...] = ()
    sources: frozenset[Source] = frozenset(Source)
    levels: frozenset[Level] = frozenset(Level)

    def fit(self, row: EventRow) -> bool:
        """Tell whether the row is shown."""
        if self == ALL or isinstance(row.line, Missed):
            return True
        said = row.words
        if said.source not in self.sources or said.level not in self.levels:
            return False
        if not self.terms:
            return True
        text = f"{said.subject}\n{said.text}\n{row.line.topic}".casefold()
        return all(term in text for term in self.terms)


ALL = Rules()


def is_progress(line: Line) -> bool:
    """Tell whether the event only says how far something is: most of the stream, and soon old."""
    return isinstance(line, StreamEvent) and line.event.k in _BUSY_KINDS


class Repeats:
    """Knows what was last heard of each worker and queue; most of their events only move figures."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[object, ...]] = {}

    def drops(self, line: StreamEvent) -> bool:
        """Tell whether the event says nothing that a reader has not read already."""
        if line.event.k in _UNLISTED:
            return True
        if line.event.k not in (events.WORKER, events.QUEUE):
            return False
        try:
            now = _signature(decode_body(line.topic, line.event))
        except InternalError:
            return False
        same = self._last.get(line.topic) == now
        self._last[line.topic] = now
        if not now:
            del self._last[line.topic]
        return same


def _signature(body: msgspec.Struct | None) -> tuple[object, ...]:
    """Return what counts as news of it; nothing for one that is gone."""
    if isinstance(body, WorkerInfo) and not body.gone:
        return body.state, body.task
    return (body.paused, body.concurrency) if isinstance(body, QueueInfo) else ()


def as_plain(line: Line) -> dict[str, object]:
    """Return the event as `revo events --json` prints it."""
    if isinstance(line, Missed):
        return {"k": "missed"}
    event = line.event
    return {"topic": line.topic, "s": event.s, "ts": event.ts, "k": event.k, "d": _body(event.d)}


def as_json(line: Line, indent: int = -1) -> str:
    """Return the event as JSON: on one line, or with an indent."""
    return msgspec.json.format(msgspec.json.encode(as_plain(line)), indent=indent).decode()


def _body(raw: msgspec.Raw) -> object:
    """Return what the event carries; as hex where that is no JSON."""
    try:
        body = msgspec.msgpack.decode(raw)
        msgspec.json.encode(body)
    except (msgspec.MsgspecError, UnicodeError, TypeError, ValueError):
        return bytes(raw).hex()
    return body
