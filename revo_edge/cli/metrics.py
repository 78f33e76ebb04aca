"""`revo metrics`: the latest sample of each source."""

import time
from typing import TYPE_CHECKING, Any

import click

from revo_edge.cli.connect import connected
from revo_edge.cli.options import json_option
from revo_edge.cli.output import plain, show_json, show_line, show_table
from revo_edge.clock import utc_now
from revo_edge.contract.metrics import MetricHistory
from revo_edge.errors import NotFound, did_you_mean

if TYPE_CHECKING:
    from revo_edge.client.client import Client

SAMPLES_BACK_S = 3.0
WATCH_EVERY_S = 1.0


@click.command(
    epilog="""\b
Examples:
  revo metrics parallel
  revo metrics self.rss_bytes --watch
"""
)
@click.argument("name", default="")
@click.option("-w", "--watch", is_flag=True, help="Print again every second until Ctrl+C.")
@json_option
def metrics(*, name: str, watch: bool, as_json: bool) -> None:
    """Print the latest measurements.

    Those of the engines, the host and the daemon itself. NAME is a source (an engine, host or self), or one of its values such as host.cpu_ratio.
    """
    with connected() as client:
        while True:
            found = choose(latest(_fresh(client)), name)
            if as_json:
                (show_line if watch else show_json)(found)
            elif len(found) == 1 and name in found:
                click.echo(found[name])
            else:
                show_table(("metric", ">value"), found.items())
            if not watch:
                return
            time.sleep(WATCH_EVERY_S)


def _fresh(client: "Client") -> MetricHistory:
    return client.metrics(since=utc_now() - SAMPLES_BACK_S)


def latest(history: MetricHistory) -> dict[str, Any]:
    """Return the newest value of everything, under dotted names."""
    newest: dict[str, object] = {name: seen[-1] for name, seen in history.engines.items() if seen}
    if history.host:
        newest["host"] = history.host[-1]
    if history.self_:
        newest["self"] = history.self_[-1]
    flat: dict[str, Any] = {}
    for source, sample in newest.items():
        _flatten(source, plain(sample), flat)
    return flat


def choose(values: dict[str, Any], name: str) -> dict[str, Any]:
    """Return what `name` names; raise NotFound with the nearest name."""
    found = {k: v for k, v in values.items() if not name or k == name or k.startswith(f"{name}.")}
    if not found:
        near = did_you_mean(name, [*values, *{key.partition(".")[0] for key in values}])
        raise NotFound(f"There is no metric {name}.{near} `revo metrics` lists them all.")
    return found


def _flatten(name: str, value: object, into: dict[str, Any]) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            _flatten(f"{name}.{key}", item, into)
    else:
        into[name] = value
