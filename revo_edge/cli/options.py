"""Options that many commands share, and the question before something is destroyed."""

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
_quiet = click.option("-q", "--quiet", is_flag=True, help="Print ids only.")
_yes = click.option("-y", "--yes", is_flag=True, help="Do not ask.")


def json_option(command: Command) -> Command:
    """Add --json."""
    return _json(command)


def quiet_option(command: Command) -> Command:
    """Add -q."""
    return _quiet(command)


def yes_option(command: Command) -> Command:
    """Add --yes."""
    return _yes(command)


def on_terminal() -> bool:
    """Tell whether a person can be asked: stdin and stderr are a terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def confirm(question: str, *, yes: bool) -> None:
    """Ask before something is destroyed; raise UsageError without a terminal and without --yes."""
    if yes:
        return
    if not on_terminal():
        raise click.UsageError(f"{question} Nobody can be asked here: add --yes.")
    click.confirm(question, abort=True, err=True)
