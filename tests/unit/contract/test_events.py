"""Events: the envelope, and that the table of streams and kinds is whole."""

import msgspec

from revo_edge.contract import codec, events
from tests.golden.samples import EVENTS


def test_an_event_comes_back_whole() -> None:
    body = events.TaskRemoved("a")
    sent = events.Event("boot", 7, 6, 1.5, events.REMOVED, msgspec.Raw(codec.encode(body)), e=5)
    event = codec.decode_event(codec.encode(sent))
    assert (event.b, event.s, event.p, event.e, event.k) == ("boot", 7, 6, 5, "removed")
    assert msgspec.msgpack.decode(event.d, type=events.TaskRemoved) == body


def test_an_event_without_predecessor_on_its_topic_omits_e() -> None:
    sent = events.Event("boot", 1, 0, 1.5, events.HELLO, msgspec.Raw(codec.encode({"nonce": "n"})))
    assert "e" not in msgspec.msgpack.decode(codec.encode(sent))


def test_every_kind_of_event_has_a_sample() -> None:
    named = {value for name, value in vars(events).items() if name.isupper() and name != "STREAMS"}
    kinds = {"metric" if kind.startswith("metric.") else kind for kind in EVENTS}
    assert kinds == named
