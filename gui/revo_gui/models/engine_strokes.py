"""A sparkline in pixels: where its line runs, and where its target stands."""

from revo_gui.models.engines import Spark
from revo_gui.models.metrics_points import decimated

_BUCKET_PX = 4.0
"""A lowest and a highest point in each: one point for two pixels."""
_HEADROOM = 1.3
Stroke = list[tuple[float, float]]
"""(x, y) from left to right."""


def ceiling(spark: Spark) -> float:
    """Return the value at the top edge: a little above all that is drawn; the foot is 0."""
    values = [value for _, value in spark.points if value is not None]
    return max([*values, spark.target or 0.0, 1e-9]) * _HEADROOM


def strokes(spark: Spark, width: float, height: float) -> list[Stroke]:
    """Return the line in pixels, one stroke for each stretch without a gap."""
    top = ceiling(spark)
    begin = spark.until - spark.seconds
    found: list[Stroke] = [[]]
    for at, value in decimated(spark.points, spark.seconds * _BUCKET_PX / max(width, _BUCKET_PX)):
        if value is None:
            found.append([])
            continue
        x = (at - begin) / spark.seconds * width
        found[-1].append((x, height - value / top * height))
    return [stroke for stroke in found if stroke]


def target_y(spark: Spark, foot: float) -> float:
    """Return the middle of the pixels that the target's line covers."""
    return round(foot - (spark.target or 0.0) / ceiling(spark) * foot) + 0.5
