"""The fields of a form, read from the JSON Schema of a template."""

import math
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from msgspec import UNSET

from revo_edge.contract.templates import TemplateInfo
from revo_gui.models.form_fields import Bounds, Field, FieldKind, label_of
from revo_gui.models.text import one_line

Schema = dict[str, Any]
TITLE_LIMIT = 36
HELP_LIMIT = 400
_LONG_TEXT_CHARACTERS = 1000
_REFERENCES_FOLLOWED = 4
_PATH_WORDS = {"path", "file", "folder", "directory", "dir", "root", "out"}
_PATHS_WORDS = {"paths", "files", "folders", "directories", "dirs", "roots", "exclude"}
_FOLDER_WORDS = {"folder", "folders", "directory", "dir", "root", "roots", "tree"}
_LONG_WORDS = {"text", "body", "content", "stdin", "prompt", "note"}
_UNITS = MappingProxyType({"s": "s", "ms": "ms", "mb": "MB", "bytes": "bytes"})
_PLAIN: Mapping[object, FieldKind] = MappingProxyType(
    {
        "boolean": FieldKind.FLAG,
        "integer": FieldKind.INTEGER,
        "number": FieldKind.NUMBER,
    }
)


def fields_of(info: TemplateInfo) -> tuple[Field, ...]:
    """Return the template's fields in its order; a shape that is not known becomes JSON."""
    properties = _mapping(info.params.get("properties"))
    definitions = _mapping(info.params.get("$defs"))
    listed = info.params.get("required")
    needed = [name for name in properties if isinstance(listed, list) and name in listed]
    order = dict.fromkeys([*(name for name in info.order if name in properties), *needed])
    return tuple(
        _field(name, _mapping(properties[name]), definitions, required=name in needed)
        for name in order
        if not _mapping(properties[name]).get("x-hidden")
    )


def _field(name: str, raw: Schema, definitions: Schema, *, required: bool) -> Field:
    schema, nullable = _unwrap(raw, definitions)
    kind, choices = _kind(name, schema, nullable=nullable)
    bounds = _bounds(schema)
    title = _text(schema, "title") or _titled(name)
    words = {*name.split("_"), *title.lower().split()}
    return Field(
        name=name,
        title=one_line(title, TITLE_LIMIT),
        kind=kind,
        help=one_line(" ".join([_text(schema, "description"), _range(bounds)]), HELP_LIMIT),
        required=required,
        default=schema.get("default", UNSET),
        nullable=nullable,
        bounds=bounds,
        choices=choices,
        holds=_held(kind, schema),
        folder=bool(words & _FOLDER_WORDS),
    )


def _unwrap(schema: Schema, definitions: Schema) -> tuple[Schema, bool]:
    """Follow references and take null out of a choice of two; the field's own words stay."""
    own = {key: value for key, value in schema.items() if key not in ("$ref", "anyOf", "oneOf")}
    nullable = False
    for _ in range(_REFERENCES_FOLLOWED):
        options = schema.get("anyOf") or schema.get("oneOf")
        reference = schema.get("$ref")
        if isinstance(reference, str):
            schema = _mapping(definitions.get(reference.rpartition("/")[2]))
        elif isinstance(options, list) and len(options) == 2 and {"type": "null"} in options:
            nullable = True
            schema = _mapping(options[options.index({"type": "null"}) - 1])
        else:
            break
    inner = {key: value for key, value in schema.items() if key not in ("title", "description")}
    return {**inner, **own}, nullable


def _kind(name: str, schema: Schema, *, nullable: bool) -> tuple[FieldKind, tuple[Any, ...]]:
    options = schema.get("enum")
    type_ = schema.get("type")
    if isinstance(options, list) and options and _tellable(options):
        return FieldKind.CHOICE, tuple(options)
    if type_ == "boolean" and nullable:
        return FieldKind.CHOICE, (True, False)
    if type_ == "string":
        return _text_kind(name, schema), ()
    if type_ == "array":
        return _list_kind(name, schema), ()
    plain = isinstance(type_, str) and "enum" not in schema
    return (_PLAIN.get(type_, FieldKind.JSON) if plain else FieldKind.JSON), ()


def _tellable(options: list[Any]) -> bool:
    """Tell whether all are plain values that look different."""
    plain = all(option is None or isinstance(option, str | int | float) for option in options)
    return plain and len({label_of(option) for option in options}) == len(options)


def _text_kind(name: str, schema: Schema) -> FieldKind:
    if set(name.split("_")) & _PATH_WORDS or schema.get("format") == "path":
        return FieldKind.PATH
    roomy = (_number(schema, "maxLength") or 0) >= _LONG_TEXT_CHARACTERS
    long = roomy or name in _LONG_WORDS or "\n" in _text(schema, "default")
    return FieldKind.LONG_TEXT if long else FieldKind.TEXT


def _list_kind(name: str, schema: Schema) -> FieldKind:
    held = _held(FieldKind.LIST, schema)
    if "prefixItems" in schema or held not in ("", "string", "integer", "number"):
        return FieldKind.JSON
    paths = name in _PATHS_WORDS or _mapping(schema.get("items")).get("format") == "path"
    return FieldKind.PATHS if held == "string" and paths else FieldKind.LIST


def _held(kind: FieldKind, schema: Schema) -> str:
    """Return the JSON type of a list's entries, or the one that a JSON field must have."""
    if kind in (FieldKind.LIST, FieldKind.PATHS):
        items = _mapping(schema.get("items"))
        return _text(items, "type") or ("object" if items else "")
    wanted = _text(schema, "type")
    return wanted if kind is FieldKind.JSON and wanted in ("object", "array") else ""


def _bounds(schema: Schema) -> Bounds:
    longest = _number(schema, "maxLength") or _number(schema, "maxItems")
    return Bounds(
        least=_number(schema, "minimum"),
        most=_number(schema, "maximum"),
        above=_number(schema, "exclusiveMinimum"),
        below=_number(schema, "exclusiveMaximum"),
        shortest=int(_number(schema, "minLength") or _number(schema, "minItems") or 0),
        longest=None if longest is None else int(longest),
        pattern=_pattern(
            _text(schema, "pattern") or _text(_mapping(schema.get("items")), "pattern")
        ),
    )


def _pattern(text: str) -> re.Pattern[str] | None:
    """Compile a pattern; one that is none is left to the daemon, which refuses what does not fit."""
    try:
        return re.compile(text) if text else None
    except re.error:
        return None


def _range(bounds: Bounds) -> str:
    if bounds.least is None or bounds.most is None:
        return ""
    return f"{bounds.least} to {bounds.most}."


def _titled(name: str) -> str:
    """Return words for a name: `item_timeout_s` is `Item timeout (s)`."""
    stem, _, unit = name.rpartition("_")
    words = f"{stem} ({_UNITS[unit]})" if stem and unit in _UNITS else name
    plain = words.replace("_", " ").strip()
    return plain[:1].upper() + plain[1:]


def _mapping(value: object) -> Schema:
    return value if isinstance(value, dict) else {}


def _text(schema: Schema, key: str) -> str:
    found = schema.get(key)
    return found if isinstance(found, str) else ""


def _number(schema: Schema, key: str) -> float | None:
    found = schema.get(key)
    if not isinstance(found, int | float) or isinstance(found, bool):
        return None
    return found if math.isfinite(found) else None
