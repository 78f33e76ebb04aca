"""`revo daemon run` and `revo daemon logs`."""

import sys
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import click

from revo_edge.cli.group import Group
from revo_edge.cli.options import json_option
from revo_edge.cli.output import show_line
from revo_edge.errors import NotFound
from revo_edge.paths import find_paths

FOLLOW_EVERY_S = 0.2
MOST_LINES = 1_000_000


@click.group(cls=Group)
def daemon() -> None:
    """Run the daemon in the foreground, or read its log."""


@daemon.command(epilog="Example: revo daemon run --log-level debug")
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    help="How much is logged (setting daemon.log_level).",
)
@click.option("--log-json", is_flag=True, help="Log as JSON lines (setting daemon.log_json).")
def run(*, log_level: str | None, log_json: bool) -> None:
    """Run the daemon in the foreground until Ctrl+C or `revo down`."""
    from revo_edge.daemon.app import run_daemon  # noqa: PLC0415 - only this command is the daemon
    from revo_edge.settings import load_settings  # noqa: PLC0415

    paths = find_paths()
    flags: dict[str, object] = {}
    if log_level:
        flags["daemon.log_level"] = log_level
    if log_json:
        flags["daemon.log_json"] = True
    loaded = load_settings(paths.settings_file, flags=flags)
    run_daemon(paths, loaded, console=sys.stderr.isatty())


@daemon.command(epilog="Example: revo daemon logs -f")
@click.option("-f", "--follow", is_flag=True, help="Go on printing new lines until Ctrl+C.")
@click.option(
    "-n",
    "--lines",
    type=click.IntRange(0, MOST_LINES),
    default=50,
    show_default=True,
    help="How many of the last lines.",
)
@json_option
def logs(*, follow: bool, lines: int, as_json: bool) -> None:
    """Print the end of the daemon's log; works when no daemon runs."""
    file = find_paths().daemon_log
    if not file.exists():
        raise NotFound(f"There is no log yet: {file}. The daemon writes it when it starts.")
    for line in tail(file, lines, follow=follow):
        if as_json:
            show_line({"line": line})
        else:
            click.echo(line)


def tail(file: Path, count: int, *, follow: bool) -> Iterator[str]:
    """Yield the last lines of a file, then new ones as they come; survives its rotation."""
    while True:
        with file.open(encoding="utf-8", errors="replace") as text:
            inode = file.stat().st_ino
            yield from (line.rstrip("\n") for line in deque(text, maxlen=count))
            while follow and file.exists() and file.stat().st_ino == inode:
                yield from _whole_lines(text)
                time.sleep(FOLLOW_EVERY_S)
        if not follow:
            return
        count = MOST_LINES  # the new file is read from its beginning
        while not file.exists():
            time.sleep(FOLLOW_EVERY_S)


def _whole_lines(text: TextIO) -> Iterator[str]:
    """Yield lines up to the end of the file; one that is still being written waits."""
    while True:
        start = text.tell()
        line = text.readline()
        if not line.endswith("\n"):
            text.seek(start)
            return
        yield line.rstrip("\n")
