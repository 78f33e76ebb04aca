"""The `revo` command: the table of all commands; nothing else is imported to print it."""

import click

from revo_edge._version import __version__
from revo_edge.cli.group import Lazy, LazyGroup

SECTIONS: dict[str, dict[str, Lazy]] = {
    "Work": {
        "survey": Lazy("survey:survey", "Measure a source tree and write a report."),
        "map": Lazy("map:map_command", "Run a function or a command over many inputs."),
        "test": Lazy("test:test", "Run a pytest suite in parallel, in its own Python."),
        "run": Lazy("run:run", "Run a task from a template."),
        "template": Lazy("template:template", "List, explain, make and check templates."),
        "task": Lazy("task:task", "List, follow, cancel and read tasks."),
        "group": Lazy(
            "groups:group", "Count, hold, release, cancel and wait for tasks that belong together."
        ),
    },
    "Memory": {
        "recall": Lazy(
            "recall:recall",
            "Remember, find, correct and forget: notes, code, conversations, documents.",
        ),
    },
    "Watch": {
        "gui": Lazy("gui:gui", "Open the desktop: everything live in a window."),
        "status": Lazy("status:status", "Show engines, workers, queues and tasks on one screen."),
        "health": Lazy("status:health", "Say whether the daemon is well."),
        "events": Lazy("events:events", "Print the live stream of events."),
        "alerts": Lazy("alerts:alerts", "Show active alerts, then those that cleared."),
        "metrics": Lazy("metrics:metrics", "Print the latest measurements, or the last 24 hours."),
        "doctor": Lazy("doctor:doctor", "Check the installation and say how to mend it."),
        "bugreport": Lazy(
            "bugreport:bugreport",
            "Write an archive for a bug report: checks, versions, settings, logs, counts, metrics.",
        ),
    },
    "Control": {
        "up": Lazy("lifecycle:up", "Start the daemon if it is not running."),
        "down": Lazy("lifecycle:down", "Stop the daemon."),
        "restart": Lazy("lifecycle:restart", "Stop the daemon and start it again."),
        "daemon": Lazy("daemon:daemon", "Run the daemon in the foreground, or read its log."),
        "queue": Lazy("queue:queue", "List, pause and resume queues."),
        "worker": Lazy("worker:worker", "List, scale and restart workers."),
        "engine": Lazy("engine:engine", "List engines and what they can do."),
        "config": Lazy("config:config", "Show settings and where they come from."),
    },
    "More": {
        "api": Lazy("api:api", "Call a method of the daemon with JSON."),
        "completion": Lazy("completion:completion", "Print a completion script for your shell."),
        "help": Lazy("help:help_command", "Explain a command, or the exit codes."),
        "version": Lazy("version:version", "Print the versions of client and daemon."),
    },
}


@click.group(
    cls=LazyGroup,
    sections=SECTIONS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: see `revo help exit-codes`. REVO_HOME chooses where everything is kept.",
)
@click.version_option(__version__, message="revo %(version)s")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """A local engine room: one daemon that runs analysis and your functions over many inputs.

    Without a command, `revo` shows the status. The daemon starts when a command needs it.

    \b
    revo survey ~/src/project          measure a source tree
    revo map file.py:func --from list  run a function over every line of a file
    revo status --watch                see what is going on
    """
    if ctx.invoked_subcommand is None:
        from revo_edge.cli.status import status  # noqa: PLC0415 - `revo --version` does not need it

        ctx.invoke(status)
