"""`revo doctor`: what is checked stands in checks.py and beside it; here it is shown."""

import sys
from pathlib import Path

import click

from revo_edge.cli.checks import run_checks
from revo_edge.cli.leftovers import remove_leftovers
from revo_edge.cli.options import json_option
from revo_edge.cli.output import say, show_json, show_table
from revo_edge.cli.verdict import Check, Verdict
from revo_edge.paths import find_paths

SCHEMA = 1
"""Of the JSON document; it grows by fields only, a change of meaning raises it."""
WRONG = (Verdict.ERROR, Verdict.WARNING)


@click.command(epilog="Example: revo doctor --json | jq '.checks[] | select(.verdict != \"ok\")'")
@click.option(
    "--fix", is_flag=True, help="Remove stale sockets and temporary files, and say which."
)
@json_option
def doctor(*, fix: bool, as_json: bool) -> None:
    """Check the installation and say how to mend it.

    Starts nothing; changes nothing without --fix. Verdicts: ok, warning, error, not checked (with
    the reason). Exit code 1 if there is an error.

    \b
    The JSON: {"schema": 1, "ok", "fixed": [path], "checks": [
      {"name", "ok", "verdict", "detail", "mend"}]}; "ok" is false for errors only.
    """
    fixed = _fix() if fix else []
    found = list(run_checks(find_paths()))
    good = all(check.ok for check in found)
    if as_json:
        show_json({"schema": SCHEMA, "ok": good, "fixed": fixed, "checks": found})
    else:
        _show(found)
    sys.exit(0 if good else 1)


def _fix() -> list[Path]:
    removed = remove_leftovers(find_paths())
    for path in removed:
        say(f"Removed {path}")
    if not removed:
        say("Nothing to remove.")
    return removed


def _show(found: list[Check]) -> None:
    rows = [(check.name, word(check), check.detail) for check in found]
    show_table(("check", "", "found"), rows)
    for check in found:
        if check.verdict in WRONG and check.mend:
            click.echo(f"\n{check.name}: {check.detail}\n  {check.mend}")


def word(check: Check) -> str:
    """Return the verdict as it is printed."""
    return (check.verdict or Verdict.UNCHECKED).value
