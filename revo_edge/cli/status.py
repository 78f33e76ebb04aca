"""`revo status` and `revo health`: look, and never start anything."""

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

import click

from revo_edge.cli.connect import NOT_RUNNING, connected, is_running
from revo_edge.cli.options import json_option
from revo_edge.cli.output import console, say, show_json, show_line
from revo_edge.errors import DaemonUnreachable, Unavailable
from revo_edge.paths import find_paths

if TYPE_CHECKING:
    from rich.console import RenderableType

    from revo_edge.client.client import Client

STOPPED: dict[str, object] = {"running": False, "status": "stopped", "pid": None}
"""What `revo status --json` prints when no daemon runs."""
WATCH_EVERY_S = 1.0
FIXED_ROWS = 15
"""Rows of the screen that are neither tasks nor recent lines."""


@click.command(
    epilog="Example: revo status --watch. Exit code 4 says that the daemon is not running."
)
@click.option("-w", "--watch", is_flag=True, help="A live screen with keys (? lists them).")
@json_option
def status(*, watch: bool = False, as_json: bool = False) -> None:
    """Show engines, workers, queues and tasks on one screen.

    --watch on a terminal is live: select tasks, see their details, cancel, retry, filter, sort;
    q or Ctrl+C ends it. In a pipe it prints the screen every second.
    """
    if not is_running(find_paths()):
        _stopped(as_json=as_json)
    with connected(start=False) as client:
        if watch:
            _watch(client, as_json=as_json)
        else:
            _once(client, as_json=as_json)


@click.command(epilog="Example: revo health && echo fine")
@json_option
def health(*, as_json: bool) -> None:
    """Say whether the daemon is well.

    Exit code 0, 4 (not running) or 10 (degraded).
    """
    with connected(start=False) as client:
        found = client.health()
    if as_json:
        show_json(found)
    else:
        click.echo(found.status)
        for problem in found.problems:
            say(problem)
    if found.status != "ok":
        sys.exit(10)


def _stopped(*, as_json: bool) -> None:
    if as_json:
        show_json(STOPPED)
    else:
        click.echo("not running")
        say(NOT_RUNNING)
    sys.exit(DaemonUnreachable.exit_code)


def _once(client: "Client", *, as_json: bool) -> None:
    from revo_edge.cli import screen, snapshot  # noqa: PLC0415 - rich only when drawing

    seen = snapshot.take(client)
    if as_json:
        show_json(snapshot.as_json(seen))
    else:
        console().print(screen.draw(seen))


def _watch(client: "Client", *, as_json: bool) -> None:
    if as_json:
        _repeat(lambda: show_line(_look(client)))
    out = console()
    if not (out.is_terminal and sys.stdin.isatty()) or out.is_dumb_terminal:
        _repeat(lambda: out.print(_drawn(client, screen_rows=0)))
    from revo_edge.cli.live import watch as live  # noqa: PLC0415 - rich and the mirror only here

    live(find_paths())


def _repeat(show: Callable[[], object]) -> NoReturn:
    while True:
        show()
        time.sleep(WATCH_EVERY_S)


def _look(client: "Client") -> dict[str, object]:
    from revo_edge.cli import snapshot  # noqa: PLC0415 - msgspec only when asked

    try:
        return snapshot.as_json(snapshot.take(client))
    except Unavailable:
        return STOPPED


def _drawn(client: "Client", *, screen_rows: int) -> "RenderableType":
    from revo_edge.cli import screen, snapshot  # noqa: PLC0415 - rich only when drawing

    try:
        return screen.draw(snapshot.take(client), rows=max(5, (screen_rows - FIXED_ROWS) // 2))
    except Unavailable as error:
        return screen.away(error.msg)
