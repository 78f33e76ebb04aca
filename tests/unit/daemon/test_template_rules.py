from typing import Any

import pytest

from revo_edge.contract.templates import FieldView, Template, TemplateInfo
from revo_edge.daemon.template_rules import info_of, template_of
from revo_edge.engines.registry import Registry
from revo_edge.errors import BadRequest


def info(**parts: Any) -> TemplateInfo:
    return info_of(Template("t", **{"kind": "parallel.map", "title": "T"} | parts), Registry())


def test_a_template_narrows_bounds() -> None:
    views = {
        "concurrency": FieldView(min=1, max=8, default=4),
        "memory_mb": FieldView(max=512),
        "function": FieldView(choices=("a:b", "c:d"), default="a:b", hidden=True),
    }
    properties = info(fields=views).params["properties"]
    assert (properties["concurrency"]["minimum"], properties["concurrency"]["maximum"]) == (1, 8)
    assert properties["concurrency"]["default"] == 4
    assert properties["memory_mb"]["anyOf"][0]["maximum"] == 512
    assert properties["function"]["enum"] == ["a:b", "c:d"]
    assert properties["function"]["x-hidden"]


def test_a_default_makes_a_required_parameter_optional() -> None:
    given = {"path": FieldView(default="/srv", hidden=True)}
    assert info(kind="parallel.analyze", fields=given).params["required"] == []


@pytest.mark.parametrize(
    ("parts", "path", "words"),
    [
        ({"kind": "parallel.mapp"}, "kind", 'Did you mean "parallel.map"'),
        ({"kind": "parallel.item"}, "kind", "no kind"),
        ({"order": ("funktion",)}, "order.funktion", 'Did you mean "function"'),
        ({"fields": {"funktion": FieldView()}}, "fields.funktion", 'mean "function"'),
        ({"fields": {"concurrency": FieldView(max=65)}}, "fields.concurrency.max", "wider"),
        ({"fields": {"concurrency": FieldView(min=-1)}}, "fields.concurrency.min", "wider"),
        ({"fields": {"concurrency": FieldView(min=9, max=8)}}, "fields.concurrency.min", "greater"),
        ({"fields": {"function": FieldView(min=1)}}, "fields.function.min", "for numbers"),
        ({"fields": {"concurrency": FieldView(min=1)}}, "fields.concurrency", "0 is below"),
        (
            {"fields": {"concurrency": FieldView(max=8, default=9)}},
            "fields.concurrency.default",
            "9 is above",
        ),
        (
            {"fields": {"item_retries": FieldView(choices=("a",))}},
            "fields.item_retries.choices",
            "texts",
        ),
        ({"presets": {"p": {"inputz": []}}}, "presets.p.inputz", 'mean "inputs"'),
        ({"presets": {"p": {"concurrency": "x"}}}, "presets.p.concurrency", "does not fit"),
        (
            {"kind": "parallel.analyze", "fields": {"path": FieldView(hidden=True)}},
            "fields.path.hidden",
            "must be given",
        ),
    ],
)
def test_what_a_template_may_not_say_is_named(parts: dict[str, Any], path: str, words: str) -> None:
    with pytest.raises(BadRequest) as caught:
        info(**parts)
    assert caught.value.detail == {"path": path.split(".")}
    assert words in caught.value.msg


def test_wrong_fields_and_types_of_a_file_carry_their_path() -> None:
    raw = {"name": "a", "kind": "b", "title": "c"}
    for extra, path in (
        ({"ordre": []}, ["ordre"]),
        ({"fields": {"x": {"mni": 1}}}, ["fields", "x", "mni"]),
        ({"fields": {"x": {"min": "1"}}}, ["fields", "x", "min"]),
        ({"title": 1}, ["title"]),
    ):
        with pytest.raises(BadRequest) as caught:
            template_of(raw | extra)
        assert caught.value.detail == {"path": path}
