"""The event ring: pages, bounds and what it admits not to know."""

import msgspec
import pytest

from revo_edge.contract.codec import encode
from revo_edge.contract.events import Event
from revo_edge.contract.requests import EventsReply, EventsSince
from revo_edge.core.ring import Ring


def _ring(events: int = 100, age_s: float = 10.0, size_bytes: int = 100_000) -> Ring:
    return Ring(events=events, age_s=age_s, size_bytes=size_bytes)


def _fill(ring: Ring, count: int, now: float = 0.0) -> None:
    for s in range(1, count + 1):
        event = Event("b", s, s - 1, 0.0, "notice", msgspec.Raw(b"\xc0"))
        ring.append(s, b"task.%d." % (s % 2), encode(event), now)


def _numbers(reply: EventsReply) -> list[int]:
    return [found.event.s for found in reply.events]


def test_events_after_s_come_oldest_first_on_the_topics_asked() -> None:
    ring = _ring()
    _fill(ring, 6)
    assert _numbers(ring.since(EventsSince("b", 2), "b", 6)) == [3, 4, 5, 6]
    assert _numbers(ring.since(EventsSince("b", 2, ("task.1.",)), "b", 6)) == [3, 5]
    assert _numbers(ring.since(EventsSince("b", 6), "b", 6)) == []


def test_a_full_page_ends_at_its_last_event_and_the_next_goes_on() -> None:
    ring = _ring()
    _fill(ring, 5)
    page = ring.since(EventsSince("b", 0, limit=3), "b", 5)
    assert (_numbers(page), page.s) == ([1, 2, 3], 3)
    rest = ring.since(EventsSince("b", page.s, limit=3), "b", 5)
    assert (_numbers(rest), rest.s) == ([4, 5], 5)


@pytest.mark.parametrize("query", [EventsSince("other", 5), EventsSince("b", 99)])
def test_another_boot_or_a_number_never_given_is_too_old(query: EventsSince) -> None:
    ring = _ring()
    _fill(ring, 6)
    reply = ring.since(query, "b", 6)
    assert (reply.too_old, reply.boot, reply.s, reply.events) == (True, "b", 6, ())


def test_each_bound_makes_the_oldest_too_old() -> None:
    few = _ring(events=3)
    _fill(few, 6)
    assert few.since(EventsSince("b", 2), "b", 6).too_old
    assert _numbers(few.since(EventsSince("b", 3), "b", 6)) == [4, 5, 6]
    small = _ring(size_bytes=200)
    _fill(small, 20)
    assert small.since(EventsSince("b", 0), "b", 20).too_old
    aged = _ring(age_s=10.0)
    _fill(aged, 3, now=0.0)
    aged.append(4, b"task.0.", b"", 10.5)
    assert aged.since(EventsSince("b", 2), "b", 4).too_old
