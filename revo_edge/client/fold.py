"""The pure half of a mirror: folds messages in, and knows when one is missing."""

from collections.abc import Sequence
from enum import Enum

from revo_edge.contract import events
from revo_edge.contract.events import Event, Heartbeat
from revo_edge.contract.record import Record, decode_body
from revo_edge.contract.requests import EventsReply, StateReply, StreamEvent

_FIRST_ASK_BEATS = 2
_NEXT_ASK_BEATS = 5
_HEARTBEAT_TOPIC = "sys.heartbeat."


class Verdict(Enum):
    """What a message meant to the copy."""

    APPLIED = "applied"
    KNOWN = "known"
    """It was already in, or says nothing new."""
    GAP = "gap"
    """A message before it is missing; nothing was changed. Read `events.since` from `base`."""
    ASK = "ask"
    """Nothing seems missing, but it cannot be told from here. Read `events.since` from `base`."""
    NEW_BOOT = "new_boot"
    """The daemon has restarted. Join anew."""


class Fold:
    """A copy of the published record, as far as these topics (prefixes) carry it.

    Everything on the topics up to `base` is in; `s` is the newest number heard of. Where a whole
    stream is subscribed its `p` proves completeness, else each topic's own `e` does, and the
    heartbeat tells what was lost at the end.
    """

    def __init__(self, topics: Sequence[str]) -> None:
        self.record = Record()
        self.boot = ""
        self.base = 0
        self.s = 0
        self._topics = tuple(topics)
        self._seen: dict[str, int] = {}
        self._beats_to_ask = _FIRST_ASK_BEATS

    def load(self, state: StateReply) -> None:
        """Start from a cut."""
        samples = self.record.samples
        self.record = Record()
        self.record.samples = samples
        lists = (state.tasks, state.workers, state.engines, state.queues, state.alerts)
        for body in (body for bodies in lists for body in bodies):
            self.record.fold(body)
        self.boot = state.boot
        self.base = self.s = state.s
        self._seen.clear()
        self._beats_to_ask = _FIRST_ASK_BEATS

    def apply(self, topic: str, event: Event) -> Verdict:
        """Fold one message in, or say why not. Raises InternalError for a broken body."""
        if event.k == events.HELLO:
            return Verdict.KNOWN
        if event.b != self.boot:
            return Verdict.NEW_BOOT
        chain, before = self._chain(topic, event)
        seen = self._seen_on(chain)
        if event.s <= seen:
            return Verdict.KNOWN
        if before > seen:
            return Verdict.GAP
        body = decode_body(topic, event)
        if isinstance(body, Heartbeat):
            return self._beat(body, chain, event.s)
        self.record.fold(body)
        self._seen[chain] = self.s = event.s
        self._beats_to_ask = _FIRST_ASK_BEATS
        return Verdict.APPLIED

    def repair(self, reply: EventsReply) -> list[StreamEvent] | None:
        """Take in a page of `events.since`; return what was new, None when only a cut can help."""
        if reply.too_old or reply.boot != self.boot:
            return None
        new = []
        for found in reply.events:
            chain, _ = self._chain(found.topic, found.event)
            if found.event.s > self._seen_on(chain):
                self.record.fold(decode_body(found.topic, found.event))
                self._seen[chain] = found.event.s
                new.append(found)
        self._advance(reply.s)
        return new

    def _chain(self, topic: str, event: Event) -> tuple[str, int]:
        """Return what numbers this message (its stream or its topic), and the number before it."""
        stream = topic[: topic.find(".") + 1]
        return (stream, event.p) if self._is_whole(stream) else (topic, event.e)

    def _is_whole(self, stream: str) -> bool:
        return stream.startswith(self._topics)

    def _seen_on(self, chain: str) -> int:
        return max(self.base, self._seen.get(chain, 0))

    def _beat(self, beat: Heartbeat, chain: str, s: int) -> Verdict:
        moved = False
        for name, last in beat.last.items():
            stream = f"{name}."
            if self._is_whole(stream):
                if last > self._seen_on(stream):
                    return Verdict.GAP
            elif last > self.base and self._is_part(stream):
                moved = True
        self._seen[chain] = self.s = s
        if not moved:
            self._advance(s)
            return Verdict.KNOWN
        self._beats_to_ask -= 1
        if self._beats_to_ask:
            return Verdict.KNOWN
        self._beats_to_ask = _NEXT_ASK_BEATS
        return Verdict.ASK

    def _is_part(self, stream: str) -> bool:
        return any(t.startswith(stream) and t != _HEARTBEAT_TOPIC for t in self._topics)

    def _advance(self, base: int) -> None:
        self.base = max(self.base, base)
        self.s = max(self.s, base)
        self._seen = {chain: s for chain, s in self._seen.items() if s > self.base}
