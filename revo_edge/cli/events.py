"""`revo events`: the live stream, or the recent past and then the live stream."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import click

from revo_edge.cli.connect import connected
from revo_edge.cli.options import json_option
from revo_edge.cli.output import clean, plain, say, show_line
from revo_edge.client.units import clock
from revo_edge.clock import utc_now
from revo_edge.contract.requests import StreamEvent

if TYPE_CHECKING:
    from revo_edge.client.client import Client

DEFAULT_TOPICS = ("task.", "worker.", "engine.", "workflow.", "alert.", "sys.notice.", "sys.queue.")
"""Without -t: what changes state. Metrics, logs and heartbeats come when asked for."""
LONG_POLL_MS = 30_000
_AGE_S = {"s": 1, "m": 60, "h": 3600}


@click.command(
    epilog="""\b
Examples:
  revo events -t task. -t worker.
  revo events --since 5m --json
"""
)
@click.option(
    "-t",
    "--topic",
    "topics",
    multiple=True,
    help='Only topics that start so, for example task. or metric.host. ("" for all).',
)
@click.option("--since", metavar="N|AGE", help="Begin after event N, or 30s, 5m, 1h ago.")
@click.option("-n", "--limit", type=click.IntRange(min=1), help="End after so many events.")
@json_option
def events(*, topics: tuple[str, ...], since: str | None, limit: int | None, as_json: bool) -> None:
    """Print the live stream of events.

    One line each, until Ctrl+C.
    """
    chosen = topics or DEFAULT_TOPICS
    begin = None if since is None else parse_since(since, utc_now())
    with connected() as client:
        found = _live(client, chosen) if begin is None else _since(client, chosen, *begin)
        for event in islice(found, limit):
            if as_json:
                show_line(_as_plain(event))
            else:
                click.echo(as_line(event))


def parse_since(text: str, at: float) -> tuple[int, float]:
    """Return (after which `s`, from which UTC epoch seconds on); raise UsageError."""
    if text.isdecimal():
        return int(text), 0.0
    age = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", text)
    if age is None:
        raise click.UsageError(f'"{text}" is neither an event number nor an age such as 30s or 5m.')
    return 0, at - float(age[1]) * _AGE_S[age[2]]


def _live(client: "Client", topics: tuple[str, ...]) -> Iterator[StreamEvent]:
    with client.subscribe(topics) as stream:
        yield from stream


def _since(
    client: "Client", topics: tuple[str, ...], after: int, not_before: float
) -> Iterator[StreamEvent]:
    """Yield the recorded events and go on with new ones: long polls leave no gap between."""
    boot = client.hello().boot
    while True:
        page = client.events_since(boot, after, topics, wait_ms=LONG_POLL_MS)
        if page.too_old:
            say(f"The daemon no longer has all events after {after}; going on at {page.s}.")
        yield from (found for found in page.events if found.event.ts >= not_before)
        boot, after = page.boot, page.s


def _as_plain(found: StreamEvent) -> dict[str, object]:
    event = found.event
    return {"topic": found.topic, "s": event.s, "ts": event.ts, "k": event.k, "d": plain(event.d)}


_SHOWN = ("state", "status", "reason", "text", "note", "done", "total", "before", "after", "title")


def as_line(found: StreamEvent) -> str:
    """Return time, number, topic and the few facts that matter of the event."""
    facts = _facts(plain(found.event.d))
    return clean(f"{clock(found.event.ts)} {found.event.s:>7} {found.topic} {facts}")


def _facts(data: object) -> str:
    if not isinstance(data, dict):
        return str(data)
    flat = {**data, **(data.get("progress") or {})}
    shown = {key: flat[key] for key in _SHOWN if flat.get(key) not in (None, "")}
    return " ".join(f"{key}={value}" for key, value in (shown or flat).items())
