"""The options of `revo recall`: which items are meant, and moments in the past."""

import json
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from revo_edge.cli.when import When
from revo_edge.errors import BadRequest, NotFound

if TYPE_CHECKING:
    from revo_edge.contract.recall import Filter

Command = TypeVar("Command", bound=Callable[..., Any])

KINDS = ("note", "code", "conversation", "document")
_AGO = re.compile(r"(\d{1,6})([smhdw])")
_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_FIELDS = ("namespace", "kind", "tag", "meta", "since", "until", "as_of", "path", "session")


class Moment(When):
    """A moment that was, as UTC epoch seconds: `2d` ago, a date, or ISO 8601."""

    @staticmethod
    def read(text: str, now: float) -> float:
        """Return the moment; raise ValueError saying what would fit."""
        return read_moment(text, now)


def read_moment(text: str, now: float) -> float:
    """Return a moment in UTC epoch seconds; a time without a zone is local.

    Raises ValueError that says what would fit.
    """
    ago = _AGO.fullmatch(text)
    if ago:
        return now - int(ago[1]) * _UNITS_S[ago[2]]
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f'"{text}" is no moment. Write 2d (ago: s, m, h, d, w), 2030-01-31 or 2030-01-31T22:00.'
        ) from None
    return (found if found.tzinfo else found.astimezone()).astimezone(UTC).timestamp()


class Span(click.ParamType[float]):
    """A length of time in seconds: `90s`, `15m`, `12h`, `30d`, `2w`."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the seconds; a wrong length is a usage error."""
        if isinstance(value, float):
            return value
        found = _AGO.fullmatch(value)
        if found is None or not int(found[1]):
            self.fail(f'"{value}" is no duration. Write 90s, 15m, 12h, 30d or 2w.', param, ctx)
        return float(int(found[1]) * _UNITS_S[found[2]])


class ItemId(click.ParamType[str]):
    """The id of an item."""

    name = "id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the id; what cannot be one is a usage error."""
        from revo_edge.contract.ids import is_ulid  # noqa: PLC0415 - not for --help

        if not is_ulid(value.upper()):
            self.fail(
                f'"{value}" is no id: 26 letters and digits, as `revo recall ls` prints them.',
                param,
                ctx,
            )
        return str(value.upper())


_FILTERS = (
    click.option("-n", "--namespace", multiple=True, metavar="NAME", help="Only here; repeatable."),
    click.option("--kind", multiple=True, type=click.Choice(KINDS), help="Only these kinds."),
    click.option("--tag", multiple=True, metavar="TAG", help="Only with this tag; repeatable."),
    click.option(
        "--meta", multiple=True, metavar="FIELD=VALUE", help="Only with this; a.b goes deeper."
    ),
    click.option("--since", type=Moment(), metavar="TIME", help="Not older: 2d, or 2030-01-31."),
    click.option("--until", type=Moment(), metavar="TIME", help="Not newer."),
    click.option("--as-of", type=Moment(), metavar="TIME", help="What held then, in place of now."),
    click.option("--path", metavar="PATH", help="Only from this file or folder."),
    click.option("--session", metavar="ID", help="Only from this conversation."),
)


def filter_options(command: Command) -> Command:
    """Add the options that say which items are meant."""
    for option in reversed(_FILTERS):
        command = option(command)
    return command


def take_filter(given: dict[str, Any]) -> "Filter":
    """Take the filter's options out of `given`; raise BadRequest for a wrong one."""
    from revo_edge.contract.codec import convert  # noqa: PLC0415 - not for --help
    from revo_edge.contract.recall import Filter  # noqa: PLC0415

    found = {name: given.pop(name) for name in _FIELDS}
    path = found["path"]
    values = {
        "namespaces": found["namespace"],
        "kinds": found["kind"],
        "tags": found["tag"],
        "metadata": read_fields(found["meta"]),
        "since": found["since"],
        "until": found["until"],
        "as_of": found["as_of"],
        "path": str(Path(path).resolve()) if path and Path(path).exists() else path or "",
        "session": found["session"] or "",
    }
    return convert(values, Filter)


def read_fields(words: tuple[str, ...]) -> dict[str, Any]:
    """Return `FIELD=VALUE` words as a mapping; a value that is JSON is that, else a text."""
    found: dict[str, Any] = {}
    for word in words:
        field, equals, text = word.partition("=")
        if not (field and equals):
            raise BadRequest(f'"{word}" is not FIELD=VALUE.')
        try:
            found[field] = json.loads(text)
        except ValueError:
            found[field] = text
    return found


def counted(items: int, versions: int) -> str:
    """Return how many they are, in words."""
    return f"{items:,} item{'s' * (items != 1)} with {versions:,} version{'s' * (versions != 1)}"


def read_text(words: tuple[str, ...], file: str | None) -> str:
    """Return the text of the arguments, of a file, or with `-` of stdin.

    Raises BadRequest when there is none, NotFound for a file that is not there.
    """
    if file is not None and words:
        raise BadRequest("Give a text or --file, not both.")
    if file is not None and file != "-":
        try:
            return Path(file).read_bytes().decode(errors="replace")
        except OSError as error:
            raise NotFound(f"{file} cannot be read: {error.strerror}.") from None
    if file == "-" or words == ("-",):
        return sys.stdin.buffer.read().decode(errors="replace")
    text = " ".join(words)
    if not text.strip():
        raise BadRequest("There is no text: give TEXT, --file FILE, or - to read stdin.")
    # an argument that is not UTF-8 has lone surrogates, which no encoding takes
    return text.encode(errors="surrogateescape").decode(errors="replace")
