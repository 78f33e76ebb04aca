"""`revo queue`: named queues, each with its own concurrency."""

from typing import TYPE_CHECKING

import click

from revo_edge.cli.connect import connected
from revo_edge.cli.group import Group
from revo_edge.cli.options import json_option, quiet_option
from revo_edge.cli.output import say, show_json, show_table

if TYPE_CHECKING:
    from revo_edge.contract.events import QueueInfo


@click.group(cls=Group)
def queue() -> None:
    """List, pause and resume queues."""


@queue.command(epilog="Example: revo queue ls")
@quiet_option
@json_option
def ls(*, quiet: bool, as_json: bool) -> None:
    """List queues with what waits and runs in them."""
    with connected() as client:
        found = client.queues()
    if quiet:
        for info in found:
            click.echo(info.name)
    else:
        _show(found, as_json=as_json)


@queue.command(epilog="Example: revo queue pause slow")
@click.argument("name", default="default")
@json_option
def pause(*, name: str, as_json: bool) -> None:
    """Start no more tasks of a queue; those that run go on."""
    with connected() as client:
        _show(client.pause(name), as_json=as_json)


@queue.command(epilog="Example: revo queue resume slow --concurrency 2")
@click.argument("name", default="default")
@click.option(
    "--concurrency", type=click.IntRange(1, 1000), help="How many of its tasks run at once."
)
@json_option
def resume(*, name: str, concurrency: int | None, as_json: bool) -> None:
    """Let a queue go on."""
    with connected() as client:
        _show(client.resume(name, concurrency), as_json=as_json)


def _show(queues: "tuple[QueueInfo, ...]", *, as_json: bool) -> None:
    if as_json:
        show_json(queues)
        return
    rows = [
        (
            info.name,
            info.queued,
            info.running,
            "any" if info.concurrency is None else info.concurrency,
            "paused" if info.paused else "",
        )
        for info in queues
    ]
    show_table(("queue", ">waiting", ">running", ">at once", "state"), rows)
    if not queues:
        say("No queue has anything in it.")
