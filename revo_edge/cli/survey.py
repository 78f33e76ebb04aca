"""`revo survey`: measure a source tree."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from revo_edge.cli.after import awaited
from revo_edge.cli.connect import connected
from revo_edge.cli.options import group_option, json_option, quiet_option
from revo_edge.cli.output import clean, say, show_json, show_table
from revo_edge.cli.when import when_options
from revo_edge.errors import BadRequest, Forbidden, InternalError, NotFound

if TYPE_CHECKING:
    from revo_edge.client.client import Client

WORST_SHOWN = 5


@click.command(
    epilog="""\b
Examples:
  revo survey ~/src/project
  revo survey . -o /tmp/report --json > report.json
  revo survey . --fail-on 'complexity>30' --fail-on 'unparsed>0'
"""
)
@click.argument("path", type=click.Path())
@click.option("-o", "--out", type=click.Path(), help="Folder of the report, outside of PATH.")
@click.option(
    "--fail-on",
    metavar="GATE",
    multiple=True,
    help="Exit with 1 when the tree has this, such as 'complexity>30'; repeatable.",
)
@click.option("--lint/--no-lint", default=True, help="Ask ruff too (the default), or not.")
@click.option(
    "--recall/--no-recall",
    "remember",
    default=True,
    help="Make the tree searchable with `revo recall search` too (the default), or not.",
)
@click.option("--fresh", is_flag=True, help="Measure all files, also those that did not change.")
@click.option("-d", "--detach", is_flag=True, help="Print the task's id and go.")
@when_options
@group_option
@quiet_option
@json_option
def survey(*, path: str, detach: bool, quiet: bool, as_json: bool, **given: Any) -> None:
    """Measure a source tree and write a report.

    Every file of the tree at PATH is measured or listed as skipped; the report is written as HTML,
    Markdown, JSON and SARIF. Prints the totals and what to look at first; with --json the whole
    report.

    A GATE is MEASURE>NUMBER. Measures: complexity, length, nesting and parameters of a function,
    lines of a file, score of a hotspot (0 to 100), todo_age_days of a marked comment; unparsed
    files, cycles and import_time_cycles of the imports, lint findings and functions that became
    harder since the last survey.
    """
    root = check_tree(path)
    _check_gates(given["fail_on"])
    with connected() as client:
        task_id = _submit(client, root, given)
        if detach:
            _show_id(task_id, as_json=as_json)
            return
        if quiet:
            click.echo(task_id)
        result = _finish(client, task_id, quiet=quiet)
    if as_json:
        click.echo(_report_text(result))
    elif not quiet:
        _show_summary(result)
    if result["broken"]:
        for sentence in result["broken"]:
            say(f"broken: {sentence}")
        sys.exit(1)


def _check_gates(gates: tuple[str, ...]) -> None:
    """Raise BadRequest for a wrong gate, with what it may be, before anything is started."""
    if gates:
        from revo_edge.engines.parallel.gates import read_gate  # noqa: PLC0415 - not for --help

        for gate in gates:
            read_gate(gate)


def check_tree(path: str) -> str:
    """Return the real absolute path of the folder, or raise what is wrong with it."""
    root = os.path.realpath(path)
    if not Path(root).exists():
        raise NotFound(f"{path} does not exist. Check the spelling.")
    if not Path(root).is_dir():
        raise BadRequest(f"{path} is a file. Name the folder that it is in.")
    if not os.access(root, os.R_OK | os.X_OK):
        raise Forbidden(f"{path} cannot be read. Check its permissions: `ls -ld {path}`.")
    return root


def _submit(client: "Client", root: str, given: dict[str, Any]) -> str:
    from revo_edge.contract.tasks import TaskSpec  # noqa: PLC0415 - not for --help

    params = {
        "path": root,
        "out": str(Path(given["out"]).absolute()) if given["out"] else "",
        "fail_on": list(given["fail_on"]),
        "lint": given["lint"],
        "fresh": given["fresh"],
        "remember": given["remember"],
    }
    title = f"survey {Path(root).name or root}"[:200]
    spec = TaskSpec(
        "parallel.analyze",
        params,
        title=title,
        after=awaited(client, given["after"]),
        at=given["at"],
        group=given["group"],
        cwd=str(Path.cwd()),
    )
    return client.submit(spec).id


def _finish(client: "Client", task_id: str, *, quiet: bool) -> dict[str, Any]:
    """Wait for the task and return its result; raise TaskFailed, or exit when interrupted."""
    from revo_edge.cli.group import INTERRUPTED  # noqa: PLC0415 - not for --help
    from revo_edge.cli.watch import Watch  # noqa: PLC0415

    watch = Watch(client, task_id, unit="files", again=f"revo task follow {task_id}")
    watch.run(lambda _info, _hide: None, quiet=quiet)
    if watch.interrupted:
        sys.exit(INTERRUPTED)
    found: dict[str, Any] = client.result(task_id)
    return found


def _show_id(task_id: str, *, as_json: bool) -> None:
    if as_json:
        show_json({"id": task_id})
    else:
        click.echo(task_id)


def _report_text(result: dict[str, Any]) -> str:
    file = Path(result["reports"]["json"])
    try:
        return file.read_text(encoding="utf-8").rstrip("\n")
    except OSError as error:
        raise InternalError(f"The report {file} cannot be read: {error.strerror}.") from None


def _show_summary(result: dict[str, Any]) -> None:
    import json  # noqa: PLC0415 - not for --help

    from revo_edge.client.units import duration  # noqa: PLC0415

    skipped = f", {result['skipped']:,} skipped" if result["skipped"] else ""
    click.echo(
        f"{result['files']:,} files{skipped}, {result['lines']:,} lines, "
        f"{result['functions']:,} functions in {duration(result['duration_s'])}"
    )
    report = json.loads(_report_text(result))
    _show_trend(report["trend"])
    worst = report["worst_functions"][:WORST_SHOWN]
    if spots := report["hotspots"]["files"][:WORST_SHOWN]:
        click.echo("\nHotspots: hard and often changed")
        show_table(
            (">score", "where", "why"),
            [(round(spot["score"] * 100), spot["path"], spot["reason"]) for spot in spots],
        )
    if worst:
        click.echo("\nThe most complex functions")
        show_table((">complexity", ">lines", "where", "function"), map(_worst_row, worst))
    _show_cycles(report.get("imports") or {})
    _show_lint(report.get("lint") or {"unavailable": "", "version": ""})
    if not result["files"]:
        say("There are no files to measure: the folder is empty, or everything in it is ignored.")
    click.echo("\nReport")
    for file in result["reports"].values():
        click.echo(clean(file))


def _show_trend(trend: dict[str, Any]) -> None:
    """Say what moved since the last survey, the worst first."""
    if len(trend["points"]) < 2:
        return
    before, now = (point["complex_functions"] for point in trend["points"][-2:])
    click.echo(
        f"Since the last survey: {now - before:+,} functions above 10, "
        f"{trend['worse_count']:,} harder, {trend['better_count']:,} easier"
    )
    rows = [
        (
            _known(moved["before"]),
            _known(moved["now"]),
            f"{moved['path']}:{moved['line']}",
            moved["name"],
        )
        for moved in trend["worse"][:WORST_SHOWN]
    ]
    if rows:
        click.echo("\nHarder than before")
        show_table((">before", ">now", "where", "function"), rows)


def _known(complexity: int | None) -> object:
    return "-" if complexity is None else complexity


def _show_cycles(imports: dict[str, Any]) -> None:
    cycles = imports.get("cycles", [])
    if not cycles:
        return
    click.echo(
        f"\nImport cycles: {imports['cycles_found']:,}; "
        f"at import time alone: {imports['import_time_cycles']:,}"
    )
    rows = [
        (cycle["size"], f"{step['path']}:{step['line']}", _round(cycle["chains"][0]))
        for cycle in cycles[:WORST_SHOWN]
        for step in cycle["chains"][0][:1]
    ]
    show_table((">modules", "where", "a way round"), rows)


def _show_lint(lint: dict[str, Any]) -> None:
    if lint["unavailable"]:
        click.echo(f"\nLint: not measured. {clean(lint['unavailable'])}")
    elif lint["version"]:
        rules = ", ".join(
            f"{one['rule']} {one['findings']:,}" for one in lint["rules"][:WORST_SHOWN]
        )
        click.echo(
            f"\nLint: {lint['count']:,} findings of ruff {lint['version']} in "
            f"{lint['files']:,} files{': ' if rules else ''}{rules}"
        )


def _round(chain: list[dict[str, Any]]) -> str:
    return " -> ".join([*(step["module"] for step in chain), chain[0]["module"]])


def _worst_row(worst: dict[str, Any]) -> tuple[object, ...]:
    function = worst["function"]
    place = f"{worst['path']}:{function['line']}"
    return function["complexity"], function["length"], place, function["name"]
