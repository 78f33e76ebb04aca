"""`revo metrics`: the latest sample of each source, and the last 24 hours."""

import time
from typing import TYPE_CHECKING, Any

import click

from revo_edge.cli.connect import connected
from revo_edge.cli.group import Group
from revo_edge.cli.metrics_history import history
from revo_edge.cli.options import json_option
from revo_edge.cli.output import plain, show_json, show_line, show_table
from revo_edge.clock import utc_now
from revo_edge.contract.metrics import MetricHistory
from revo_edge.errors import NotFound, did_you_mean

if TYPE_CHECKING:
    from revo_edge.client.client import Client

SAMPLES_BACK_S = 3.0
WATCH_EVERY_S = 1.0


class LatestGroup(Group):
    """A group that runs `latest` when no command of it is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `latest` in front of whatever is no command and no call for help."""
        if not args or args[0] not in (*self.commands, *ctx.help_option_names):
            args = ["latest", *args]
        return super().parse_args(ctx, args)


@click.group(
    cls=LatestGroup,
    epilog="""\b
Examples:
  revo metrics
  revo metrics parallel
  revo metrics history host --since 6h
""",
)
def metrics() -> None:
    """Print the latest measurements, or the last 24 hours.

    Without a command: the latest. Those of the engines, the host and the daemon itself.
    """


metrics.add_command(history)


@metrics.command(
    epilog="""\b
Examples:
  revo metrics latest parallel
  revo metrics self.rss_bytes --watch
"""
)
@click.argument("name", default="")
@click.option("-w", "--watch", is_flag=True, help="Print again every second until Ctrl+C.")
@json_option
def latest(*, name: str, watch: bool, as_json: bool) -> None:
    """Print the latest measurements (also without this word: `revo metrics host`).

    NAME is a source (an engine, host or self), or one of its values such as host.cpu_ratio.
    """
    with connected() as client:
        while True:
            found = choose(newest(_fresh(client)), name)
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


def newest(history: MetricHistory) -> dict[str, Any]:
    """Return the newest value of everything, under dotted names."""
    found: dict[str, object] = {name: seen[-1] for name, seen in history.engines.items() if seen}
    if history.host:
        found["host"] = history.host[-1]
    if history.self_:
        found["self"] = history.self_[-1]
    flat: dict[str, Any] = {}
    for source, sample in found.items():
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
