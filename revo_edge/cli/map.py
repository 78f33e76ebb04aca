"""`revo map`: a function or a command over many inputs."""

import shlex
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from revo_edge.cli import inputs
from revo_edge.cli.after import awaited
from revo_edge.cli.connect import connected
from revo_edge.cli.group import INTERRUPTED
from revo_edge.cli.options import group_option, json_option, quiet_option
from revo_edge.cli.output import say, show_json, show_line
from revo_edge.cli.when import when_options
from revo_edge.client.units import duration, rate
from revo_edge.errors import Unavailable
from revo_edge.paths import find_paths

if TYPE_CHECKING:
    from revo_edge.cli.items import Lines
    from revo_edge.client.client import Client
    from revo_edge.contract.tasks import TaskInfo, TaskSpec


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of one `revo map`."""

    words: tuple[str, ...]
    command: str | None
    as_globs: bool
    lines_from: str | None
    json_list: str | None
    ordered: bool
    concurrency: int
    timeout_s: float | None
    retries: int
    memory_mb: int | None
    python: str | None
    env: tuple[str, ...]
    queue: str
    priority: int
    on_lost: str | None
    after: tuple[str, ...]
    group: str | None
    at: float | None
    detach: bool
    resume: str | None
    quiet: bool
    as_json: bool


@click.command(
    name="map",
    epilog="""\b
Examples:
  revo map tools.py:word_count --glob 'docs/**/*.md'
  revo map package.module:func --from list.txt --ordered > results.jsonl
  revo map --cmd 'gzip -k {}' *.log
  revo map --resume 01J9ZK
""",
)
@click.argument("words", metavar="[FUNC] [INPUTS]...", nargs=-1)
@click.option(
    "--cmd",
    "command",
    metavar="COMMAND",
    help="Run this command line, without a shell; {} is the input.",
)
@click.option("--glob", "as_globs", is_flag=True, help="INPUTS are patterns of file names.")
@click.option("--from", "lines_from", metavar="FILE|-", help="One input a line; blank ones not.")
@click.option("--json-list", metavar="FILE|-", help="The inputs are the values of a JSON list.")
@click.option("--ordered", is_flag=True, help="Print in the order of the inputs.")
@click.option(
    "-j",
    "concurrency",
    metavar="N",
    type=click.IntRange(0, 64),
    default=0,
    help="Items at once, up to 64; 0: all slots.",
)
@click.option(
    "--timeout",
    "timeout_s",
    metavar="S",
    type=click.FloatRange(min=0, min_open=True),
    help="Seconds that an item may take.",
)
@click.option(
    "--retries", metavar="N", type=click.IntRange(0, 100), default=0, help="Of a failed item."
)
@click.option(
    "--memory", "memory_mb", metavar="MB", type=click.IntRange(min=1), help="Memory of an item."
)
@click.option(
    "--python",
    metavar="P",
    help="Interpreter of the function (default: .venv, VIRTUAL_ENV, python3).",
)
@click.option("--env", multiple=True, metavar="NAME=VALUE", help="A variable to pass on.")
@click.option("--queue", metavar="NAME", default="default", show_default=True, help="Named queue.")
@click.option(
    "--priority", metavar="N", type=click.IntRange(-100, 100), default=0, help="Higher first."
)
@click.option(
    "--on-lost",
    type=click.Choice(["retry", "hold", "fail"]),
    help="When the daemon or a worker died (default: retry).",
)
@when_options
@group_option
@click.option("-d", "--detach", is_flag=True, help="Print the task's id and go.")
@click.option("--resume", metavar="TASK", help="Print every item of an earlier map, and finish it.")
@quiet_option
@json_option
def map_command(**given: Any) -> None:
    """Run a function or a command over many inputs.

    FUNC is package.module:func or file.py:func, called with one input, in your own Python. Each
    item is isolated from the others. Prints one JSON line for each input as it finishes: index, input, ok, value or error, duration_s,
    attempt. The map lives in the daemon: a killed `revo map` leaves it running.
    """
    asked = Asked(**given)
    if asked.resume is not None:
        _resume(asked, asked.resume)
    else:
        _begin(asked)


def _begin(asked: Asked) -> None:
    from msgspec import structs  # noqa: PLC0415 - not for --help

    spec, values = build(asked)
    if not values:
        say("There are no inputs.")
        return
    with connected() as client:
        info = client.submit(structs.replace(spec, after=awaited(client, asked.after)))
        if asked.detach:
            _show_id(info, asked)
            return
        _attend(client, info, asked, values)


def _resume(asked: Asked, prefix: str) -> None:
    from revo_edge.contract.tasks import TaskState  # noqa: PLC0415 - not for --help

    if asked.words or asked.command:
        raise click.UsageError("--resume takes the function and the inputs from the task itself.")
    if asked.after or asked.at or asked.group:
        raise click.UsageError("--resume goes on at once: leave --after, --at and --group out.")
    with connected() as client:
        found = client.task(client.find(prefix))
        if found.task.kind != "parallel.map":
            raise click.UsageError(f"{found.task.id} is a {found.task.kind}, not a parallel.map.")
        info = found.task
        if info.state in (TaskState.HELD, TaskState.FAILED, TaskState.CANCELLED):
            info = client.retry(info.id)
        if asked.detach:
            _show_id(info, asked)
            return
        known = None if found.spec.params_blob else found.spec.params.get("inputs")
        _attend(client, info, asked, known)


def build(asked: Asked) -> "tuple[TaskSpec, list[Any]]":
    """Return what to submit, and the inputs; raise UsageError or NotFound."""
    from revo_edge.contract.kinds import OnLost  # noqa: PLC0415 - not for --help
    from revo_edge.contract.tasks import TaskSpec  # noqa: PLC0415

    words = list(asked.words)
    if asked.command is None:
        if not words:
            raise click.UsageError("Name a function (FUNC), or a command with --cmd.")
        what = {"function": inputs.absolute_function(words.pop(0))}
    else:
        what = {"command": _checked_command(asked.command)}
    values = inputs.read_inputs(
        words, as_globs=asked.as_globs, lines_from=asked.lines_from, json_list=asked.json_list
    )
    params = {
        **what,
        "inputs": values,
        "concurrency": asked.concurrency,
        "item_timeout_s": asked.timeout_s,
        "item_retries": asked.retries,
        "memory_mb": asked.memory_mb,
    }
    name = asked.command or Path(what["function"]).name
    spec = TaskSpec(
        "parallel.map",
        params,
        title=f"map {name}"[:200],
        queue=asked.queue,
        priority=asked.priority,
        at=asked.at,
        group=asked.group,
        on_lost=OnLost(asked.on_lost) if asked.on_lost else None,
        cwd=str(Path.cwd()),
        python=inputs.absolute_python(asked.python),
        env=inputs.environment(asked.env),
    )
    return spec, values


def _checked_command(command: str) -> str:
    try:
        if not shlex.split(command):
            raise click.UsageError("The command of --cmd is empty.")
    except ValueError as error:
        raise click.UsageError(f"--cmd cannot be split into words: {error}.") from None
    return command


def _attend(client: "Client", info: "TaskInfo", asked: Asked, values: list[Any] | None) -> None:
    """Print the items as they come until the map has ended, then exit with its code."""
    from revo_edge.cli.items import Lines  # noqa: PLC0415 - not for --help
    from revo_edge.cli.watch import Watch  # noqa: PLC0415

    again = f"revo map --resume {info.id}"
    lines = Lines(values, find_paths().spool, ordered=asked.ordered)
    watch = Watch(client, info.id, unit="items", again=again)
    began = time.monotonic()
    if asked.quiet:
        click.echo(info.id)
    try:
        ended = watch.run(_Printer(client, info.id, lines, quiet=asked.quiet), quiet=asked.quiet)
    except BrokenPipeError:
        say(f"Nobody reads the output any more; the map runs on. `{again}` prints it all.")
        raise
    except Unavailable:
        say(f"The daemon was lost. `{again}` starts it and goes on.")
        raise
    if not asked.quiet:
        say(_summary(lines, time.monotonic() - began))
    complete = _say_if_incomplete(ended, again)
    if watch.interrupted:
        sys.exit(INTERRUPTED)
    sys.exit(0 if complete and not lines.failed else 1)


class _Printer:
    """Prints the items that are new at each change of the map's record."""

    def __init__(self, client: "Client", task_id: str, lines: "Lines", *, quiet: bool) -> None:
        from revo_edge.cli.items import Reader  # noqa: PLC0415 - not for --help

        self.reader = Reader(client, task_id)
        self.lines = lines
        self.quiet = quiet

    def __call__(self, info: "TaskInfo", hide: Callable[[], None]) -> None:
        from revo_edge.cli.watch import undisturbed  # noqa: PLC0415 - not for --help

        if info.items <= self.reader.read and not info.state.final:
            return
        hide()
        more = True
        while more:
            with undisturbed():
                page, more = self.reader.page()
                self._print(self.lines.take(page))
        if info.state.final:
            self._print(self.lines.rest())

    def _print(self, found: Iterable[dict[str, Any]]) -> None:
        for line in found:
            if not self.quiet:
                show_line(line)


def _summary(lines: "Lines", took_s: float) -> str:
    count = lines.succeeded + lines.failed
    failed = ", ".join(f"{number:,} {code}" for code, number in lines.errors.most_common())
    return (
        f"{lines.succeeded:,} ok, {lines.failed:,} failed{f' ({failed})' if failed else ''} "
        f"in {duration(took_s)} ({rate(count / took_s)})"
    )


def _say_if_incomplete(info: "TaskInfo", again: str) -> bool:
    """Say why a map has not run all its items, and how to go on; True when it has."""
    from revo_edge.contract.tasks import TaskState  # noqa: PLC0415 - not for --help

    if info.state is TaskState.SUCCEEDED:
        return True
    cancelled = info.state is TaskState.CANCELLED
    why = f": {info.error.msg}" if info.error and not cancelled else "."
    say(f"The map is {info.state.value}{why} `{again}` goes on with what is left.")
    return False


def _show_id(info: "TaskInfo", asked: Asked) -> None:
    if asked.as_json:
        show_json({"id": info.id})
    else:
        click.echo(info.id)
