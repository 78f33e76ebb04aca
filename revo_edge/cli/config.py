"""`revo config`: settings in force, each with its origin."""

from functools import reduce
from typing import TYPE_CHECKING, Any

import click

from revo_edge.cli.connect import connected, is_running
from revo_edge.cli.group import Group
from revo_edge.cli.options import json_option
from revo_edge.cli.output import show_json, show_table
from revo_edge.errors import NotFound, did_you_mean
from revo_edge.paths import Paths, find_paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@click.group(cls=Group)
def config() -> None:
    """Show settings and where they come from."""


@config.command(epilog="Example: revo config get workers.max")
@click.argument("name", default="")
@json_option
def get(*, name: str, as_json: bool) -> None:
    """Print all settings, one of them, or one section.

    Those of the running daemon; without one, those that it would start with.
    """
    values, sources = _in_force(find_paths())
    chosen = {key: value for key, value in values.items() if _fits(key, name)}
    if not chosen:
        raise NotFound(f"There is no setting {name}.{did_you_mean(name, values)}")
    if as_json:
        show_json({k: {"value": v, "from": sources.get(k, "default")} for k, v in chosen.items()})
    elif name in chosen:
        click.echo(_text(chosen[name]))
    else:
        rows = [(key, _text(v), sources.get(key, "default")) for key, v in chosen.items()]
        show_table(("setting", "value", "from"), rows)


@config.command(epilog="Example: revo config path")
@json_option
def path(*, as_json: bool) -> None:
    """Print where everything is kept."""
    paths = find_paths()
    places = {
        "settings": str(paths.settings_file),
        "home": str(paths.home),
        "sockets": str(paths.sockets),
        "log": str(paths.daemon_log),
        "reports": str(paths.reports),
    }
    if as_json:
        show_json(places)
    else:
        show_table(("what", "where"), places.items())


def _fits(key: str, name: str) -> bool:
    return not name or key == name or key.startswith(f"{name}.")


def _text(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}={item}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)


def _in_force(paths: Paths) -> tuple[dict[str, Any], dict[str, str]]:
    if is_running(paths):
        with connected(start=False) as client:
            found = client.config()
        return dict(_flat(found.values, found.sources)), found.sources
    import msgspec  # noqa: PLC0415 - only without a daemon

    from revo_edge.settings import load_settings, setting_names  # noqa: PLC0415

    loaded = load_settings(paths.settings_file)
    return dict(_flat(msgspec.to_builtins(loaded.settings), setting_names())), loaded.sources


def _flat(values: dict[str, Any], names: "Iterable[str]") -> "Iterator[tuple[str, Any]]":
    """Yield each name with its value, which lies in as many tables as the name has dots."""
    for name in names:
        yield name, reduce(dict.__getitem__, name.split("."), values)
