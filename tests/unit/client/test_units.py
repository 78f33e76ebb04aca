import time

import pytest

from revo_edge.client.units import clock, duration, milliseconds, percent, rate, size


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "-"),
        (0.34, "340 ms"),
        (1.24, "1.2 s"),
        (185, "3 m 05 s"),
        (7456, "2 h 04 m"),
        (273_600, "3 d 4 h"),
    ],
)
def test_duration(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(None, "-"), (512, "512 B"), (38_200_000, "38 MB"), (1.24e9, "1.2 GB"), (2e12, "2.0 TB")],
)
def test_size(count: float | None, text: str) -> None:
    assert size(count) == text


def test_small_numbers_keep_a_decimal() -> None:
    assert (milliseconds(0.81), milliseconds(31.4), milliseconds(None)) == ("0.8 ms", "31 ms", "-")
    assert (rate(0.44), rate(12_345)) == ("0.4/s", "12,345/s")
    assert (percent(0.126), percent(None)) == ("13 %", "-")


def test_the_date_is_shown_for_another_day() -> None:
    now = time.mktime(time.localtime())
    assert len(clock(now)) == len("12:00:00")
    assert clock(86_400 * 365).startswith("197")
    assert clock(None) == "-"
