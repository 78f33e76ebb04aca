"""Templates: a named, ordered, narrowed view of one kind's params, written in TOML."""

from typing import Any

import msgspec


class FieldView(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How a template shows one parameter; bounds may only be narrower than the kind's own."""

    default: Any = None
    hidden: bool = False
    min: float | None = None
    max: float | None = None
    choices: tuple[str, ...] = ()


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One template file. `order` names the parameters in the order a form shows them."""

    name: str
    kind: str
    title: str
    summary: str = ""
    order: tuple[str, ...] = ()
    fields: dict[str, FieldView] = {}
    presets: dict[str, dict[str, Any]] = {}


class TemplateInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """The public record of a template; `params` is a JSON Schema with the template's bounds."""

    name: str
    kind: str
    title: str
    summary: str
    order: tuple[str, ...]
    presets: dict[str, dict[str, Any]]
    params: dict[str, Any]
    file: str = ""
    """Where the user wrote it; empty for one that ships."""


class BrokenTemplate(msgspec.Struct, frozen=True):
    """A template file that cannot be used: the line (from 1) and what to do about it."""

    name: str
    file: str
    line: int
    msg: str

    @property
    def text(self) -> str:
        """The whole sentence, as compilers write it."""
        return f"{self.file}:{self.line}: {self.msg}"
