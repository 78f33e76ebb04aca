"""`key=value` words, read by the types of a template's JSON Schema."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from revo_edge.errors import BadRequest, did_you_mean

Schema = Mapping[str, Any]
_FLAGS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def read_pairs(words: Sequence[str], params: Schema) -> dict[str, Any]:
    """Return the values by key; a repeated key makes a list. Raises BadRequest that names the key."""
    texts: dict[str, list[str]] = {}
    for word in words:
        key, equals, text = word.partition("=")
        if not (key and equals):
            raise BadRequest(f'"{word}" is not key=value. There are: {_known(params)}.')
        field_of(key, params)
        texts.setdefault(key, []).append(text)
    return {key: _read(key, found, field_of(key, params)) for key, found in texts.items()}


def field_of(key: str, params: Schema) -> Schema:
    """Return the schema of a parameter; raise BadRequest with the nearest name."""
    properties: dict[str, Schema] = params["properties"]
    if key not in properties:
        hint = did_you_mean(key, properties) or f" There are: {_known(params)}."
        raise BadRequest(f'There is no parameter "{key}".{hint}')
    return properties[key]


def check(values: Mapping[str, Any], params: Schema) -> None:
    """Raise BadRequest when a key is unknown or missing, or a value is outside of its bounds."""
    for key, value in values.items():
        _check_bounds(key, value, inner(field_of(key, params)))
    missing = [key for key in params.get("required", ()) if key not in values]
    if missing:
        raise BadRequest(f"{missing[0]} must be given: add {missing[0]}=VALUE.")


def inner(field: Schema) -> Schema:
    """Return the branch beside null of a field that may be left out, else the field."""
    options = [option for option in field.get("anyOf", ()) if option != {"type": "null"}]
    return options[0] if len(options) == 1 else field


def type_of(field: Schema) -> str:
    """Return the type in a word: integer, number, boolean, text, list, or JSON."""
    names = {"string": "text", "array": "list", "object": "JSON"}
    found = str(inner(field).get("type", "JSON"))
    return names.get(found, found)


def default_of(field: Schema) -> str:
    """Return the default as JSON, or an empty text."""
    found = field.get("default")
    return "" if found is None else json.dumps(found)


def bounds_of(field: Schema) -> str:
    """Return the bounds in words, or an empty text."""
    found = inner(field)
    if "enum" in found:
        return " | ".join(map(str, found["enum"]))
    signs = (
        ("minimum", ">="),
        ("exclusiveMinimum", ">"),
        ("maximum", "<="),
        ("exclusiveMaximum", "<"),
    )
    return ", ".join(f"{sign} {found[name]}" for name, sign in signs if name in found)


def _known(params: Schema) -> str:
    return ", ".join(params["properties"])


def _read(key: str, texts: list[str], field: Schema) -> Any:
    if inner(field).get("type") == "array":
        return _read_list(key, texts, inner(field).get("items", {}))
    if len(texts) > 1:
        raise BadRequest(f"{key} is given {len(texts)} times, and it is no list. Give it once.")
    return _read_one(key, texts[0], field)


def _read_list(key: str, texts: list[str], item: Schema) -> list[Any]:
    if len(texts) == 1 and texts[0].startswith("["):
        found = _json(key, texts[0])
        return list(found)
    return [_read_one(key, text, item) if item.get("type") else text for text in texts]


def _read_one(key: str, text: str, field: Schema) -> Any:
    type_ = inner(field).get("type")
    if text == "null" and "anyOf" in field:
        return None
    if type_ == "string":
        return text
    if type_ == "boolean":
        if text.lower() not in _FLAGS:
            raise BadRequest(f'{key}: "{text}" is neither true nor false.')
        return _FLAGS[text.lower()]
    if type_ in ("integer", "number"):
        return _number(key, text, whole=type_ == "integer")
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _number(key: str, text: str, *, whole: bool) -> int | float:
    try:
        return int(text) if whole else float(text)
    except ValueError:
        what = "a whole number" if whole else "a number"
        raise BadRequest(f'{key}: "{text}" is not {what}.') from None


def _json(key: str, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise BadRequest(f"{key}: this is not a JSON list: {error}.") from None


def _check_bounds(key: str, value: Any, field: Schema) -> None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        for name, wrong, words in (
            ("minimum", value < field.get("minimum", value), "at least"),
            ("maximum", value > field.get("maximum", value), "at most"),
        ):
            if wrong:
                raise BadRequest(f"{key} must be {words} {field[name]}, not {value}.")
    if "enum" in field and value not in field["enum"] and value is not None:
        hint = did_you_mean(str(value), map(str, field["enum"]))
        raise BadRequest(f'{key} is {bounds_of(field)}, not "{value}".{hint}')
