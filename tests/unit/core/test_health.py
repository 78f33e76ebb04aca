from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revo_edge.core.health import WINDOW_S, Latencies, Rate, Vitals, problems

WELL = Vitals(
    loop_lag_p99_ms=1.0,
    disk_free_bytes=10**10,
    store_trouble="",
    workers_ready=4,
    workers_min=4,
    uptime_s=100.0,
    journal_reset="",
)


@given(st.lists(st.floats(0.01, 100_000), min_size=1, max_size=300))
def test_a_percentile_is_right_to_within_its_bucket(durations: list[float]) -> None:
    latencies = Latencies()
    for ms in durations:
        latencies.add(ms, 5.0)
    found = latencies.summary(5.0)
    ordered = sorted(durations)
    for quantile, value in ((0.50, found.p50_ms), (0.95, found.p95_ms), (0.99, found.p99_ms)):
        rank = max(0, -int(-quantile * len(ordered) // 1) - 1)
        assert value == pytest.approx(ordered[rank], rel=0.06)
    assert found.count == len(durations)


def test_what_is_older_than_a_minute_does_not_count() -> None:
    latencies = Latencies()
    latencies.add(900.0, 10.0)
    latencies.add(1.0, 40.0)
    assert latencies.summary(40.0).count == 2
    assert latencies.summary(10.0 + WINDOW_S).count == 1
    assert latencies.summary(500.0).count == 0


def test_no_measure_and_a_zero_are_both_fine() -> None:
    latencies = Latencies()
    assert latencies.summary(1.0).count == 0
    latencies.add(0.0, 1.0)
    assert latencies.summary(1.0).p99_ms == pytest.approx(0.001, rel=0.06)


def test_a_rate_is_the_growth_per_second() -> None:
    rate = Rate()
    assert rate.update(100, 1.0) == 0.0
    assert rate.update(150, 3.0) == 25.0
    assert rate.update(150, 3.0) == 0.0  # no time has passed
    assert rate.update(20, 4.0) == 0.0  # a process was replaced: it never runs backwards


def test_a_well_daemon_has_no_problems() -> None:
    assert problems(WELL) == ()


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"store_trouble": "no space left. Free some space."}, "cannot be written: no space left"),
        ({"journal_reset": "It was kept as x."}, "It was kept as x."),
        ({"disk_free_bytes": 50 * 2**20}, "Only 50 MB of disk are free; make room"),
        ({"workers_ready": 1}, "1 of 4 workers are up; `revo daemon logs`"),
        ({"loop_lag_p99_ms": 80.0}, "late by 80 ms"),
    ],
)
def test_each_problem_is_said_with_what_to_do(change: dict[str, object], text: str) -> None:
    (found,) = problems(replace(WELL, **change))  # type: ignore[arg-type]  # one field at a time
    assert text in found


def test_workers_may_take_their_time_at_the_start() -> None:
    assert problems(replace(WELL, workers_ready=0, uptime_s=3.0)) == ()
    assert problems(replace(WELL, loop_lag_p99_ms=None)) == ()
