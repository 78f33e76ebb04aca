"""`revo run`: a task from a template."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from revo_edge.cli import inputs, values
from revo_edge.cli.after import awaited
from revo_edge.cli.connect import connected
from revo_edge.cli.group import INTERRUPTED
from revo_edge.cli.options import group_option, json_option, quiet_option
from revo_edge.cli.output import clean, say, show_json, show_table
from revo_edge.cli.when import when_options
from revo_edge.errors import BadRequest, NotFound, TaskFailed, did_you_mean

if TYPE_CHECKING:
    from revo_edge.client.client import Client
    from revo_edge.contract.templates import TemplateInfo


class _Explained(click.Command):
    """Its --help behind a template's name explains the template."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Show the template's help in place of the command's own."""
        if args and not args[0].startswith("-") and {"-h", "--help"} & set(args):
            with connected() as client:
                explain(client.template(args[0]))
            ctx.exit()
        return super().parse_args(ctx, args)


@click.command(
    cls=_Explained,
    epilog="""\b
Examples:
  revo run
  revo run survey path=~/src/project
  revo run map command='wc -l {}' inputs=a.txt inputs=b.txt concurrency=2
  revo run map --preset careful --params params.json --detach
""",
)
@click.argument("words", metavar="[TEMPLATE] [KEY=VALUE]...", nargs=-1)
@click.option("--preset", metavar="NAME", help="Begin with the values of a preset.")
@click.option("--params", "params_from", metavar="FILE|-", help="Values as a JSON object.")
@click.option("--queue", metavar="NAME", default="default", show_default=True, help="Named queue.")
@click.option(
    "--priority", metavar="N", type=click.IntRange(-100, 100), default=0, help="Higher first."
)
@click.option("-d", "--detach", is_flag=True, help="Print the task's id and go.")
@when_options
@group_option
@quiet_option
@json_option
def run(*, words: tuple[str, ...], **given: Any) -> None:
    """Run a task from a template.

    Without TEMPLATE it lists the templates; `revo run TEMPLATE --help` explains the keys.
    Later values win: defaults, --preset, --params, KEY=VALUE. A list is a repeated key or JSON.
    Prints the result as JSON.
    """
    with connected() as client:
        if not words:
            show_templates(client, as_json=given["as_json"])
            return
        info = client.template(words[0])
        params = build(info, words[1:], given["preset"], given["params_from"])
        _run(client, info, params, given)


def show_templates(client: "Client", *, as_json: bool) -> None:
    """Print the templates, and say which files cannot be used."""
    found = client.template_list()
    if as_json:
        show_json(found)
        return
    rows = [(info.name, info.kind, info.summary or info.title) for info in found.templates]
    show_table(("template", "kind", "what it is for"), rows)
    for wrong in found.broken:
        say(f"broken: {wrong.text}")


def explain(info: "TemplateInfo") -> None:
    """Print a template's parameters, bounds, defaults, presets and an example."""
    click.echo(clean(f"{info.title} ({info.kind})"))
    if info.summary:
        click.echo(clean(info.summary))
    click.echo("")
    needed = info.params.get("required", ())
    fields = info.params["properties"]
    rows = [
        (
            key,
            values.type_of(fields[key]),
            values.bounds_of(fields[key]),
            "must be given" if key in needed else values.default_of(fields[key]),
            fields[key].get("description", ""),
        )
        for key in dict.fromkeys((*info.order, *needed))
        if not fields[key].get("x-hidden")
    ]
    show_table(("key", "type", "bounds", "default", "what it is"), rows)
    for preset, given in info.presets.items():
        words = " ".join(f"{key}={value}" for key, value in given.items())
        click.echo(clean(f"--preset {preset}: {words}"))
    words = " ".join(f"{key}=VALUE" for key in needed)
    click.echo(f"\nExample: revo run {clean(info.name)} {words}".rstrip())


def build(
    info: "TemplateInfo", words: tuple[str, ...], preset: str | None, params_from: str | None
) -> dict[str, Any]:
    """Return the params of the task; raise BadRequest or NotFound."""
    properties = info.params["properties"]
    defaults = {k: f["default"] for k, f in properties.items() if f.get("default") is not None}
    given = _preset(info, preset) | _params(params_from) | values.read_pairs(words, info.params)
    values.check(given, info.params)
    params = defaults | given
    for key, field in properties.items():
        if field.get("format") == "path" and given.get(key):  # the daemon has another folder
            params[key] = str(Path(given[key]).expanduser().absolute())
    if info.kind == "parallel.map" and params.get("function"):
        params["function"] = inputs.absolute_function(params["function"])
    return params


def _preset(info: "TemplateInfo", name: str | None) -> dict[str, Any]:
    if name is None:
        return {}
    if name not in info.presets:
        known = ", ".join(info.presets) or "none"
        hint = did_you_mean(name, info.presets) or f" There are: {known}."
        raise NotFound(f'{info.name} has no preset "{name}".{hint}')
    return dict(info.presets[name])


def _params(name: str | None) -> dict[str, Any]:
    if name is None:
        return {}
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        found = json.loads(text)
    except OSError as error:
        raise NotFound(f"Cannot read {name}: {error.strerror}. Check the spelling.") from None
    except ValueError as error:
        raise BadRequest(f"{name} is not JSON: {error}.") from None
    if not isinstance(found, dict):
        raise BadRequest(f'{name} must hold a JSON object such as {{"key": 1}}.')
    return found


def _run(
    client: "Client", info: "TemplateInfo", params: dict[str, Any], given: dict[str, Any]
) -> None:
    from revo_edge.contract.tasks import TaskSpec  # noqa: PLC0415 - not for --help

    spec = TaskSpec(
        info.kind,
        params,
        title=info.title[:200],
        queue=given["queue"],
        priority=given["priority"],
        after=awaited(client, given["after"]),
        at=given["at"],
        group=given["group"],
        cwd=str(Path.cwd()),
        env=inputs.environment(()),
    )
    task_id = client.submit(spec).id
    if given["detach"] or given["quiet"]:
        show_json({"id": task_id}) if given["as_json"] else click.echo(task_id)
    if not given["detach"]:
        _attend(client, task_id, quiet=given["quiet"])


def _attend(client: "Client", task_id: str, *, quiet: bool) -> None:
    """Show progress to the end and print the result; raise TaskFailed, or exit when interrupted."""
    from revo_edge.cli.watch import WAITS_FOR_A_PERSON, Watch  # noqa: PLC0415 - not for --help

    again = f"revo task follow {task_id}"
    watch = Watch(client, task_id, unit="", again=again)
    ended = watch.run(lambda _info, _hide: None, quiet=quiet)
    if watch.interrupted:
        sys.exit(INTERRUPTED)
    if ended.state in WAITS_FOR_A_PERSON:
        raise TaskFailed(f"The task is {ended.state.value}. `{again}` shows it.")
    result = client.result(task_id)
    if not quiet:
        show_json(result)
    if ended.kind == "parallel.map" and result.get("failed"):
        say(f"{result['failed']:,} items failed. `revo map --resume {task_id}` shows why.")
        sys.exit(1)
