"""The picked series as a table for a spreadsheet."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime

from revo_gui.history import Point, Series


def table(columns: Sequence[tuple[Series, Sequence[Point]]]) -> str:
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
