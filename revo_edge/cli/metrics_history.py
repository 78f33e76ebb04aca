"""`revo metrics history`: means of minutes of the last 24 hours, as a table, JSON or CSV."""

import csv
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import click

from revo_edge.cli.connect import connected
from revo_edge.cli.options import json_option
from revo_edge.cli.output import say, show_json, show_table
from revo_edge.client.units import clock, duration, milliseconds, percent, rate, size
from revo_edge.clock import utc_now
from revo_edge.contract.history import MetricHistoryReply, MetricSeries
from revo_edge.errors import NotFound

_UNITS_S = {"m": 60, "h": 3_600, "d": 86_400}
_DAY_S = 86_400
_BLOCKS = "▁▂▃▄▅▆▇█"
SHAPE_CHARS = 32
_WORDS = {"_bytes": size, "_ratio": percent, "_ms": milliseconds, "_per_s": rate}


class Age(click.ParamType[float]):
    """A span of time such as 30m, 6h or 1d, up to a day; in seconds."""

    name = "age"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the seconds; raise a usage error that says what is right."""
        if isinstance(value, float):
            return value
        found = re.fullmatch(r"(\d+(?:\.\d+)?)([mhd])", str(value))
        if found is None or not 0 < float(found[1]) * _UNITS_S[found[2]] <= _DAY_S:
            self.fail(f'"{value}" is no time up to a day: write 30m, 6h or 24h.', param, ctx)
        return float(found[1]) * _UNITS_S[found[2]]


@click.command(
    epilog="""\b
Examples:
  revo metrics history --since 1h
  revo metrics history parallel.queued host.cpu_ratio --csv
"""
)
@click.argument("names", nargs=-1)
@click.option("--since", type=Age(), default="24h", show_default=True, help="How far back.")
@click.option("--step", type=Age(), help="Join so much into one value; at least a minute.")
@click.option("--csv", "as_csv", is_flag=True, help="A row for each step, for a spreadsheet.")
@json_option
def history(
    *, names: tuple[str, ...], since: float, step: float | None, as_csv: bool, as_json: bool
) -> None:
    """Print the last 24 hours of measurements, minute by minute.

    NAMES are sources (an engine, host or self) or values such as host.cpu_ratio; all without any.
    Times in which no daemon ran are gaps.
    """
    if as_csv and as_json:
        raise click.UsageError("Choose one of --csv and --json.")
    with connected(start=False) as client:
        step_s = 60 if step is None else int(step)
        found = client.metric_history(utc_now() - since, step_s=step_s, names=names)
    if names and not found.series:
        raise NotFound(f"Nothing was kept of {', '.join(names)}. `revo metrics` lists all names.")
    if as_json:
        show_json(found)
    elif as_csv:
        csv.writer(sys.stdout, lineterminator="\n").writerows(csv_rows(found))
    else:
        _show(found, step_s)


def _show(found: MetricHistoryReply, asked_s: int) -> None:
    rows = [table_row(series) for series in found.series]
    show_table(("metric", ">lowest", ">mean", ">highest", ">last", "course"), rows)
    note = f"From {clock(found.begin)} on, {duration(found.step_s)} a step."
    if found.step_s > asked_s > 60:
        note += " Name fewer metrics for shorter steps."
    say(note)


def table_row(series: MetricSeries) -> tuple[str, ...]:
    """Return a series in one line: its extremes, its mean and its course."""
    means = [value for value in series.mean if value is not None]
    lows = [value for value in series.min if value is not None]
    highs = [value for value in series.max if value is not None]
    if not means:
        return series.name, "-", "-", "-", "-", ""
    figures = (min(lows), sum(means) / len(means), max(highs), means[-1])
    texts = (figure(series.name, value) for value in figures)
    return (series.name, *texts, course(series.mean))


def figure(name: str, value: float) -> str:
    """Return a value as people read it; its unit is the end of its name."""
    for ending, words in _WORDS.items():
        if name.endswith(ending):
            return words(value)
    return f"{value:,.0f}" if value == int(value) or value >= 1_000 else f"{value:.3g}"


def course(values: Sequence[float | None], width: int = SHAPE_CHARS) -> str:
    """Return the shape of a series in `width` characters; a space where nobody measured."""
    known = [value for value in values if value is not None]
    low, high = min(known), max(known)
    return "".join(_block(part, low, high) for part in _parts(values, width))


def _parts(values: Sequence[float | None], width: int) -> Iterator[list[float]]:
    count = min(width, len(values))
    for place in range(count):
        begin, end = place * len(values) // count, (place + 1) * len(values) // count
        yield [value for value in values[begin:end] if value is not None]


def _block(part: Sequence[float], low: float, high: float) -> str:
    if not part:
        return " "
    share = (sum(part) / len(part) - low) / (high - low) if high > low else 0.0
    return _BLOCKS[min(len(_BLOCKS) - 1, int(share * len(_BLOCKS)))]


def csv_rows(found: MetricHistoryReply) -> Iterator[list[object]]:
    """Yield a header and a row for each step; what nobody measured is empty. Times are UTC."""
    yield [
        "time",
        *(f"{s.name}{part}" for s in found.series for part in ("", ".min", ".max")),
    ]
    columns = [column for s in found.series for column in (s.mean, s.min, s.max)]
    for place, row in enumerate(zip(*columns, strict=True)):
        if any(value is not None for value in row):
            at = datetime.fromtimestamp(found.begin + place * found.step_s, UTC)
            yield [at.strftime("%Y-%m-%dT%H:%M:%SZ"), *row]
