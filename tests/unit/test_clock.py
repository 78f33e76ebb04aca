"""Wall time."""

import datetime as dt

from revo_edge.clock import utc_now


def test_it_is_utc_in_seconds() -> None:
    now = dt.datetime.now(dt.UTC).timestamp()
    assert abs(utc_now() - now) < 5
