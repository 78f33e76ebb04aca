"""`revo test`: a pytest suite in parallel."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from revo_edge.cli import inputs
from revo_edge.cli.connect import connected
from revo_edge.cli.group import INTERRUPTED
from revo_edge.cli.options import group_option, json_option, quiet_option
from revo_edge.cli.output import clean, say, show_json
from revo_edge.errors import NotFound

if TYPE_CHECKING:
    from revo_edge.contract.tasks import TaskSpec


@click.command(
    name="test",
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
    help="Seconds that a test may take.",
)
@click.option("--repeat", metavar="N", type=click.IntRange(1, 1000), default=1, help="Find flaky.")
@click.option("--failed-first", is_flag=True, help="Begin with what failed last time.")
@click.option("--last-failed", is_flag=True, help="Only what failed last time, if any did.")
@click.option(
    "--maxfail", metavar="N", type=click.IntRange(0), default=0, help="Stop after so many."
)
@click.option("--junit", metavar="PATH", type=click.Path(), help="Write JUnit XML here, too.")
@click.option("--python", metavar="P", help="Interpreter (default: .venv, VIRTUAL_ENV, python3).")
@click.option("--env", multiple=True, metavar="NAME=VALUE", help="A variable to pass on.")
@group_option
@quiet_option
@json_option
def test(**given: Any) -> None:
    """Run a pytest suite in parallel, in its own Python.

    A test that crashes or hangs fails alone. Exit code 0: all passed; 1: a test failed, or there
    were none.
    """
    python, env = given.pop("python"), given.pop("env")
    group = given.pop("group")
    quiet, as_json = given.pop("quiet"), given.pop("as_json")
    given["path"] = os.path.realpath(given["path"])
    given["args"] = list(given["args"])
    given["junit"] = str(Path(given["junit"]).absolute()) if given["junit"] else ""
    if not Path(given["path"]).exists():
        raise NotFound(f"{given['path']} does not exist. Check the spelling.")
    spec = _spec(given, inputs.absolute_python(python), inputs.environment(env), group)
    result = _run(spec, quiet=quiet)
    if as_json:
        show_json(result)
    else:
        _show(result)
    sys.exit(int(not result["tests"] or bool(result["failures"])))


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


def _run(spec: "TaskSpec", *, quiet: bool) -> dict[str, Any]:
    from revo_edge.cli.watch import Watch  # noqa: PLC0415 - not for --help

    with connected() as client:
        task_id = client.submit(spec).id
        watch = Watch(client, task_id, unit="tests", again=f"revo task follow {task_id}")
        watch.run(lambda _info, _hide: None, quiet=quiet)
        if watch.interrupted:
            sys.exit(INTERRUPTED)
        found: dict[str, Any] = client.result(task_id)
    return found


def _show(result: dict[str, Any]) -> None:
    for failure in result["failures"]:
        click.echo(clean(f"{failure['outcome'].upper()} {failure['id']}"))
        for line in failure.get("text", "").splitlines():
            click.echo(f"    {clean(line)}")
    for name, kinds in result["flaky"].items():
        ends = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
        click.echo(clean(f"FLAKY {name}: {ends}"))
    if not result["tests"]:
        say("There are no tests here that fit. Check PATH, -k and -m.")
    if result["stopped"]:
        say("Stopped at --maxfail; the other tests did not run.")
    totals = ", ".join(f"{count:,} {kind}" for kind, count in result["totals"].items())
    click.echo(f"{totals or 'no tests'} in {result['duration_s']:.1f} s")
    click.echo(clean(result["reports"]["junit"]))
