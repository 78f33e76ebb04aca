"""The text of a new template: every parameter as a comment, ready to be changed."""

import json
import re
from collections.abc import Iterator
from typing import Any

from revo_edge.cli import values
from revo_edge.contract.templates import TemplateInfo

_NAME_LINE = re.compile(r"^name\s*=.*$", re.MULTILINE)
_EMPTY = {"list": [], "boolean": False, "JSON": None}


def new_text(name: str, info: TemplateInfo) -> str:
    """Return a template of a kind that changes nothing yet; `info` is the kind's plain one."""
    return "\n".join(
        (
            f"# A template of {info.kind}. Take the # away before what you want to change.",
            f"name = {_toml(name)}",
            f"kind = {_toml(info.kind)}",
            f"title = {_toml(name)}",
            f"summary = {_toml(_summary(info))}",
            "",
            "# What a form shows, in this order. What is left out has its default.",
            f"# order = {_toml(list(info.order))}",
            *_fields(info, set()),
            "",
            f"# Values to begin with: revo run {name} --preset careful",
            "# [presets.careful]",
            "",
        )
    )


def copied_text(name: str, source: str, info: TemplateInfo, said: set[str]) -> str:
    """Return the text of another template under a new name, with the parameters it says nothing of."""
    head = _NAME_LINE.sub(lambda _: f"name = {_toml(name)}", source, count=1).rstrip("\n")
    return "\n".join((head, *_fields(info, said), ""))


def _summary(info: TemplateInfo) -> str:
    return str(info.params.get("description", info.title)).splitlines()[0]


def _fields(info: TemplateInfo, said: set[str]) -> Iterator[str]:
    needed = info.params.get("required", ())
    for key, field in info.params["properties"].items():
        if key not in said:
            yield ""
            yield f"# {key}: {_words(field, needed=key in needed)}"
            yield f"# [fields.{key}]"
            yield from (f"# {line}" for line in _view(field, needed=key in needed))


def _words(field: values.Schema, *, needed: bool) -> str:
    default = values.default_of(field)
    facts = [values.type_of(field), values.bounds_of(field)]
    facts.append("must be given" if needed else f"default {default}" if default else "")
    about = " ".join(str(field.get("description", "")).split())
    return ", ".join(filter(None, facts)) + (f". {about}" if about else "")


def _view(field: values.Schema, *, needed: bool) -> Iterator[str]:
    """Yield what may be set of a field, with the kind's own values."""
    inner = values.inner(field)
    known = field.get("default")
    default = _sample(inner) if known is None else known
    if _can_be_toml(default):
        yield f"default = {_toml(default)}" + ("  # it has none" if known is None else "")
    for name, bound in (("min", "minimum"), ("max", "maximum")):
        if bound in inner:
            yield f"{name} = {inner[bound]}"
    if "enum" in inner and all(isinstance(choice, str) for choice in inner["enum"]):
        yield f"choices = {_toml(list(inner['enum']))}"
    if not needed:
        yield "hidden = false"


def _sample(inner: values.Schema) -> Any:
    """Return a value that fits, for a parameter without a default."""
    if inner.get("enum"):
        return inner["enum"][0]
    if inner.get("format") == "path":
        return "/the/path"
    type_ = values.type_of(inner)
    if type_ == "text":
        return "x" * inner.get("minLength", 0)
    if type_ in _EMPTY:
        return _EMPTY[type_]
    least = inner.get("minimum", inner.get("exclusiveMinimum", 0) + 1)
    return min(least, inner.get("maximum", least))


def _can_be_toml(value: object) -> bool:
    if isinstance(value, list):
        return all(_can_be_toml(item) for item in value)
    return isinstance(value, str | int | float)


def _toml(value: object) -> str:
    """Return a text, number, boolean or list as TOML, which writes these as JSON does."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
