"""What a template may say of a kind: its own words, and bounds that are only narrower."""

from collections.abc import Iterable
from typing import Any, NoReturn, TypeVar

import msgspec

from revo_edge.contract.codec import convert
from revo_edge.contract.templates import FieldView, Template, TemplateInfo
from revo_edge.engines.registry import Registry
from revo_edge.errors import BadRequest, RevoError, did_you_mean

Schema = dict[str, Any]
T = TypeVar("T")


def template_of(raw: dict[str, Any]) -> Template:
    """Fit a file's values into a Template; raise BadRequest whose detail has the key's path."""
    _known(raw, msgspec.structs.fields(Template), ())
    fields = raw.get("fields", {})
    for name, view in fields.items() if isinstance(fields, dict) else ():
        if isinstance(view, dict):
            _known(view, msgspec.structs.fields(FieldView), ("fields", name))
            _fitted(view, FieldView, ("fields", name))
    return _fitted(raw, Template, ())


def info_of(template: Template, registry: Registry) -> TemplateInfo:
    """Return the public record; raise BadRequest whose detail has the path of the wrong key."""
    submittable = [kind.name for kind in registry.kinds.values() if not kind.child]
    _listed(template.kind, submittable, ("kind",), "kind")
    types = {f.encode_name: f.type for f in msgspec.structs.fields(_params(registry, template))}
    schema = _flat(registry.schema(template.kind))
    properties: dict[str, Any] = schema["properties"]
    for name in template.order:
        _listed(name, properties, ("order", name), "parameter")
    for name, view in template.fields.items():
        _listed(name, properties, ("fields", name), "parameter")
        _narrow(properties[name], view, types[name], ("fields", name))
        _required(schema, name, view)
    for preset, values in template.presets.items():
        for name, value in values.items():
            path = ("presets", preset, name)
            _listed(name, properties, path, "parameter")
            check_value(properties[name], types[name], value, path)
    order = template.order or tuple(properties)
    words = (template.name, template.kind, template.title, template.summary)
    return TemplateInfo(*words, order, template.presets, schema)


def check_value(field: Schema, type_: object, value: object, path: tuple[str, ...]) -> None:
    """Raise BadRequest when a value is outside of the kind's type or the template's bounds."""
    try:
        msgspec.convert(value, type_)
    except msgspec.ValidationError as error:
        _wrong(path, f"{value!r} does not fit: {error}.")
    inner = _inner(field)
    if isinstance(value, int | float) and not isinstance(value, bool):
        if value < inner.get("minimum", value):
            _wrong(path, f"{value} is below the minimum {inner['minimum']}.")
        if value > inner.get("maximum", value):
            _wrong(path, f"{value} is above the maximum {inner['maximum']}.")
    if isinstance(value, str) and value not in inner.get("enum", (value,)):
        hint = did_you_mean(value, map(str, inner["enum"]))
        _wrong(path, f'"{value}" is none of the choices.{hint}')


def _params(registry: Registry, template: Template) -> type[msgspec.Struct]:
    return registry.kind(template.kind).params


def _narrow(field: Schema, view: FieldView, type_: object, path: tuple[str, ...]) -> None:
    """Put the template's narrower bounds into the field's schema."""
    inner = _inner(field)
    _check_bounds(inner, view, path)
    if view.min is not None:
        inner["minimum"] = _plain(view.min)
    if view.max is not None:
        inner["maximum"] = _plain(view.max)
    if view.choices:
        _check_choices(inner, view, path)
        inner["enum"] = list(view.choices)
    if view.default is not None:
        field["default"] = msgspec.to_builtins(view.default)
        field["x-own-default"] = True  # the kind knows another one, so it must be sent
    if view.hidden:
        field["x-hidden"] = True
    if field.get("default") is not None and view != FieldView(hidden=view.hidden):
        where = path if view.default is None else (*path, "default")
        check_value(field, type_, field["default"], where)


def _check_bounds(inner: Schema, view: FieldView, path: tuple[str, ...]) -> None:
    least = inner.get("minimum", inner.get("exclusiveMinimum"))
    most = inner.get("maximum", inner.get("exclusiveMaximum"))
    for name, bound in (("min", view.min), ("max", view.max)):
        if bound is not None and inner.get("type") not in ("integer", "number"):
            _wrong((*path, name), f"{name} is for numbers, and {path[-1]} is none. Remove it.")
    if view.min is not None and least is not None and view.min < least:
        _wrong((*path, "min"), f"min {view.min:g} is wider than the kind's {least}. Raise it.")
    if view.max is not None and most is not None and view.max > most:
        _wrong((*path, "max"), f"max {view.max:g} is wider than the kind's {most}. Lower it.")
    low = least if view.min is None else view.min
    high = most if view.max is None else view.max
    if low is not None and high is not None and low > high:
        last = "min" if view.min is not None else "max"
        _wrong((*path, last), f"min {low:g} is greater than max {high:g}. Swap them.")


def _check_choices(inner: Schema, view: FieldView, path: tuple[str, ...]) -> None:
    if inner.get("type", "string") != "string":
        _wrong((*path, "choices"), f"choices are for texts, and {path[-1]} is none. Remove them.")
    for choice in view.choices:
        if choice not in inner.get("enum", view.choices):
            hint = did_you_mean(choice, map(str, inner["enum"]))
            _wrong((*path, "choices", choice), f'The kind has no choice "{choice}".{hint}')


def _required(schema: Schema, name: str, view: FieldView) -> None:
    """A parameter with a default of the template need not be given."""
    needed = schema.get("required", [])
    if name in needed and view.default is not None:
        schema["required"] = [other for other in needed if other != name]
    elif name in needed and view.hidden:
        text = f"{name} is hidden but must be given. Add a default, or show it."
        _wrong(("fields", name, "hidden"), text)


def _inner(field: Schema) -> Schema:
    """Return where the bounds stand: the branch beside null of a field that may be left out."""
    options = [option for option in field.get("anyOf", ()) if option != {"type": "null"}]
    return options[0] if len(options) == 1 else field


def _plain(bound: float) -> int | float:
    return int(bound) if float(bound).is_integer() else bound


def _flat(schema: Schema) -> Schema:
    """Resolve the top-level `$ref`, so that `properties` stand at the top."""
    name = schema.get("$ref", "").rpartition("/")[2]
    top = dict(schema["$defs"].pop(name)) if name else dict(schema)
    if schema.get("$defs"):
        top["$defs"] = schema["$defs"]
    top["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return top


def _known(
    raw: dict[str, Any], fields: Iterable[msgspec.structs.FieldInfo], path: tuple[str, ...]
) -> None:
    names = [field.encode_name for field in fields]
    for key in raw:
        _listed(key, names, (*path, key), "field")


def _listed(name: str, known: Iterable[str], path: tuple[str, ...], what: str) -> None:
    options = list(known)
    if name not in options:
        hint = did_you_mean(name, options) or f" There are: {', '.join(options)}."
        _wrong(path, f"no {what} {name}.{hint}")


def _fitted(raw: dict[str, Any], kind: type[T], path: tuple[str, ...]) -> T:
    try:
        return convert(raw, kind)
    except RevoError as error:
        _, _, place = error.msg.partition("$.")
        inside = place.partition("`")[0].partition("[")[0]
        _wrong((*path, *filter(None, inside.split("."))), error.msg)


def _wrong(path: tuple[str, ...], text: str) -> NoReturn:
    raise BadRequest(text, detail={"path": list(path)})
