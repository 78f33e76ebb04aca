"""`revo version`."""

import sys

import click

from revo_edge._version import __version__
from revo_edge.cli.connect import connected, is_running
from revo_edge.cli.options import json_option
from revo_edge.cli.output import say, show_json
from revo_edge.errors import VersionMismatch
from revo_edge.paths import find_paths


@click.command(epilog="Example: revo version --check")
@click.option("--check", is_flag=True, help="Exit with 9 when the daemon's version differs.")
@json_option
def version(*, check: bool, as_json: bool) -> None:
    """Print the versions of client and daemon."""
    found = None
    if is_running(find_paths()):
        with connected(start=False) as client:
            found = client.hello()
    if as_json:
        show_json(
            {
                "client": __version__,
                "daemon": found.version if found else None,
                "proto": found.proto if found else None,
            }
        )
    else:
        click.echo(f"client {__version__}")
        click.echo(f"daemon {found.version if found else 'not running'}")
    if found is not None and found.version != __version__:
        say("The versions differ: `revo restart` starts the daemon of this client.")
        if check:
            sys.exit(VersionMismatch.exit_code)
