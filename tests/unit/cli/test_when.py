from datetime import UTC, datetime

import pytest

from revo_edge.cli.when import read_time
from tests.unit.cli.runner import revo

NOW = datetime(2030, 6, 1, 12, 30, 15, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "left_s"),
    [("+15m", 900), ("+30s", 30), ("+2h", 7200), ("+1d", 86_400), ("2030-06-01T14:30:20+02:00", 5)],
)
def test_a_time_to_come(text: str, left_s: float) -> None:
    assert read_time(text, NOW) - NOW == left_s


def test_a_clock_time_is_the_next_one_that_the_local_clock_shows() -> None:
    for text in ("00:00", "12:30", "9:05", "23:59"):
        found = read_time(text, NOW)
        shown = datetime.fromtimestamp(found, UTC).astimezone()
        assert f"{shown:%H:%M:%S}" == f"{text.zfill(5)}:00"
        assert 0 < found - NOW <= 86_400


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("soon", "is no time"),
        ("25:00", "is no time"),
        ("+15", "is no time"),
        ("2030-06-02T10:00:00", "no zone"),
        ("2030-06-01T12:30:00Z", "in the past"),
    ],
)
def test_what_is_no_time_to_come_says_what_would_fit(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_time(text, NOW)


@pytest.mark.parametrize("args", [["survey", "."], ["map", "--cmd", "true", "1"]])
def test_a_wrong_time_asks_no_daemon(args: list[str]) -> None:
    found = revo(*args, "--at", "soon")
    assert found.exit_code == 2
    assert "+15m" in found.stderr
