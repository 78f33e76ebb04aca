"""`revo up`, `down` and `restart`."""

import click

from revo_edge.cli.connect import connected, is_running
from revo_edge.cli.options import json_option
from revo_edge.cli.output import say, show_json
from revo_edge.paths import find_paths

_drain = click.option("--drain", is_flag=True, help="Let running tasks finish first.")


@click.command(epilog="Example: revo up")
@json_option
def up(*, as_json: bool) -> None:
    """Start the daemon if it is not running.

    It runs on in the background.
    """
    _up(as_json=as_json)


@click.command(epilog="Example: revo down --drain")
@_drain
@json_option
def down(*, drain: bool, as_json: bool) -> None:
    """Stop the daemon.

    Nothing accepted is lost: waiting and running tasks go on at the next start.
    """
    stopped = _stop(drain=drain)
    if as_json:
        show_json({"running": False, "stopped": stopped})
    else:
        say("The daemon has stopped." if stopped else "The daemon is not running.")


@click.command(epilog="Example: revo restart")
@_drain
@json_option
def restart(*, drain: bool, as_json: bool) -> None:
    """Stop the daemon and start it again.

    Waiting and running tasks go on.
    """
    _stop(drain=drain)
    _up(as_json=as_json)


def _up(*, as_json: bool) -> None:
    from revo_edge.client.launch import start_daemon  # noqa: PLC0415 - zmq only when needed

    paths = find_paths()
    started = not is_running(paths)
    start_daemon(paths)
    with connected(start=False) as client:
        found = client.health()
    if as_json:
        names = ("pid", "version", "home")
        show_json({"running": True, "started": started} | {n: getattr(found, n) for n in names})
    else:
        word = "started" if started else "already running"
        say(f"The daemon is {word}: pid {found.pid}, version {found.version}, {found.home}.")


def _stop(*, drain: bool) -> bool:
    from revo_edge.client.launch import stop_daemon  # noqa: PLC0415 - zmq only when needed

    return stop_daemon(find_paths(), drain=drain)
