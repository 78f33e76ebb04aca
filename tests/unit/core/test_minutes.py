import hypothesis.strategies as st
import pytest
from hypothesis import given

from revo_edge.contract.codec import encode
from revo_edge.contract.history import KEPT_MINUTES, Minute, Stat, fields_of
from revo_edge.contract.metrics import EngineSample, HostSample, Latency
from revo_edge.contract.requests import MetricsHistory
from revo_edge.core.minutes import CELLS_LIMIT, Minutes, bounds, series_of

AT = 1_800_000_000  # a full minute


def host(at: float, cpu: float = 0.5) -> HostSample:
    return HostSample(at, cpu, 2, 1.0, 100, 50, 25)


def minute(number: int, cpu: float, source: str = "host") -> Minute:
    stats = [(cpu, cpu / 2, cpu * 2)] + [None] * (len(fields_of(source)) - 1)
    return Minute(AT + 60 * number, {source: tuple(stats)})


@given(st.lists(st.tuples(st.floats(0.5, 200.0), st.floats(0, 1)), min_size=1, max_size=200))
def test_every_sample_is_counted_in_its_minute(steps: list[tuple[float, float]]) -> None:
    minutes, at = Minutes(), float(AT)
    told: dict[int, list[float]] = {}
    for passed_s, cpu in steps:
        at += passed_s
        minutes.add("host", host(at, cpu))
        told.setdefault(int(at // 60) * 60, []).append(cpu)
    found = {one.at: one.sources["host"][0] for one in minutes.take_finished()}
    assert minutes.take_finished() == []
    found |= {one.at: one.sources["host"][0] for one in minutes.current()}
    assert found.keys() == told.keys()
    for begin, values in told.items():
        stat = found[begin]
        assert stat is not None
        assert stat[0] == pytest.approx(sum(values) / len(values))
        assert stat[1:] == (min(values), max(values))


def test_what_nobody_measured_is_none_and_not_nought() -> None:
    minutes = Minutes()
    minutes.add("parallel", EngineSample(AT, "parallel", "online"))
    sample = EngineSample(AT + 1, "parallel", "online", latency=Latency(1.0, 2.0, 3.0, 4))
    minutes.add("parallel", sample)
    (found,) = minutes.current()
    stats = dict(zip(fields_of("parallel"), found.sources["parallel"], strict=True))
    assert stats["utilisation_ratio"] is None
    assert stats["queued"] == (0, 0, 0)
    assert stats["latency.p95_ms"] == (2, 2, 2)


def test_nothing_was_measured_yet() -> None:
    assert Minutes().current() == []
    reply = series_of([], MetricsHistory(), AT, AT + 600)
    assert (reply.begin, reply.series) == (AT, ())


def test_gaps_stay_gaps_and_longer_steps_join_their_minutes() -> None:
    minutes = [minute(0, 1.0), minute(1, 3.0), minute(4, 2.0)]
    query = MetricsHistory(names=("host.cpu_ratio",))
    (series,) = series_of(minutes, query, AT, AT + 300).series
    assert series.mean == (1.0, 3.0, None, None, 2.0, None)
    assert series.max == (2.0, 6.0, None, None, 4.0, None)
    joined = series_of(minutes, MetricsHistory(step_s=120, names=("host",)), AT, AT + 300)
    assert joined.step_s == 120
    assert joined.series[0].mean == (2.0, None, 2.0)
    assert joined.series[0].min == (0.5, None, 1.0)
    assert [len(one.max) for one in joined.series] == [3] * len(fields_of("host"))


def test_a_name_is_a_value_or_the_beginning_of_some() -> None:
    minutes = [Minute(AT, {"self": (None,) * 18, "host": (None,) * 4})]

    def names(*wanted: str) -> list[str]:
        found = series_of(minutes, MetricsHistory(names=wanted), AT, AT).series
        return [series.name for series in found]

    assert len(names()) == 22
    assert names("self.loop_lag") == [f"self.loop_lag.p{p}_ms" for p in (50, 95, 99)]
    assert names("hos", "host.cpu_ratio") == ["host.cpu_ratio"]


def test_a_row_of_an_older_version_lacks_the_newer_fields() -> None:
    short = Minute(AT, {"host": ((1.0, 1.0, 1.0),)})
    found = {s.name: s.mean for s in series_of([short], MetricsHistory(), AT, AT).series}
    assert (found["host.cpu_ratio"], found["host.disk_free_bytes"]) == ((1.0,), (None,))


def test_a_reply_stays_small_whatever_is_asked_for() -> None:
    stats: tuple[Stat | None, ...] = ((1.5, 1.5, 1.5),) * 19
    every = dict.fromkeys(("a", "b", "c", "d"), stats)
    minutes = [Minute(AT + 60 * n, every) for n in range(KEPT_MINUTES)]
    reply = series_of(minutes, MetricsHistory(), AT, AT + 60 * (KEPT_MINUTES - 1))
    assert len(reply.series) == 76
    assert reply.step_s == 360
    assert sum(len(series.mean) for series in reply.series) <= CELLS_LIMIT
    assert len(encode(reply)) < 600_000
    few = MetricsHistory(names=("a.queued", "b.queued"))
    assert series_of(minutes, few, AT, AT + 86_340).step_s == 60


def test_only_the_last_24_hours_can_be_asked_for() -> None:
    now = AT + 30.0
    assert bounds(MetricsHistory(), now) == (AT - 86_340, AT)
    assert bounds(MetricsHistory(since=now - 3_600), now) == (AT - 3_600, AT)
    asked = MetricsHistory(since=AT - 7_200.0, until=AT - 3_590.0)
    assert bounds(asked, now) == (AT - 7_200, AT - 3_600)
    first, last = bounds(MetricsHistory(since=AT + 9_000.0), now)
    assert series_of([], MetricsHistory(), first, last).series == ()
