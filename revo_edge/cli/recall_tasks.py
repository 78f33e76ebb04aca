"""`revo recall ingest`, `watch`, `export`, `import`, `model`, `optimize`: what takes longer."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from revo_edge.cli.connect import connected
from revo_edge.cli.group import INTERRUPTED
from revo_edge.cli.options import json_option, quiet_option
from revo_edge.cli.output import say, show_json, show_table
from revo_edge.cli.recall_options import counted, filter_options, take_filter
from revo_edge.client.units import duration, percent, size
from revo_edge.errors import BadRequest, NotFound, Unavailable

if TYPE_CHECKING:
    from revo_edge.client.client import Client

SKIPPED_SHOWN = 5

_detach = click.option("-d", "--detach", is_flag=True, help="Print the task's id and go.")


@click.command(
    epilog="""\b
Examples:
  revo recall ingest ~/src/project
  revo recall ingest docs -n handbook --exclude 'drafts/'
  revo recall ingest chats.jsonl -n chats
"""
)
@click.argument("path", type=click.Path())
@click.option("-n", "--namespace", metavar="NAME", default="", help="Default: the folder's name.")
@click.option("--include", multiple=True, metavar="GLOB", help="Only files that fit; repeatable.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Leave these out, too; repeatable.")
@click.option("--shell-history", is_flag=True, help="Also remember .bash_history and the like.")
@click.option("--fresh", is_flag=True, help="Read all files, also those that did not change.")
@click.option("--watch", "follow", is_flag=True, help="Go on following the folder.")
@_detach
@quiet_option
@json_option
def ingest(
    *, path: str, follow: bool, detach: bool, quiet: bool, as_json: bool, **given: Any
) -> None:
    """Remember the files of a folder, or one file.

    Code is cut into functions and classes, Markdown by its headings, chats by their turns; what
    .gitignore leaves out is left out. A second time only what has changed is read, and what has
    vanished is forgotten.
    """
    found = _existing(path)
    params = {
        "path": found,
        "namespace": given["namespace"],
        "include": list(given["include"]),
        "exclude": list(given["exclude"]),
        "shell_history": given["shell_history"],
        "fresh": given["fresh"],
    }
    with connected() as client:
        if follow:
            client.recall.watch(found, given["namespace"])
        task = _Task("recall.ingest", params, f"ingest {Path(found).name or found}", "files")
        result = task.run(client, detach=detach, quiet=quiet, as_json=as_json)
    if result is not None and not quiet:
        _say_ingested(result)


@click.command(epilog="Example: revo recall watch ~/notes -n notes")
@click.argument("path", type=click.Path(), required=False)
@click.option("-n", "--namespace", metavar="NAME", default="", help="Default: the folder's name.")
@click.option("--stop", is_flag=True, help="Follow PATH no longer; what is remembered stays.")
@json_option
def watch(*, path: str | None, namespace: str, stop: bool, as_json: bool) -> None:
    """Follow a folder: what changes in it is remembered anew. Without PATH list the folders."""
    if path is None and (stop or namespace):
        raise click.UsageError("Name the folder.")
    with connected() as client:
        if path is None:
            found = client.recall.stats().watched
        elif stop:
            found = client.recall.unwatch(str(Path(path).absolute()))
        else:
            found = client.recall.watch(_existing(path), namespace)
    if as_json:
        show_json(found)
        return
    show_table(
        ("folder", "namespace"),
        ((each.path, each.namespace) for each in found),
    )
    if not found:
        say("No folder is followed. `revo recall watch PATH` begins.")


@click.command(
    epilog="""\b
Examples:
  revo recall export memory.jsonl
  revo recall export - -n notes | gzip > notes.jsonl.gz
"""
)
@click.argument("file", metavar="FILE|-")
@filter_options
@click.option("--history/--no-history", default=True, help="Also versions that no longer hold.")
@click.option("--overwrite", is_flag=True, help="Replace FILE if it is there.")
@quiet_option
@json_option
def export(
    *, file: str, history: bool, overwrite: bool, quiet: bool, as_json: bool, **given: Any
) -> None:
    """Write items as JSON Lines, to be read again by `revo recall import`.

    The file is your own copy: `revo recall forget` does not reach it.
    """
    import tempfile  # noqa: PLC0415 - not for --help

    wanted = take_filter(given)
    with tempfile.TemporaryDirectory() as folder, connected() as client:
        to_stdout = file == "-"
        target = Path(folder) / "items.jsonl" if to_stdout else Path(file).absolute()
        params = {
            "path": str(target),
            "filter": _plain(wanted),
            "history": history,
            "overwrite": overwrite,
        }
        task = _Task("recall.export", params, f"export {Path(file).name}", "items")
        result = task.run(client, quiet=quiet, as_json=as_json and not to_stdout)
        if to_stdout:
            with target.open("rb") as lines:
                for line in lines:
                    sys.stdout.buffer.write(line)
    if result is not None and not quiet:
        say(f"{counted(result['items'], result['versions'])}.")


@click.command(name="import", epilog="Example: revo recall import memory.jsonl")
@click.argument("file", type=click.Path())
@click.option("-n", "--namespace", metavar="NAME", default="", help="Put everything there.")
@_detach
@quiet_option
@json_option
def import_command(*, file: str, namespace: str, detach: bool, quiet: bool, as_json: bool) -> None:
    """Read what `revo recall export` wrote; what is there already is skipped."""
    params = {"path": _existing(file), "namespace": namespace}
    with connected() as client:
        task = _Task("recall.import", params, f"import {Path(file).name}", "lines")
        result = task.run(client, detach=detach, quiet=quiet, as_json=as_json)
    if result is not None and not quiet:
        say(f"{result['stored']:,} stored, {result['duplicates']:,} were there already.")
        for number, why in result["bad_lines"][:SKIPPED_SHOWN]:
            say(f"line {number}: {why}")
        if result["bad"] > SKIPPED_SHOWN:
            say(f"{result['bad']:,} bad lines in all; --json names more.")


@click.command(epilog="Example: revo recall model --embed")
@click.option("--embed", is_flag=True, help="Make the missing vectors now, and wait.")
@click.option("--all", "anew", is_flag=True, help="With --embed: make all of them anew.")
@quiet_option
@json_option
def model(*, embed: bool, anew: bool, quiet: bool, as_json: bool) -> None:
    """Show what makes vectors, and for how many items they are made.

    The setting `recall.model` chooses another one: a folder with model.onnx and tokenizer.json, or
    the address of an OpenAI-compatible server. Vectors of two models never mix.
    """
    if anew and not embed:
        raise click.UsageError("--all goes with --embed.")
    with connected() as client:
        if embed:
            task = _Task("recall.embed", {"all": anew}, "make vectors", "items")
            task.run(client, quiet=quiet or as_json, as_json=False)
        stats = client.recall.stats()
    if as_json:
        share = stats.embedded_ratio if stats.model else None
        show_json(
            {
                "model": stats.model,
                "embedded_ratio": share,
                "lexical_only": stats.lexical_only,
                "index": stats.index,
            }
        )
    elif stats.model:
        click.echo(stats.model)
        say(f"{percent(stats.embedded_ratio)} of {stats.items:,} items have a vector.")
    else:
        say(f"By words only: {stats.lexical_only}")


@click.command(epilog="Example: revo recall optimize")
@click.option("--check/--no-check", default=True, help="Look for damage in the database first.")
@_detach
@quiet_option
@json_option
def optimize(*, check: bool, detach: bool, quiet: bool, as_json: bool) -> None:
    """Check the database, wipe out what was forgotten, write the indexes anew."""
    with connected() as client:
        task = _Task("recall.optimize", {"check": check}, "optimize the memory", "steps")
        result = task.run(client, detach=detach, quiet=quiet, as_json=as_json)
    if result is not None and not quiet:
        _say_optimized(result)


def _say_optimized(result: dict[str, Any]) -> None:
    for problem in result["problems"]:
        say(f"damage: {problem}")
    if result["problems"]:
        raise Unavailable("The database is damaged: `revo restart` reads out what can be read.")
    if result["checked"]:
        say("No damage.")
    if result["rewritten"]:
        say("The file was written anew without what was forgotten.")
    if result["waits"]:
        say("The file is still to be written anew: memory was changed all the time.")
    index = result["index"]
    if index and index["bytes"]:
        held = f"items by words: {index['rows']:,}; by vectors: {index['vectors']:,}"
        say(f"The indexes are written ({held}; {size(index['bytes'])}).")


class _Task:
    """One task of the memory, followed to its end."""

    def __init__(self, kind: str, params: dict[str, Any], title: str, unit: str) -> None:
        self._kind, self._params, self._title, self._unit = kind, params, title, unit

    def run(
        self, client: "Client", *, detach: bool = False, quiet: bool, as_json: bool
    ) -> dict[str, Any] | None:
        """Return the result; None when it was printed or the task goes on without us."""
        from revo_edge.cli.watch import Watch  # noqa: PLC0415 - not for --help
        from revo_edge.contract.tasks import TaskSpec  # noqa: PLC0415

        spec = TaskSpec(self._kind, self._params, title=self._title[:200], cwd=str(Path.cwd()))
        task_id = client.submit(spec).id
        if detach:
            if as_json:
                show_json({"id": task_id})
            else:
                click.echo(task_id)
            return None
        watch = Watch(client, task_id, unit=self._unit, again=f"revo task follow {task_id}")
        watch.run(lambda _info, _hide: None, quiet=quiet)
        if watch.interrupted:
            sys.exit(INTERRUPTED)
        result: dict[str, Any] = client.result(task_id)
        if as_json:
            show_json(result)
            return None
        return result


def _existing(path: str) -> str:
    found = Path(path).absolute()
    if not found.exists():
        raise NotFound(f"{path} does not exist. Check the spelling.")
    return str(found.resolve())


def _plain(value: object) -> dict[str, Any]:
    import msgspec  # noqa: PLC0415 - not for --help

    found: dict[str, Any] = msgspec.to_builtins(value)
    return found


def _say_ingested(result: dict[str, Any]) -> None:
    say(
        f"{result['read']:,} files read, {result['unchanged']:,} unchanged, {result['vanished']:,} "
        f"vanished: {result['stored']:,} items new, {result['kept']:,} kept, "
        f"{result['removed']:,} gone in {duration(result['duration_s'])}."
    )
    for reason, count in sorted(result["skipped"].items()):
        named = ", ".join(path for path, _ in result["skipped_files"][reason][:SKIPPED_SHOWN])
        say(f"skipped, {reason}: {count:,} ({named}{', ...' if count > SKIPPED_SHOWN else ''})")
    if not (result["read"] or result["unchanged"]):
        raise BadRequest("There was nothing to read.")
    say(f"Namespace: {result['namespace']}. Try `revo recall search ... -n {result['namespace']}`.")
