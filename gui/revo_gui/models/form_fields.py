"""Parameters as a form shows them: what is typed becomes values, or a sentence on what to do."""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec import UNSET

Given = str | bool
"""What a widget holds: text, or the state of a check box."""
_FLAT_CHARACTERS = 60
"""JSON as short as this is shown in one line."""
_INT_LEAST, _INT_MOST = -(2**63), 2**63 - 1


class FieldKind(Enum):
    """How a parameter is typed in."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    INTEGER = "integer"
    NUMBER = "number"
    FLAG = "flag"
    CHOICE = "choice"
    PATH = "path"
    PATHS = "paths"
    """One path a line."""
    LIST = "list"
    """One entry a line."""
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of a number, of the length of a text, or of the count of a list.

    `pattern` is what a text, or each entry of a list, must fit.
    """

    least: float | None = None
    most: float | None = None
    above: float | None = None
    below: float | None = None
    shortest: int = 0
    longest: int | None = None
    pattern: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter as a form shows it; `title` and `help` are safe to show."""

    name: str
    title: str
    kind: FieldKind
    help: str = ""
    required: bool = False
    default: Any = UNSET
    nullable: bool = False
    bounds: Bounds = Bounds()
    choices: tuple[Any, ...] = ()
    holds: str = ""
    """The JSON type of a list's entries, or the one a JSON value must have; empty: any."""
    folder: bool = False
    """True when a path names a folder."""
    relative: bool = False
    """True when a path may also be a bare name."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why what was typed cannot be used: one sentence that says what to do."""

    text: str


def check(fields: Iterable[Field], given: Mapping[str, Given]) -> dict[str, str]:
    """Return what is wrong: field name -> sentence."""
    return read(fields, given)[1]


def read(
    fields: Iterable[Field], given: Mapping[str, Given]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the values that are not their defaults, and what is wrong with the others."""
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for field in fields:
        value = parse(field, given[field.name])
        if isinstance(value, Problem):
            problems[field.name] = value.text
        elif value is not UNSET and (field.required or not _same(value, field.default)):
            values[field.name] = value
    return values, problems


def parse(field: Field, given: Given) -> Any:
    """Return the value, a Problem, or UNSET when nothing was given and the default holds."""
    if isinstance(given, bool):
        return given
    text = given if field.kind in (FieldKind.TEXT, FieldKind.LONG_TEXT) else given.strip()
    if not text and "" not in field.choices:
        return _nothing(field)
    value = _PARSERS[field.kind](field, text)
    if isinstance(value, Problem):
        return value
    return _outside(field, value) or _unsendable(value) or value


def printed(field: Field, value: Any) -> Given:
    """Return what the widget shows for a value; `parse` makes the same value of it."""
    if field.kind is FieldKind.FLAG:
        return value is True
    if field.kind is FieldKind.CHOICE:
        return label_of(value) if value in field.choices else ""
    if value is UNSET or (value is None and field.default in (None, UNSET)):
        return ""
    if field.kind in (FieldKind.LIST, FieldKind.PATHS) and isinstance(value, list):
        return "\n".join(_printed_entry(field, entry) for entry in value)
    if field.kind is FieldKind.JSON or isinstance(value, list | dict):
        return _pretty(value)
    return "" if value is None else label_of(value)


def label_of(value: Any) -> str:
    """Return a plain value as text: `1` for 1.0, `true` for True."""
    return value if isinstance(value, str) else _encoded(value).removesuffix(".0")


# what is typed


def _same(value: Any, default: Any) -> bool:
    """Tell whether a value is the default; in Python 1 is also True, as text it is not."""
    return default is not UNSET and value == default and label_of(value) == label_of(default)


def _nothing(field: Field) -> Any:
    if field.required:
        return Problem("Must be filled in.")
    if field.nullable:
        return None
    if field.bounds.shortest or field.default is UNSET:
        return UNSET
    if field.kind in (FieldKind.TEXT, FieldKind.LONG_TEXT, FieldKind.PATH):
        return ""
    return [] if field.kind in (FieldKind.LIST, FieldKind.PATHS) else UNSET


def _text(_field: Field, text: str) -> Any:
    return text


def _integer(_field: Field, text: str) -> Any:
    whole = re.fullmatch(r"[+-]?[0-9]{1,4000}", text)
    return int(text) if whole else Problem("Must be a whole number, such as 5.")


def _float(_field: Field, text: str) -> Any:
    if re.fullmatch(r"[+-]?[0-9]{1,19}", text) and _INT_LEAST <= int(text) <= _INT_MOST:
        return int(text)
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    return value if math.isfinite(value) else Problem("Must be a number, such as 2.5.")


def _choice(field: Field, text: str) -> Any:
    found = [option for option in field.choices if label_of(option) == text]
    return found[0] if found else Problem("Must be one of the choices.")


def _path(field: Field, text: str) -> Any:
    path = str(Path(text).expanduser()) if text == "~" or text.startswith("~/") else text
    if path.startswith("/") or field.relative:
        return path
    return Problem("Must be an absolute path, such as /home/you/project.")


def _lines(field: Field, text: str) -> Any:
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        value = _entry(field, line.strip())
        if isinstance(value, Problem):
            return Problem(f"Line {number}: {value.text[0].lower()}{value.text[1:]}")
        found.append(value)
    return found


def _entry(field: Field, line: str) -> Any:
    """Return what a line of a list stands for: JSON if it is such and fits, else its text."""
    if field.holds in ("integer", "number"):
        return (_integer if field.holds == "integer" else _float)(field, line)
    value = _decoded(line) if not field.holds or line.startswith('"') else line
    text = line if isinstance(value, Problem) else value
    return _path(field, text) if field.kind is FieldKind.PATHS else text


def _json(field: Field, text: str) -> Any:
    value = _decoded(text)
    if isinstance(value, Problem):
        return value
    if field.holds == "object" and not isinstance(value, dict):
        return Problem('Must be a JSON object, such as {"name": 1}.')
    if field.holds == "array" and not isinstance(value, list):
        return Problem("Must be a JSON list, such as [1, 2].")
    return value


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeEncodeError):
        return Problem('Must be JSON, such as "text", 5 or {"name": [1, 2]}.')


_PARSERS: Mapping[FieldKind, Callable[[Field, str], Any]] = MappingProxyType(
    {
        FieldKind.TEXT: _text,
        FieldKind.LONG_TEXT: _text,
        FieldKind.INTEGER: _integer,
        FieldKind.NUMBER: _float,
        FieldKind.CHOICE: _choice,
        FieldKind.PATH: _path,
        FieldKind.PATHS: _lines,
        FieldKind.LIST: _lines,
        FieldKind.JSON: _json,
    }
)


# bounds


def _outside(field: Field, value: Any) -> Problem | None:
    if field.kind in (FieldKind.INTEGER, FieldKind.NUMBER):
        return _out_of_range(field.bounds, value)
    if isinstance(value, str | list) and field.kind not in (FieldKind.CHOICE, FieldKind.JSON):
        return _wrong_length(field.bounds, value) or _unfit(field, value)
    return None


def _unfit(field: Field, value: str | list[Any]) -> Problem | None:
    """Look for an entry that does not fit the pattern; the field's help says what does."""
    pattern = field.bounds.pattern
    if pattern is None or value == "":
        return None
    entries = [value] if isinstance(value, str) else value
    for number, entry in enumerate(entries, 1):
        if isinstance(entry, str) and not pattern.search(entry):
            where = f"Entry {number} does" if len(entries) > 1 else "Does"
            return Problem(f"{where} not fit. {field.help or f'Must match {pattern.pattern}'}")
    return None


def _out_of_range(bounds: Bounds, value: float) -> Problem | None:
    if bounds.least is not None and value < bounds.least:
        return Problem(f"Must be at least {bounds.least}.")
    if bounds.most is not None and value > bounds.most:
        return Problem(f"Must be at most {bounds.most}.")
    if bounds.above is not None and value <= bounds.above:
        return Problem(f"Must be more than {bounds.above}.")
    if bounds.below is not None and value >= bounds.below:
        return Problem(f"Must be less than {bounds.below}.")
    if isinstance(value, int) and not _INT_LEAST <= value <= _INT_MOST:
        return Problem(f"Must be between {_INT_LEAST} and {_INT_MOST}.")
    return None


def _wrong_length(bounds: Bounds, value: str | list[Any]) -> Problem | None:
    one, many = ("character", "characters") if isinstance(value, str) else ("entry", "entries")
    for limit, words, wrong in (
        (bounds.shortest, "at least", len(value) < bounds.shortest),
        (bounds.longest, "at most", bounds.longest is not None and len(value) > bounds.longest),
    ):
        if wrong:
            return Problem(f"Must have {words} {limit} {one if limit == 1 else many}.")
    return None


def _unsendable(value: Any) -> Problem | None:
    try:
        msgspec.msgpack.encode(value)
    except OverflowError:
        return Problem("Has a number that does not fit 64 bits: make it smaller, or a text.")
    except (UnicodeEncodeError, RecursionError):
        return Problem("Has a character that cannot be sent: remove it.")
    return None


# what is shown


def _printed_entry(field: Field, entry: Any) -> str:
    """Return the line for an entry: a text as it is where that cannot be taken for JSON."""
    if not isinstance(entry, str):
        return _encoded(entry)
    bare = entry.strip() == entry != "" and entry.isprintable() and _entry(field, entry) == entry
    return entry if bare else json.dumps(entry)


def _pretty(value: Any) -> str:
    plain = msgspec.to_builtins(value, str_keys=True, enc_hook=str)
    flat = json.dumps(plain, ensure_ascii=False)
    indent = None if len(flat) <= _FLAT_CHARACTERS else 2
    return json.dumps(plain, indent=indent, ensure_ascii=not flat.isprintable())


def _encoded(value: Any) -> str:
    return msgspec.json.encode(value, enc_hook=str).decode()
