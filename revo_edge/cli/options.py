"""Options that many commands share, and the question before something is destroyed."""

import re
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
_quiet = click.option("-q", "--quiet", is_flag=True, help="Print ids only.")
_GROUP = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
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


class GroupName(click.ParamType[str]):
    """The name of a group of tasks."""

    name = "group"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name; one that no group can have is a usage error."""
        if not _GROUP.fullmatch(value):
            self.fail(
                f'"{value}" is no group name: 1-64 letters, digits, dots, - and _.', param, ctx
            )
        return str(value)


group_argument = click.argument("name", metavar="GROUP", type=GroupName())


def group_option(command: Command) -> Command:
    """Add --group."""
    return click.option(
        "--group", metavar="NAME", type=GroupName(), help="What it belongs to: see `revo group`."
    )(command)
