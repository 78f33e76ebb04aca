"""`revo template`: list, explain and check templates."""

import sys
from pathlib import Path

import click

from revo_edge.cli.connect import connected
from revo_edge.cli.group import Group
from revo_edge.cli.options import json_option
from revo_edge.cli.output import error_line, show_json
from revo_edge.cli.run import explain, show_templates
from revo_edge.paths import find_paths


@click.group(cls=Group)
def template() -> None:
    """List, explain and check templates.

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


@template.command(epilog="Example: revo template check mine.toml")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
def check(*, files: tuple[Path, ...], as_json: bool) -> None:
    """Check template files without a daemon; exit 1 if one cannot be used."""
    from revo_edge.contract.templates import BrokenTemplate  # noqa: PLC0415 - not for --help
    from revo_edge.daemon.templates import SHIPPED, check_file  # noqa: PLC0415
    from revo_edge.engines.declared import installed  # noqa: PLC0415
    from revo_edge.engines.registry import Registry  # noqa: PLC0415
    from revo_edge.settings import load_settings  # noqa: PLC0415

    settings = load_settings(find_paths().settings_file).settings
    registry = Registry(settings.engines.modules, installed())
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
