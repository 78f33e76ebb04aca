"""How hard a complexity is: the limits that every list, colour and gate of a survey goes by."""

from typing import Literal

COMPLEX = 10
"""A complexity above this one is worth a look (McCabe's own limit, 1976)."""

BAND_LIMITS = (5, COMPLEX, 20, 50)
"""Upper ends of the complexity bands; the last band has none."""

Severity = Literal["fine", "watch", "high", "worst"]
_OF_BAND: tuple[Severity, ...] = ("fine", "fine", "watch", "high", "worst")


def severity_of(complexity: int) -> Severity:
    """Name a complexity by the band that it is in."""
    return _OF_BAND[sum(complexity > end for end in BAND_LIMITS)]
