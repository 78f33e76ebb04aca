"""docs/cli.md, written from the commands themselves: `python -m revo_edge.cli.reference`."""

from collections.abc import Iterator

import click

from revo_edge.cli.help import EXIT_CODES
from revo_edge.cli.main import cli

_HEAD = """\
# The command line

Written by `python -m revo_edge.cli.reference > docs/cli.md` from the commands themselves.

Data goes to stdout and messages to stderr. `--json` prints JSON (streams: one document a line), and
an error then is `{"error": {"code", "msg", "retry", "after_ms", "detail"}}` on stdout. Nothing is
asked without a terminal: what deletes or kills then needs `--yes`. NO_COLOR is honoured.
"""


def reference() -> str:
    """Return the whole page."""
    parts = [_HEAD, f"## Exit codes\n\n```\n{EXIT_CODES}```\n"]
    parts += [f"## {path}\n\n```\n{text}\n```\n" for path, text in _pages(cli, "revo", None)]
    return "\n".join(parts)


def _pages(
    command: click.Command, name: str, parent: click.Context | None
) -> Iterator[tuple[str, str]]:
    ctx = click.Context(
        command, info_name=name, parent=parent, terminal_width=80, **command.context_settings
    )
    yield ctx.command_path, command.get_help(ctx).rstrip()
    if isinstance(command, click.Group):
        for below in command.list_commands(ctx):
            found = command.get_command(ctx, below)
            if found is not None:
                yield from _pages(found, below, ctx)


if __name__ == "__main__":
    click.echo(reference(), nl=False)
