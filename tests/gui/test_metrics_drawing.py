from hypothesis import given
from hypothesis import strategies as st

from revo_gui.history import Point, Series
from revo_gui.models.metrics_points import ceiling, csv_table, decimated, stats, step_s, value_at
from revo_gui.models.metrics_window import TimeWindow

values = st.lists(st.none() | st.floats(-1e9, 1e9), max_size=300)


def at_1_hz(found: list[float | None]) -> list[Point]:
    return [(1000.0 + second, value) for second, value in enumerate(found)]


@given(values, st.floats(0.5, 60))
def test_decimation_keeps_peaks_order_and_gaps(found: list[float | None], bucket_s: float) -> None:
    points = at_1_hz(found)
    shown = decimated(points, bucket_s)
    assert set(shown) <= set(points)
    assert [at for at, _ in shown] == sorted(at for at, _ in shown)
    assert stats(shown) is None if stats(points) is None else True
    before, after = stats(points), stats(shown)
    if before and after:
        assert (before.least, before.most) == (after.least, after.most)
    assert [p for p in shown if p[1] is None] == [p for p in points if p[1] is None]


def test_decimation_leaves_few_points_and_breaks_the_line_where_samples_are_missing() -> None:
    points = at_1_hz([float(n % 7) for n in range(900)])
    assert len(decimated(points, 10)) <= 2 * 91
    assert decimated([(1, 5.0), (2, 5.0), (60, 5.0)], 1) == [
        (1, 5.0), (2, 5.0), (31, None), (60, 5.0),
    ]  # fmt: skip


def test_the_crosshair_reads_the_nearest_sample_and_none_where_there_is_none() -> None:
    points: list[Point] = [(10, 1.0), (11, None), (20, 3.0)]
    assert [value_at(points, at) for at in (9.6, 10.4, 10.9, 15, 20.9, 30)] == [
        1.0, 1.0, None, None, 3.0, None,
    ]  # fmt: skip
    assert value_at([], 5) is None


@given(st.sampled_from(["ms", "ratio", "bytes", "count", "per_s"]), st.floats(0, 1e15))
def test_an_axis_ends_at_a_round_number_not_far_above(unit: str, most: float) -> None:
    top = ceiling(unit, most)
    assert top >= most * 0.999
    assert top <= max(most * 5.001, 5e6)
    assert ceiling("ratio", 1.0) == 1.0


def test_times_below_a_chart_do_not_touch() -> None:
    assert step_s(300, 870, 76) == 30
    assert step_s(900, 230, 76) == 300
    assert step_s(10_000, 1000, 76) == 1_800
    assert step_s(86_400, 870, 76) == 14_400
    assert step_s(1_000_000, 100, 76) == 43_200


def test_a_window_pauses_moves_within_what_there_is_and_goes_live_again() -> None:
    span = (1000.0, 2000.0)
    live = TimeWindow(300)
    assert live.bounds(span) == (1700, 2000)
    still = live.paused(span)
    assert (still.live, still.bounds((1000.0, 2500.0))) == (False, (1700, 2000))
    assert still.moved(100, span).end == 1900
    assert still.moved(5000, span).end == 1300
    assert still.moved(-5000, span).end == 2000
    assert still.resumed() == live
    assert TimeWindow(900).moved(10, (1990.0, 2000.0)).end == 2000


def test_a_table_has_a_row_each_second_and_nothing_where_nobody_measured() -> None:
    one = Series("host.cpu", "CPU", "ratio", "host", lambda _: None)
    two = Series("self.rss", "Memory", "bytes", "self", lambda _: None)
    text = csv_table([(one, [(0.02, 0.5), (1.01, None)]), (two, [(0.98, 7.0)])])
    assert text.splitlines() == [
        "time,host.cpu (ratio),self.rss (bytes)",
        "1970-01-01T00:00:00Z,0.5,",
        "1970-01-01T00:00:01Z,,7.0",
    ]
