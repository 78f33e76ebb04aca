import msgspec
import pytest

from revo_edge.contract.events import EngineInfo
from revo_edge.contract.history import MEMORY_FIELDS
from revo_edge.contract.metrics import (
    EngineSample,
    HostSample,
    Latency,
    MemorySample,
    SelfSample,
)
from revo_gui.models.metrics_catalogue import DEFAULT_PICK, groups, matching, value_text

ENGINES = {"parallel": EngineInfo("parallel", "Parallel Mind", "online")}
SAMPLES: dict[str, msgspec.Struct] = {
    "parallel": EngineSample(1.0, "parallel", "online", latency=Latency(p95_ms=7.0)),
    "host": HostSample(1.0, 0.5, 4, 1.5, 8, 4, 2),
    "self": SelfSample(1.0, 5.0, 0.01, 30),
}


def test_every_series_can_be_read_from_a_sample_of_its_source() -> None:
    found = groups(("self", "host", "parallel"), ENGINES)
    assert [group.title for group in found] == ["Parallel Mind", "This machine", "The daemon"]
    for group in found:
        values = {series.id: series.read(SAMPLES[group.source]) for series in group.series}  # type: ignore[arg-type]  # a sample each
        assert all(isinstance(value, float | int | None) for value in values.values())
    ids = [series.id for group in found for series in group.series]
    assert len(set(ids)) == len(ids)
    assert set(DEFAULT_PICK) <= set(ids)


def test_a_promise_is_the_series_target() -> None:
    targets = {s.id: s.target for group in groups(("recall", "self"), {}) for s in group.series}
    assert targets["self.loop_lag_p99"] == 5.0
    assert targets["recall.retrieval_p95"] == 100.0
    assert targets["self.request_p95"] is None


def test_what_only_memory_has_is_read_from_its_samples_and_kept_for_a_day() -> None:
    [found] = groups(("recall",), {})
    bare = EngineSample(1.0, "recall", "online")
    memory = MemorySample(retrieval=Latency(p95_ms=3.5), items=7)
    full = msgspec.structs.replace(bare, memory=memory)
    own = {s.field: s for s in found.series if s.field.startswith("memory.")}
    assert set(own) == set(MEMORY_FIELDS)
    assert all(series.read(bare) is None for series in own.values())
    assert own["memory.retrieval.p95_ms"].read(full) == 3.5
    assert own["memory.items"].read(full) == 7
    assert not any(s.field.startswith("memory.") for s in groups(("parallel",), {})[0].series)


def test_a_search_finds_by_title_and_source() -> None:
    found = matching(groups(("self", "host"), {}), "daemon memory")
    assert [series.id for group in found for series in group.series] == ["self.rss"]


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        ("ms", 31.2, "31 ms"),
        ("ratio", 0.004, "0.4 %"),
        ("ratio", 0.5, "50 %"),
        ("bytes", 38e6, "38 MB"),
        ("per_s", 120, "120/s"),
        ("count", 1500, "1,500"),
        ("count", 2.5, "2.5"),
        ("ms", None, "-"),
    ],
)
def test_values_are_said_with_their_unit(unit: str, value: float | None, text: str) -> None:
    assert value_text(unit, value) == text
