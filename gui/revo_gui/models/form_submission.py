"""What can be submitted; from a form to a TaskSpec, and from an earlier one back to a form."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from revo_edge.contract.events import EngineInfo
from revo_edge.contract.tasks import TaskSpec
from revo_edge.contract.templates import TemplateInfo
from revo_gui.models.form_fields import Bounds, Field, FieldKind
from revo_gui.models.text import one_line

EXTRA = Field(
    "*",
    "Other parameters",
    FieldKind.JSON,
    help="What the template has no field for, as a JSON object.",
    default={},
    holds="object",
)
TITLE_LIMIT = 200
_ABSENCES_LIMIT = 400
_TITLE = Field(
    "title",
    "Title",
    FieldKind.TEXT,
    help="Shown in every list; empty: made from the parameters.",
    default="",
    bounds=Bounds(longest=TITLE_LIMIT),
)
_OTHERS = (
    Field(
        "python",
        "Python interpreter",
        FieldKind.PATH,
        help="Runs your functions; empty: the .venv of the folder, else python3.",
        default=None,
        nullable=True,
        relative=True,
    ),
    Field(
        "queue",
        "Queue",
        FieldKind.TEXT,
        help="It exists once it is named.",
        default="default",
        bounds=Bounds(shortest=1, longest=64),
    ),
    Field(
        "priority",
        "Priority",
        FieldKind.INTEGER,
        help="Higher runs first. -100 to 100.",
        default=0,
        bounds=Bounds(least=-100, most=100),
    ),
    Field(
        "group",
        "Group",
        FieldKind.TEXT,
        help="What it belongs to: letters, digits, dots, hyphens and underscores.",
        default=None,
        nullable=True,
        bounds=Bounds(longest=64, pattern=re.compile(r"^[A-Za-z0-9._-]+$")),
    ),
    Field(
        "timeout_s",
        "Timeout (s)",
        FieldKind.NUMBER,
        help="An attempt that takes longer fails.",
        default=None,
        nullable=True,
        bounds=Bounds(above=0),
    ),
    Field(
        "retries",
        "Retries",
        FieldKind.INTEGER,
        help="Further attempts of the task. 0 to 100.",
        default=0,
        bounds=Bounds(least=0, most=100),
    ),
)
_TITLED_BY = (FieldKind.TEXT, FieldKind.PATH)


def engine_of(kind: str) -> str:
    """Return the engine that a kind's name begins with."""
    return kind.partition(".")[0]


def offered(templates: Iterable[TemplateInfo], engines: Iterable[EngineInfo]) -> list[TemplateInfo]:
    """Return the templates of engines that are there: made ones first, then plain kinds."""
    absent = {engine.name for engine in engines if engine.status == "absent"}
    found = [template for template in templates if engine_of(template.kind) not in absent]
    return sorted(found, key=lambda template: (template.name == template.kind, template.title))


def absences(engines: Iterable[EngineInfo]) -> str:
    """Return in words which engines are not there and why."""
    named: dict[str, list[str]] = {}
    for engine in engines:
        if engine.status == "absent":
            named.setdefault(engine.detail or "Not there.", []).append(engine.title)
    said = (f"{', '.join(titles)}: {why[0].lower()}{why[1:]}" for why, titles in named.items())
    return one_line(" ".join(said), _ABSENCES_LIMIT)


def spec_fields(home: Path) -> tuple[Field, ...]:
    """Return the fields that every task has; `home` is the working folder when none is chosen."""
    folder = Field(
        "cwd",
        "Working folder",
        FieldKind.PATH,
        help="Where functions and commands run.",
        required=True,
        default=str(home),
        folder=True,
    )
    return (_TITLE, folder, *_OTHERS)


def begun(template: TemplateInfo, earlier: TaskSpec | None) -> TaskSpec:
    """Return a spec with what no field shows; an earlier one's time and dependencies are past."""
    if earlier is None:
        return TaskSpec(template.kind)
    return TaskSpec(
        template.kind,
        params_blob=earlier.params_blob,
        backoff_s=earlier.backoff_s,
        on_lost=earlier.on_lost,
        env=earlier.env,
    )


def extra_params(fields: Iterable[Field], params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that no field shows."""
    known = {field.name for field in fields}
    return {name: value for name, value in params.items() if name not in known}


def own_defaults(template: TemplateInfo) -> dict[str, Any]:
    """Return the defaults that are the template's own: the kind has others, so they are sent."""
    fields: dict[str, Any] = template.params.get("properties", {})
    return {name: f["default"] for name, f in fields.items() if f.get("x-own-default")}


def title_of(template: TemplateInfo, fields: Iterable[Field], params: Mapping[str, Any]) -> str:
    """Return a title as the command line gives one: the template and its first words."""
    for field in fields:
        value = params.get(field.name)
        if field.kind in _TITLED_BY and isinstance(value, str) and value:
            named = Path(value).name if field.kind is FieldKind.PATH else value
            return f"{template.name} {named or value}"[:TITLE_LIMIT]
    return template.title[:TITLE_LIMIT]


def unknown_template(kind: str) -> TemplateInfo:
    """Return a template for a kind that the daemon does not offer: everything is JSON."""
    return TemplateInfo(kind, kind, kind, "The daemon offers no such kind now.", (), {}, {})
