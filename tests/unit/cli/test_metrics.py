import pytest

from revo_edge.cli.metrics import choose, newest
from revo_edge.contract.metrics import EngineSample, HostSample, Latency, MetricHistory
from revo_edge.errors import NotFound

HISTORY = MetricHistory(
    engines={
        "parallel": (
            EngineSample(1.0, "parallel", "online"),
            EngineSample(2.0, "parallel", "busy", latency=Latency(1.0, 2.0, 3.0, 4)),
        )
    },
    host=(HostSample(2.0, 0.5, 2, 0.1, 10, 5, 7),),
)


def test_the_newest_sample_is_flattened() -> None:
    found = newest(HISTORY)
    assert found["parallel.status"] == "busy"
    assert found["parallel.latency.p95_ms"] == 2.0
    assert found["host.cpu_ratio"] == 0.5


def test_a_name_is_a_source_a_part_or_a_value() -> None:
    values = newest(HISTORY)
    assert choose(values, "") == values
    assert set(choose(values, "parallel.latency")) == {
        f"parallel.latency.{name}" for name in ("p50_ms", "p95_ms", "p99_ms", "count")
    }
    assert choose(values, "host.cores") == {"host.cores": 2}


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(NotFound, match='Did you mean "host"'):
        choose(newest(HISTORY), "hots")
