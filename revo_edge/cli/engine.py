"""`revo engine ls`."""

import click

from revo_edge.cli.connect import connected
from revo_edge.cli.group import Group
from revo_edge.cli.options import json_option, quiet_option
from revo_edge.cli.output import show_json, show_table


@click.group(cls=Group)
def engine() -> None:
    """List engines and what they can do."""


@engine.command(epilog="Example: revo engine ls")
@quiet_option
@json_option
def ls(*, quiet: bool, as_json: bool) -> None:
    """List engines with their state and their kinds of task."""
    with connected() as client:
        found = client.engines()
    if as_json:
        show_json({"engines": found.engines, "kinds": found.kinds})
    elif quiet:
        for info in found.engines:
            click.echo(info.name)
    else:
        rows = [
            (info.name, info.title, info.status, info.detail or ", ".join(info.kinds))
            for info in found.engines
        ]
        show_table(("engine", "name", "status", "kinds"), rows)
