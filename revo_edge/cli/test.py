"""`revo test`: a pytest suite in parallel."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from revo_edge.cli import inputs
from revo_edge.cli.connect import connected
from revo_edge.cli.options import group_option, json_option, quiet_option
from revo_edge.cli.output import say, show_json
from revo_edge.errors import NotFound, TaskFailed

if TYPE_CHECKING:
    from revo_edge.client.client import Client
    from revo_edge.contract.tasks import TaskSpec

INTERRUPTED = 2
BROKEN = 3
USAGE = 4
"""As pytest's; 0: all passed, 1: a test failed, 3: an error inside, 5: no tests."""
SLOWEST_ON_TERMINAL = 5


class _WrongUsage(click.UsageError):
    exit_code = USAGE


class _Command(click.Command):
    """Its usage errors end with pytest's code."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Parse the options; raise UsageError."""
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.UsageError as error:
            raise _WrongUsage(error.format_message(), error.ctx) from None


@click.command(
    name="test",
    cls=_Command,
    epilog="""\b
Examples:
  revo test
  revo test tests/unit -k parser --junit junit.xml
  revo test --repeat 10 -- -p no:randomly
""",
)
@click.argument("path", type=click.Path(), default=".")
@click.argument("args", metavar="[-- PYTEST ARGS]", nargs=-1, type=click.UNPROCESSED)
@click.option("-k", "keyword", metavar="EXPR", default="", help="Only tests that fit.")
@click.option("-m", "markers", metavar="EXPR", default="", help="Only tests with these marks.")
@click.option(
    "--timeout",
    "test_timeout_s",
    metavar="S",
    type=click.FloatRange(min=0, min_open=True),
    default=300.0,
    show_default=True,
    help="Seconds that a test may take; then it is killed.",
)
@click.option("--repeat", metavar="N", type=click.IntRange(1, 1000), default=1, help="Find flaky.")
@click.option("--failed-first", is_flag=True, help="Begin with what failed last time.")
@click.option("--last-failed", is_flag=True, help="Only what failed last time, if any did.")
@click.option(
    "--maxfail", metavar="N", type=click.IntRange(0), default=0, help="Stop after so many."
)
@click.option("-x", "--exitfirst", is_flag=True, help="Stop after the first failure.")
@click.option(
    "--slowest",
    metavar="N",
    type=click.IntRange(0, 1000),
    help="List the N slowest tests (5 on a terminal, else none).",
)
@click.option("--junit", metavar="PATH", type=click.Path(), help="Write JUnit XML here, too.")
@click.option("--python", metavar="P", help="Interpreter (default: .venv, VIRTUAL_ENV, python3).")
@click.option("--env", multiple=True, metavar="NAME=VALUE", help="A variable to pass on.")
@click.option("-v", "--verbose", is_flag=True, help="Print every test as it ends.")
@group_option
@quiet_option
@json_option
def test(**given: Any) -> None:
    """Run a pytest suite in parallel, in its own Python.

    A failure is printed as soon as its test has ended. A test that crashes or hangs fails alone.
    Exit codes are pytest's. 0: all passed; 1: a test failed; 2: interrupted; 3: pytest broke;
    4: wrong usage; 5: there were no tests.
    """
    python, env, group = (given.pop(name) for name in ("python", "env", "group"))
    quiet, as_json, verbose = (given.pop(name) for name in ("quiet", "as_json", "verbose"))
    if given["slowest"] is None:
        given["slowest"] = SLOWEST_ON_TERMINAL if sys.stdout.isatty() or as_json else 0
    if given.pop("exitfirst"):
        given["maxfail"] = 1
    given["path"] = os.path.realpath(given["path"])
    given["args"] = list(given["args"])
    given["junit"] = str(Path(given["junit"]).absolute()) if given["junit"] else ""
    if not Path(given["path"]).exists():
        error = NotFound(f"{given['path']} does not exist. Check the spelling.")
        error.exit_code = USAGE
        raise error
    with connected() as client:
        spec = _spec(given, inputs.absolute_python(python), inputs.environment(env), group)
        task_id = client.submit(spec).id
        result = _attend(client, task_id, given["slowest"], quiet=quiet or as_json, verbose=verbose)
    if as_json:
        show_json(result)
    else:
        _show(result, given["slowest"], quiet=quiet)
    sys.exit(result["exit_code"])


def _spec(
    params: dict[str, Any], python: str | None, env: dict[str, str], group: str | None
) -> "TaskSpec":
    from revo_edge.contract.tasks import TaskSpec  # noqa: PLC0415 - not for --help

    path = Path(params["path"])
    inside = path.is_relative_to(Path.cwd())
    cwd = Path.cwd() if inside else path if path.is_dir() else path.parent
    title = f"test {path.name}"[:200]
    return TaskSpec(
        "parallel.test", params, title=title, cwd=str(cwd), python=python, env=env, group=group
    )


def _attend(
    client: "Client", task_id: str, slowest: int, *, quiet: bool, verbose: bool
) -> dict[str, Any]:
    """Print failures until the task has ended; return its result, or what there is of one."""
    from revo_edge.cli.test_lines import Live  # noqa: PLC0415 - not for --help
    from revo_edge.cli.watch import Watch  # noqa: PLC0415
    from revo_edge.contract.tasks import TaskState  # noqa: PLC0415
    from revo_edge.paths import find_paths  # noqa: PLC0415

    live = Live(
        find_paths().reports / f"test-{task_id}" / "outcomes.jsonl", quiet=quiet, verbose=verbose
    )
    watch = Watch(client, task_id, unit="tests", again=f"revo task follow {task_id}")
    ended = watch.run(live, quiet=quiet)
    live(ended, lambda: None)
    if ended.state is TaskState.CANCELLED:
        return {**live.partial(slowest), "interrupted": True, "exit_code": INTERRUPTED}
    try:
        found: dict[str, Any] = client.result(task_id)
    except TaskFailed as error:
        detail = (ended.error.detail if ended.error else None) or {}
        error.exit_code = detail.get("exit_code", BROKEN)
        raise
    return found


def _show(result: dict[str, Any], slowest: int, *, quiet: bool) -> None:
    from revo_edge.cli.test_lines import line, show, totals  # noqa: PLC0415 - not for --help

    if result.get("interrupted"):
        say("Interrupted: the other tests did not run.")
    if not quiet:
        show(result, slowest)
        return
    for failure in result["failures"]:
        click.echo(line(failure))
    click.echo(totals(result))
