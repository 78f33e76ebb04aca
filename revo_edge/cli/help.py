"""`revo help`: a command's help, and topics."""

import click

EXIT_CODES = """\
0    ok
1    a task or an item failed, `revo doctor` found something wrong, or no window can open here
2    the command line or a parameter is wrong
3    not found
4    the daemon is not reachable, or an engine is not there
5    not allowed
6    conflict: the state or another request forbids it
7    the queue is full: try again later
8    timed out
9    client and daemon have different protocol versions
10   internal error, or `revo health` says degraded
130  interrupted
`revo test` has the codes of pytest: see `revo help test`.
"""

TOPICS = {"exit-codes": EXIT_CODES}


@click.command(name="help", epilog="Example: revo help exit-codes, revo help task ls")
@click.argument("words", metavar="[COMMAND...|exit-codes]", nargs=-1)
@click.pass_context
def help_command(ctx: click.Context, *, words: tuple[str, ...]) -> None:
    """Explain a command, or the exit codes."""
    if len(words) == 1 and words[0] in TOPICS:
        click.echo(TOPICS[words[0]], nl=False)
        return
    found = ctx.find_root()
    for word in words:
        if not isinstance(found.command, click.Group):
            raise click.UsageError(f"{found.command_path} has no subcommands.")
        _, command, _ = found.command.resolve_command(found, [word])
        if command is not None:
            found = click.Context(command, info_name=word, parent=found)
    click.echo(found.get_help())
