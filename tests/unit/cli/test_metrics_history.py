import hypothesis.strategies as st
import pytest
from click.testing import Result
from hypothesis import given

from revo_edge.cli.metrics_history import SHAPE_CHARS, course, csv_rows, figure, table_row
from revo_edge.contract.history import MetricHistoryReply, MetricSeries
from tests.unit.cli.runner import revo

BEGIN = 1_800_000_000.0
SERIES = MetricSeries("host.cpu_ratio", (0.25, None, 0.5), (0.1, None, 0.5), (0.9, None, 0.5))
REPLY = MetricHistoryReply(BEGIN, 60, (SERIES,))


def test_a_series_is_one_line() -> None:
    assert table_row(SERIES) == ("host.cpu_ratio", "10 %", "38 %", "90 %", "50 %", "▁ █")
    empty = MetricSeries("x", (None, None), (None, None), (None, None))
    assert table_row(empty) == ("x", "-", "-", "-", "-", "")


def test_csv_has_a_row_for_each_step_that_was_measured() -> None:
    assert list(csv_rows(REPLY)) == [
        ["time", "host.cpu_ratio", "host.cpu_ratio.min", "host.cpu_ratio.max"],
        ["2027-01-15T08:00:00Z", 0.25, 0.1, 0.9],
        ["2027-01-15T08:02:00Z", 0.5, 0.5, 0.5],
    ]
    assert list(csv_rows(MetricHistoryReply(BEGIN, 60))) == [["time"]]


@given(st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9)), min_size=1, max_size=1440))
def test_a_course_has_its_width_and_shows_gaps(values: list[float | None]) -> None:
    if not any(value is not None for value in values):
        return
    drawn = course(values)
    assert len(drawn) == min(SHAPE_CHARS, len(values))
    if len(values) <= SHAPE_CHARS:
        assert [char == " " for char in drawn] == [value is None for value in values]


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("self.fds", 0.0, "0"),
        ("self.fds", 12.345, "12.3"),
        ("self.events", 91_234.5, "91,234"),
        ("self.rss_bytes", 91_234_567.0, "91 MB"),
        ("host.cpu_ratio", 0.254, "25 %"),
        ("self.loop_lag.p99_ms", 1.25, "1.2 ms"),
        ("parallel.items_per_s", 120.4, "120/s"),
    ],
)
def test_figures_are_short_and_have_the_unit_of_their_name(
    name: str, value: float, says: str
) -> None:
    assert figure(name, value) == says


def ask(*args: str) -> Result:
    return revo("metrics", "history", *args)


@pytest.mark.parametrize("age", ["6", "0h", "25h", "2d", "soon", "-1h"])
def test_a_wrong_age_says_what_is_right(age: str) -> None:
    result = ask(f"--since={age}")
    assert result.exit_code == 2
    assert "write 30m, 6h or 24h" in result.stderr


@pytest.mark.usefixtures("home")
def test_the_word_latest_may_be_left_out_and_history_starts_no_daemon() -> None:
    assert "Choose one of" in ask("--csv", "--json").stdout
    assert ask("--since", "6h").exit_code == 4
    assert "history" in revo("metrics", "--help").stdout
    for args in (("latest", "--help"), ("host", "--help"), ("--watch", "--help")):
        assert "--watch" in revo("metrics", *args).stdout
