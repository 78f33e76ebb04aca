"""Runs a `revo` command line inside the test's process."""

from click.testing import CliRunner, Result

from revo_edge.cli.main import cli


def revo(*args: str, stdin: str | None = None) -> Result:
    """Return what the command printed and its exit code."""
    return CliRunner().invoke(cli, args, input=stdin, prog_name="revo")
