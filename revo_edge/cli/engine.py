"""`revo engine ls`."""

from collections.abc import Iterable

import click

from revo_edge.cli.connect import connected
from revo_edge.cli.group import Group
from revo_edge.cli.options import json_option, quiet_option
from revo_edge.cli.output import say, show_json, show_table
from revo_edge.contract.events import EngineInfo


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
        show_table(("engine", "name", "status", "kinds"), [_row(info) for info in found.engines])
        for info in found.engines:
            if info.status == "error":
                say(f"broken: {info.detail}")
    missing = unloaded(found.engines)
    if missing:
        say(f"installed, but not loaded: {', '.join(missing)}. `revo restart` loads engines.")


def unloaded(engines: Iterable[EngineInfo]) -> list[str]:
    """Return the engines that are installed in this Python and that the daemon does not know."""
    from revo_edge.engines.declared import installed  # noqa: PLC0415 - not for --help

    known = {info.name for info in engines}
    return [source.name for source in installed() if source.name not in known]


def _row(info: EngineInfo) -> tuple[str, str, str, str]:
    detail = "see below" if info.status == "error" else info.detail
    return info.name, info.title, info.status, detail or ", ".join(info.kinds)
