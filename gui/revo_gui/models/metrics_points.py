"""What a chart draws of its points, few enough and honest at the peaks; all of them as CSV."""

import csv
import io
import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from revo_gui.history import GAP_S, Point, Series

_Known = tuple[float, float]
_STEPS = (1.0, 2.0, 5.0, 10.0)
_LEAST = {"ratio": 0.05, "count": 2.0, "per_s": 2.0, "ms": 1.0, "bytes": 1e6}


class Stats(NamedTuple):
    """What is written beside a line."""

    least: float
    average: float
    most: float


def decimated(points: Iterable[Point], bucket_s: float, gap_s: float = GAP_S) -> list[Point]:
    """Return the lowest and the highest point of each span of `bucket_s`, and every gap.

    The spans lie on multiples of `bucket_s`, so that the shape stands still while time goes on.
    """
    result: list[Point] = []
    place = 0.0
    low: _Known | None = None
    high: _Known | None = None
    for at, value in broken(points, gap_s):
        if value is None:
            result += (*_in_order(low, high), (at, None))
            low = high = None
        elif low is None or high is None or at // bucket_s != place:
            result += _in_order(low, high)
            place = at // bucket_s
            low = high = (at, value)
        elif value < low[1]:
            low = (at, value)
        elif value > high[1]:
            high = (at, value)
    return [*result, *_in_order(low, high)]


def _in_order(low: _Known | None, high: _Known | None) -> tuple[Point, ...]:
    if low is None or high is None:
        return ()
    if low is high:
        return (low,)
    return (low, high) if low[0] < high[0] else (high, low)


def broken(points: Iterable[Point], gap_s: float = GAP_S) -> Iterator[Point]:
    """Put a point without a value where samples are missing."""
    before: float | None = None
    for at, value in points:
        if before is not None and at - before > gap_s:
            yield (before + at) / 2, None
        before = at
        yield at, value


def stats(points: Iterable[Point]) -> Stats | None:
    """Return lowest, average and highest value; None where nothing was measured."""
    known = [value for _, value in points if value is not None]
    return Stats(min(known), sum(known) / len(known), max(known)) if known else None


def value_at(points: Sequence[Point], at: float, gap_s: float = GAP_S) -> float | None:
    """Return the value of the sample nearest to `at`, if one is near."""
    index = bisect_left(points, at, key=lambda point: point[0])
    near = min(points[max(0, index - 1) : index + 1], key=lambda p: abs(p[0] - at), default=None)
    return near[1] if near is not None and abs(near[0] - at) <= gap_s / 2 else None


def ceiling(unit: str, most: float) -> float:
    """Return where an axis from 0 ends: a round number that is no lower than the highest value."""
    wanted = max(most, _LEAST.get(unit, 1.0))
    power = 10.0 ** math.floor(math.log10(wanted))
    return next(step * power for step in _STEPS if step * power >= wanted * (1 - 1e-9))


def step_s(window_s: float, width_px: float, label_px: float) -> int:
    """Return how far apart the times below a chart stand, so that they do not touch."""
    steps = (5, 10, 15, 30, 60, 120, 180, 300, 600, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200)
    room = max(1.0, width_px / label_px)
    return next((step for step in steps if window_s / step <= room), steps[-1])


def csv_table(columns: Sequence[tuple[Series, Sequence[Point]]]) -> str:
    """Return CSV: one row for each second that has a sample, one column for each series.

    Times are UTC; a value that nobody measured is empty.
    """
    by_time = [{round(at): value for at, value in points} for _, points in columns]
    times = sorted(set().union(*by_time))
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["time", *(f"{series.id} ({series.unit})" for series, _ in columns)])
    for at in times:
        iso = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        writer.writerow([iso, *(values.get(at) for values in by_time)])
    return file.getvalue()
