"""`revo worker`: the processes that run tasks."""

from typing import TYPE_CHECKING

import click

from revo_edge.cli.connect import connected
from revo_edge.cli.group import Group
from revo_edge.cli.options import confirm, json_option, quiet_option, yes_option
from revo_edge.cli.output import say, show_json, show_table
from revo_edge.client.scaling_words import effect_words
from revo_edge.client.units import clock, percent, size

if TYPE_CHECKING:
    from revo_edge.contract.requests import WorkerListReply

SCALING_SHOWN = 5


@click.group(cls=Group)
def worker() -> None:
    """List, scale and restart workers."""


@worker.command(epilog="Example: revo worker ls")
@quiet_option
@json_option
def ls(*, quiet: bool, as_json: bool) -> None:
    """List workers, the last changes of their number, and what those brought."""
    with connected() as client:
        found = client.workers()
    if quiet:
        for info in found.workers:
            click.echo(info.id)
    elif as_json:
        show_json(found.workers)
    else:
        _show(found)
        effects = {effect.scaling_at: effect for effect in found.effects}
        for change in found.scaling[-SCALING_SHOWN:]:
            say(f"{clock(change.at)}  {change.before} -> {change.after}: {change.reason}")
            effect = effects.get(change.at)
            if effect is not None:
                say(f"          effect: {effect_words(effect)}")


@worker.command(epilog="Example: revo worker scale 2 8")
@click.argument("least", metavar="MIN", type=click.IntRange(1, 64))
@click.argument("most", metavar="MAX", type=click.IntRange(1, 64))
@json_option
def scale(*, least: int, most: int, as_json: bool) -> None:
    """Set how few and how many workers there may be, until the daemon ends.

    Set workers.min and workers.max in the settings file to keep it.
    """
    if least > most:
        raise click.UsageError(f"MIN {least} is greater than MAX {most}.")
    with connected() as client:
        found = client.scale(least, most)
    if as_json:
        show_json(found)
    else:
        say(f"There are now between {found.min} and {found.max} workers.")


@worker.command(epilog="Example: revo worker restart --kill --yes")
@click.argument("worker_id", metavar="[WORKER]", default="")
@click.option("--kill", is_flag=True, help="Now: what runs is lost and runs again.")
@yes_option
@json_option
def restart(*, worker_id: str, kill: bool, yes: bool, as_json: bool) -> None:
    """Replace one worker, or all, once they are idle."""
    if kill:
        confirm(f"Kill {worker_id or 'every worker'} and what runs on it?", yes=yes)
    with connected() as client:
        found = client.restart_workers(worker_id, kill=kill)
    if as_json:
        show_json(found.workers)
    else:
        _show(found)


def _show(found: "WorkerListReply") -> None:
    rows = [
        (
            info.id,
            info.pid or "",
            info.lane.value,
            info.state.value,
            info.tasks_done,
            size(info.rss_bytes),
            percent(info.cpu_ratio),
            f"{info.kind or ''} {info.task or ''}".strip(),
        )
        for info in found.workers
    ]
    show_table(("worker", ">pid", "lane", "state", ">done", ">memory", ">cpu", "runs"), rows)
    say(f"{len(found.workers)} workers; elastic ones between {found.min} and {found.max}")
