"""`revo engine ls`."""

from collections.abc import Iterable

import click

from revo_edge.cli.connect import connected
from revo_edge.cli.group import Group
from revo_edge.cli.options import json_option, quiet_option
from revo_edge.cli.output import say, show_json, show_table
from revo_edge.contract.events import EngineInfo
from revo_edge.paths import find_paths


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
    for hint in restart_hints(found.engines):
        say(f"{hint}. `revo restart` loads engines.")


def restart_hints(engines: Iterable[EngineInfo]) -> list[str]:
    """Say which engines of this Python the daemon does not know, or knows as they were before."""
    from revo_edge.engines.declared import changed_at, installed  # noqa: PLC0415 - not for --help

    known = {info.name for info in engines}
    file = find_paths().endpoint
    started_at = file.stat().st_mtime if file.exists() else 0.0  # it is written when one starts
    sources = installed()
    new = [source.name for source in sources if source.name not in known]
    changed = [s.name for s in sources if s.name in known and changed_at(s) > started_at]
    said = (("installed, but not loaded", new), ("changed since the daemon started", changed))
    return [f"{words}: {', '.join(names)}" for words, names in said if names]


def _row(info: EngineInfo) -> tuple[str, str, str, str]:
    detail = "see below" if info.status == "error" else info.detail
    return info.name, info.title, info.status, detail or ", ".join(info.kinds)
