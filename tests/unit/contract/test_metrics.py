"""Metrics: a history is small on the wire and `self` keeps its name there."""

import msgspec

from revo_edge.contract import codec
from revo_edge.contract.metrics import EngineSample, MetricHistory, SelfSample


def test_the_daemons_own_samples_are_called_self_on_the_wire() -> None:
    history = MetricHistory(self_=(SelfSample(1.0, 2.0, 0.1, 30_000_000),))
    plain = msgspec.msgpack.decode(codec.encode(history))
    assert set(plain) == {"self"}
    assert msgspec.convert(plain, MetricHistory) == history


def test_a_value_that_nobody_measured_is_absent() -> None:
    plain = msgspec.msgpack.decode(codec.encode(EngineSample(1.0, "parallel", "online")))
    assert plain == {"at": 1.0, "engine": "parallel", "status": "online"}
