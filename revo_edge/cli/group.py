"""The click group of `revo`: one error printer, "did you mean" and commands imported when called."""

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple, NoReturn

import click

from revo_edge.cli.output import error_line, show_json
from revo_edge.errors import InternalError, RevoError, did_you_mean

INTERRUPTED = 130
USAGE = 2


class Group(click.Group):
    """A group whose unknown commands are answered with the nearest name."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; raise UsageError with the nearest name."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            hint = did_you_mean(name, self.list_commands(ctx))
            raise click.UsageError(f'There is no command "{name}".{hint}', ctx)
        return super().resolve_command(ctx, args)


class Lazy(NamedTuple):
    """Where a command is (`module:attribute` under revo_edge.cli) and its line in the help."""

    place: str
    summary: str


class LazyGroup(Group):
    """The top group: imports a command's module when it is called, and prints every error."""

    def __init__(
        self, name: str, *, sections: dict[str, dict[str, Lazy]] | None = None, **settings: Any
    ) -> None:
        super().__init__(name, **settings)
        self.sections = sections or {}
        self.places = {name: lazy for part in self.sections.values() for name, lazy in part.items()}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the help."""
        return list(self.places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command."""
        if cmd_name not in self.places:
            return None
        module, _, attribute = self.places[cmd_name].place.partition(":")
        found: click.Command = getattr(
            importlib.import_module(f"revo_edge.cli.{module}"), attribute
        )
        return found

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; `revo ... | head` ends quietly when nobody reads any more."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands by section, without importing any."""
        for title, part in self.sections.items():
            with formatter.section(title):
                formatter.write_dl([(name, lazy.summary) for name, lazy in part.items()])

    def main(  # type: ignore[override]  # its other parameters pass through `extra`
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> NoReturn:
        """Run a command line and exit with its code; the one place that prints errors."""
        given = list(sys.argv[1:] if args is None else args)
        _tolerate_any_text()
        extra["standalone_mode"] = False
        try:
            code = super().main(given, prog_name or "revo", **extra)
        except RevoError as error:
            code = _report(given, error.code, error.msg, error)
        except click.UsageError as error:
            _report(given, "USAGE", _usage(error))
            code = error.exit_code
        except click.ClickException as error:
            code = _report(given, "USAGE", error.format_message())
        except click.Abort:
            click.echo("Interrupted.", err=True)
            code = INTERRUPTED
        except OSError as error:
            code = _report(given, InternalError.code, f"{error}.", InternalError(""))
        sys.exit(code if isinstance(code, int) else 0)


def wants_json(args: Sequence[str]) -> bool:
    """Tell whether the command line asks for JSON, even one that cannot be parsed."""
    own = args[: args.index("--")] if "--" in args else args
    return "--json" in own


def _report(args: Sequence[str], code: str, msg: str, error: RevoError | None = None) -> int:
    if wants_json(args):
        retry, after_ms, detail = False, None, None
        if error is not None:
            retry, after_ms, detail = error.retryable, error.after_ms, error.detail
        found = {"code": code, "msg": msg, "retry": retry, "after_ms": after_ms, "detail": detail}
        show_json({"error": found})
    else:
        error_line(msg)
    return USAGE if error is None else error.exit_code


def _usage(error: click.UsageError) -> str:
    text = error.format_message().rstrip()
    path = error.ctx.command_path if error.ctx is not None else "revo"
    return f"{text} See `{path} --help`."


def _tolerate_any_text() -> None:
    """Print file names that are not UTF-8, and any text in an ASCII locale, escaped."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
