"""`revo api`: any method of the daemon, raw."""

import json
import sys
from typing import Any

import click

from revo_edge.cli.connect import connected
from revo_edge.cli.options import json_option
from revo_edge.cli.output import show_json


@click.command(
    epilog="""\b
Examples:
  revo api hello
  revo api task.list '{"limit": 2}'
"""
)
@click.argument("method")
@click.argument("params", metavar="[JSON|-]", default="{}")
@click.option("--key", help="ULID: the same key runs once, however often it is sent.")
@json_option
def api(*, method: str, params: str, key: str | None, as_json: bool) -> None:
    """Call a method of the daemon with JSON.

    The parameters are a JSON object; - reads it from stdin. The reply is printed as JSON, with or
    without --json.
    """
    given = _as_object(sys.stdin.read() if params == "-" else params)
    with connected() as client:
        show_json(client.call(method, given, key))


def _as_object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise click.UsageError(f"The parameters are not JSON: {error}.") from None
    if not isinstance(found, dict):
        raise click.UsageError('The parameters must be a JSON object, such as {"limit": 2}.')
    return found
