"""Whether a figure grows: a line through its samples, and how sure its slope is."""

import math
import statistics
from collections.abc import Sequence

T_95 = 1.96
"""The normal distribution's; with 25 samples Student's t is 2.07, 5 % more."""


def fit(points: Sequence[tuple[float, float]]) -> dict[str, float]:
    """Fit a line through (s, MB); its slope and the upper bound of that, in MB/h."""
    hours = [at_s / 3600 for at_s, _ in points]
    values = [value for _, value in points]
    slope, intercept = statistics.linear_regression(hours, values)
    rest = sum((y - intercept - slope * x) ** 2 for x, y in zip(hours, values, strict=True))
    spread = sum((x - statistics.fmean(hours)) ** 2 for x in hours)
    error = math.sqrt(rest / (len(points) - 2) / spread)
    return {
        "mean_mb": round(statistics.fmean(values), 3),
        "last_mb": round(values[-1], 3),
        "slope_mb_per_h": round(slope, 4),
        "slope_upper_mb_per_h": round(slope + T_95 * error, 4),
    }
