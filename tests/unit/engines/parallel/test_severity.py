"""The limits that lists, colours and gates go by."""

from revo_edge.engines.parallel.severity import BAND_LIMITS, COMPLEX, severity_of


def test_a_severity_changes_above_a_limit_and_never_falls() -> None:
    assert [severity_of(n) for n in (1, COMPLEX, COMPLEX + 1, 20, 21, 50, 51)] == [
        "fine",
        "fine",
        "watch",
        "watch",
        "high",
        "high",
        "worst",
    ]
    assert list(BAND_LIMITS) == sorted(BAND_LIMITS)
