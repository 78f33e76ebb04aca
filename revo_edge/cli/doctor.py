"""`revo doctor`: what is checked stands in checks.py; here it is shown."""

import sys

import click

from revo_edge.cli.checks import run_checks
from revo_edge.cli.options import json_option
from revo_edge.cli.output import show_json, show_table
from revo_edge.paths import find_paths


@click.command(epilog="Example: revo doctor --json")
@json_option
def doctor(*, as_json: bool) -> None:
    """Check the installation and say how to mend it.

    Starts and changes nothing. Exit code 1 if something is wrong.
    """
    found = list(run_checks(find_paths()))
    good = all(check.ok for check in found)
    if as_json:
        show_json({"ok": good, "checks": found})
    else:
        rows = [(check.name, "ok" if check.ok else "wrong", check.detail) for check in found]
        show_table(("check", "", "found"), rows)
        for check in found:
            if not check.ok:
                click.echo(f"\n{check.name}: {check.detail}\n  {check.mend}")
    sys.exit(0 if good else 1)
