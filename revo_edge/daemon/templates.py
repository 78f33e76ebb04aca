"""The templates that ship with the package: read, checked against their kinds, published."""

import tomllib
from pathlib import Path
from typing import Any

import msgspec

from revo_edge.contract.codec import convert
from revo_edge.contract.templates import FieldView, Template, TemplateInfo
from revo_edge.engines.registry import Registry
from revo_edge.errors import BadRequest, NotFound, did_you_mean

SHIPPED = Path(__file__).resolve().parents[1] / "templates"


class Templates:
    """All templates by name; a kind without one is shown through a plain template of its own."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._infos = {template.name: self._info(template) for template in _shipped()}
        shown = {info.kind for info in self._infos.values()}
        for kind in registry.kinds.values():
            if not kind.child and kind.name not in shown:
                plain = Template(kind.name, kind.name, kind.title)
                self._infos[kind.name] = self._info(plain)

    def all(self) -> tuple[TemplateInfo, ...]:
        """Return every template, by name."""
        return tuple(self._infos[name] for name in sorted(self._infos))

    def get(self, name: str) -> TemplateInfo:
        """Return the template of that name, or of that kind; raise NotFound."""
        if name in self._infos:
            return self._infos[name]
        for info in self._infos.values():
            if info.kind == name:
                return info
        hint = did_you_mean(name, self._infos)
        raise NotFound(f'There is no template "{name}".{hint} `revo api template.list` lists them.')

    def _info(self, template: Template) -> TemplateInfo:
        schema = _flat(self._registry.schema(template.kind))
        properties: dict[str, Any] = schema["properties"]
        for field, view in template.fields.items():
            if field not in properties:
                hint = did_you_mean(field, properties)
                raise BadRequest(f"template {template.name}: no parameter {field}.{hint}")
            _narrow(properties[field], view)
        order = template.order or tuple(properties)
        unknown = [name for name in order if name not in properties]
        if unknown:
            hint = did_you_mean(unknown[0], properties)
            raise BadRequest(f"template {template.name}: no parameter {unknown[0]}.{hint}")
        return TemplateInfo(
            template.name,
            template.kind,
            template.title,
            template.summary,
            order,
            template.presets,
            schema,
        )


def _shipped() -> list[Template]:
    found = sorted(SHIPPED.glob("*.toml"))
    return [convert(tomllib.loads(f.read_text(encoding="utf-8")), Template) for f in found]


def _flat(schema: dict[str, Any]) -> dict[str, Any]:
    """Resolve the top-level `$ref`, so that `properties` stand at the top."""
    name = schema.get("$ref", "").rpartition("/")[2]
    top = dict(schema["$defs"].pop(name)) if name else dict(schema)
    if schema.get("$defs"):
        top["$defs"] = schema["$defs"]
    top["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return top


def _narrow(field: dict[str, Any], view: FieldView) -> None:
    """Put the template's narrower bounds into the field's schema."""
    if view.min is not None:
        field["minimum"] = max(view.min, field.get("minimum", view.min))
    if view.max is not None:
        field["maximum"] = min(view.max, field.get("maximum", view.max))
    if view.choices:
        field["enum"] = [c for c in view.choices if c in field.get("enum", view.choices)]
    if view.default is not None:
        field["default"] = msgspec.to_builtins(view.default)
    if view.hidden:
        field["x-hidden"] = True
