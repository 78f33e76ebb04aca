"""The event ring: the last published messages, for those who missed some."""

from collections import deque
from typing import NamedTuple

from revo_edge.contract.codec import decode_event
from revo_edge.contract.events import Event
from revo_edge.contract.requests import EventsReply, EventsSince, StreamEvent


class _Kept(NamedTuple):
    s: int
    at_s: float
    topic: bytes
    payload: bytes


class Ring:
    """Keeps messages until there are too many, they are too old (seconds) or too large (bytes)."""

    def __init__(self, *, events: int, age_s: float, size_bytes: int) -> None:
        self._kept: deque[_Kept] = deque()
        self._limit = events
        self._age_s = age_s
        self._limit_bytes = size_bytes
        self._bytes = 0
        self._forgotten = 0
        """The `s` of the newest message that is no longer here."""

    def append(self, s: int, topic: bytes, payload: bytes, now: float) -> None:
        """Keep one message, and let go of what is over a bound."""
        self._kept.append(_Kept(s, now, topic, payload))
        self._bytes += len(payload)
        while (
            len(self._kept) > self._limit
            or self._bytes > self._limit_bytes
            or now - self._kept[0].at_s > self._age_s
        ):
            oldest = self._kept.popleft()
            self._bytes -= len(oldest.payload)
            self._forgotten = oldest.s

    def since(self, query: EventsSince, boot: str, last_s: int) -> EventsReply:
        """Return the messages after `query.s` on its topics, oldest first, one page.

        The reply's `s` is the caller's new baseline: that of the last event on a full page, else
        `last_s`. `too_old` when the ring cannot prove that it has them all.
        """
        if query.boot != boot or not self._forgotten <= query.s <= last_s:
            return EventsReply(boot, last_s, too_old=True)
        prefixes = tuple(topic.encode() for topic in query.topics)
        found: list[_Kept] = []
        for kept in reversed(self._kept):
            if kept.s <= query.s:
                break
            if kept.topic.startswith(prefixes):
                found.append(kept)
        page = found[: -query.limit - 1 : -1]
        s = page[-1].s if len(found) > len(page) else last_s
        return EventsReply(boot, s, tuple(_stream_event(kept) for kept in page))


def _stream_event(kept: _Kept) -> StreamEvent:
    event: Event = decode_event(kept.payload)
    return StreamEvent(kept.topic.decode(), event)
