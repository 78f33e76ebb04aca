"""`revo template`: list, explain, make and check templates."""

import re
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from revo_edge.cli.connect import connected
from revo_edge.cli.group import Group
from revo_edge.cli.local import local_registry, local_templates
from revo_edge.cli.options import json_option
from revo_edge.cli.output import clean, error_line, show_json
from revo_edge.cli.run import explain, show_templates
from revo_edge.errors import BadRequest, Conflict
from revo_edge.paths import find_paths

if TYPE_CHECKING:
    from revo_edge.contract.templates import TemplateInfo

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@click.group(cls=Group)
def template() -> None:
    """List, explain, make and check templates.

    Your own are the *.toml files in the folder `templates` beside the settings file.
    """


@template.command(epilog="Example: revo template ls")
@json_option
def ls(*, as_json: bool) -> None:
    """List the templates, and the files that cannot be used."""
    with connected() as client:
        show_templates(client, as_json=as_json)


@template.command(epilog="Example: revo template show map --schema")
@click.argument("name")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of its parameters.")
@json_option
def show(*, name: str, schema: bool, as_json: bool) -> None:
    """Explain a template: its parameters, bounds, defaults and presets."""
    with connected() as client:
        info = client.template(name)
    if schema or as_json:
        show_json(info.params if schema else info)
        return
    explain(info)


@template.command(
    epilog="""\b
Examples:
  revo template new gentle --kind parallel.map
  revo template new flaky-api --from test
"""
)
@click.argument("name")
@click.option("--kind", metavar="KIND", help="The kind of task that it is for.")
@click.option("--from", "source", metavar="TEMPLATE", help="Begin with what this template says.")
@json_option
def new(*, name: str, kind: str | None, source: str | None, as_json: bool) -> None:
    """Write a template with every parameter as a comment into your folder.

    Nothing is overwritten, and nothing needs a restart.
    """
    if (kind is None) == (source is None):
        raise click.UsageError("Give either --kind KIND or --from TEMPLATE.")
    if not _NAME.fullmatch(name):
        raise BadRequest(f'"{name}" is no name for a template: letters, digits, - and _ are.')
    folder = find_paths().templates
    file = folder / f"{name}.toml"
    if file.exists():
        raise Conflict(f"{file} exists already. Choose another name, or edit it.")
    if name in [info.name for info in local_templates().all().templates]:
        raise Conflict(f'The name "{name}" is taken by another template. Choose another name.')
    text = _text_of(name, kind, source)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    made_of = tomllib.loads(text)["kind"]
    if as_json:
        show_json({"name": name, "kind": made_of, "file": str(file)})
        return
    click.echo(str(file))
    click.echo(f"Next: edit it, then `revo run {name} --help`", err=True)


def _text_of(name: str, kind: str | None, source: str | None) -> str:
    from revo_edge.cli.template_file import copied_text, new_text  # noqa: PLC0415 - not for --help
    from revo_edge.daemon.templates import SHIPPED  # noqa: PLC0415

    if kind is not None:
        return new_text(name, _plain(kind))
    found = local_templates().get(source or "")
    file = Path(found.file) if found.file else SHIPPED / f"{found.name}.toml"
    if not file.exists():  # the plain template of a kind, which no file says
        return new_text(name, _plain(found.kind))
    text = file.read_text(encoding="utf-8")
    said = set(tomllib.loads(text).get("fields", {}))
    return copied_text(name, text, _plain(found.kind), said)


def _plain(kind: str) -> "TemplateInfo":
    from revo_edge.contract.templates import Template  # noqa: PLC0415 - not for --help
    from revo_edge.daemon.template_rules import info_of  # noqa: PLC0415

    return info_of(Template(clean(kind), kind, kind), local_registry())


@template.command(epilog="Example: revo template check mine.toml")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
def check(*, files: tuple[Path, ...], as_json: bool) -> None:
    """Check template files without a daemon; exit 1 if one cannot be used."""
    from revo_edge.contract.templates import BrokenTemplate  # noqa: PLC0415 - not for --help
    from revo_edge.daemon.templates import SHIPPED, check_file  # noqa: PLC0415

    registry = local_registry()
    taken = {file.stem for file in SHIPPED.glob("*.toml")}
    found = [check_file(file, registry, taken) for file in files]
    broken = [read for read in found if isinstance(read, BrokenTemplate)]
    if as_json:
        show_json({"ok": not broken, "broken": broken})
    else:
        for read in found:
            if isinstance(read, BrokenTemplate):
                error_line(read.text)
            else:
                click.echo(f"{read.file}: ok")
    sys.exit(1 if broken else 0)
