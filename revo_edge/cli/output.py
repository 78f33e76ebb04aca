"""What a command prints: data to stdout, messages to stderr, colour only on a terminal.

rich is imported when something is drawn; NO_COLOR and TERM=dumb are honoured by it.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

PIPE_WIDTH = 100_000
"""Columns of a table that no terminal shows: nothing is cut, so that grep and awk find all."""

STATE_STYLES = {
    "running": "cyan",
    "succeeded": "green",
    "failed": "red",
    "cancelled": "yellow",
    "held": "magenta",
    "busy": "cyan",
    "idle": "green",
    "online": "green",
    "error": "red",
    "ok": "green",
    "wrong": "red",
    "degraded": "yellow",
    "active": "yellow",
    "warning": "yellow",
}


def plain(value: object) -> Any:
    """Return Structs and enums as plain values, every field present, under their wire names."""
    import msgspec  # noqa: PLC0415 - `revo --version` does not need it

    if isinstance(value, msgspec.Struct):
        fields = msgspec.structs.fields(value)
        return {field.encode_name: plain(getattr(value, field.name)) for field in fields}
    if isinstance(value, msgspec.Raw):
        return plain(msgspec.msgpack.decode(value))
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def show_json(value: object) -> None:
    """Print one JSON document."""
    click.echo(json.dumps(plain(value), indent=2, default=_as_text))


def show_line(value: object) -> None:
    """Print one line of JSON Lines, at once."""
    click.echo(json.dumps(plain(value), default=_as_text))


def say(text: str) -> None:
    """Print a message for a person."""
    click.echo(text, err=True)


def error_line(text: str) -> None:
    """Print an error with what to do next."""
    click.echo(f"error: {text}", err=True)


def console(*, err: bool = False) -> "Console":
    """Return rich's console for stdout or stderr."""
    from rich.console import Console  # noqa: PLC0415 - only when something is drawn

    stream = sys.stderr if err else sys.stdout
    return Console(file=stream, highlight=False, markup=False, emoji=False)


def show_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under headings; a column whose heading starts with `>` is set to the right."""
    from rich.table import Table  # noqa: PLC0415 - only when something is drawn
    from rich.text import Text  # noqa: PLC0415

    table = Table(
        box=None,
        pad_edge=False,
        header_style="bold",
        padding=(0, 2, 0, 0),
        show_header=any(columns),
    )
    for column in columns:
        right = column.startswith(">")
        table.add_column(column.lstrip(">"), justify="right" if right else "left", no_wrap=True)
    for row in rows:
        table.add_row(*(Text(clean(cell), style=STATE_STYLES.get(str(cell), "")) for cell in row))
    out = console()
    if not out.is_terminal:
        out.width = PIPE_WIDTH
    out.print(table)


def clean(value: object) -> str:
    """Return text on one line without control characters: names and titles come from anywhere."""
    text = "" if value is None else str(value)
    return "".join(char if char.isprintable() else " " for char in text)


def _as_text(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
