"""Fields from schemas, and values from what is typed: no Qt, no daemon."""

import re
import string
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revo_edge.contract.events import EngineInfo
from revo_edge.contract.tasks import TaskSpec
from revo_edge.contract.templates import TemplateInfo
from revo_gui.models.form_fields import (
    Bounds,
    Field,
    FieldKind,
    Given,
    Problem,
    check,
    parse,
    printed,
    read,
)
from revo_gui.models.form_schema import fields_of
from revo_gui.models.form_submission import (
    absences,
    begun,
    extra_params,
    offered,
    spec_fields,
    title_of,
)

K = FieldKind


def template(properties: Any, **more: Any) -> TemplateInfo:
    params = {"properties": properties, **more}
    order = tuple(properties) if isinstance(properties, dict) else ()
    return TemplateInfo("n", "a.n", "T", "", order, {}, params)


def one(schema: Any, name: str = "x") -> Field:
    return fields_of(template({name: schema}))[0]


# schema -> fields


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string"}, K.TEXT),
        ({"type": "string", "maxLength": 5000}, K.LONG_TEXT),
        ({"type": "string", "default": "a\nb"}, K.LONG_TEXT),
        ({"type": "integer"}, K.INTEGER),
        ({"type": "number"}, K.NUMBER),
        ({"type": "boolean"}, K.FLAG),
        ({"enum": ["a", "b"]}, K.CHOICE),
        ({"type": "array"}, K.LIST),
        ({"type": "array", "items": {"type": "number"}}, K.LIST),
        ({"type": "array", "items": {"type": "object"}}, K.JSON),
        ({"type": "array", "prefixItems": [{"type": "string"}]}, K.JSON),
        ({"type": "object"}, K.JSON),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, K.INTEGER),
        ({"anyOf": [{"type": "null"}, {"type": "boolean"}]}, K.CHOICE),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, K.JSON),
        ({"$ref": "#/$defs/Mode"}, K.CHOICE),
        ({"enum": [{"a": 1}]}, K.JSON),
        ({"enum": ["1", 1]}, K.JSON),
        ({"type": ["string", "integer"]}, K.JSON),
        ({"type": "tomorrow"}, K.JSON),
        ({"$ref": "#/$defs/Gone"}, K.JSON),
        ({}, K.JSON),
        (True, K.JSON),
        (None, K.JSON),
    ],
)
def test_a_schema_has_its_kind_of_field_and_a_strange_one_is_json(
    schema: Any, kind: FieldKind
) -> None:
    modes = {"$defs": {"Mode": {"enum": ["fast", "slow"]}}}
    (field,) = fields_of(template({"x": schema}, **modes))
    assert field.kind is kind


def test_titles_help_bounds_and_defaults_come_from_the_schema() -> None:
    field = one(
        {
            "anyOf": [{"type": "integer", "minimum": 1, "maximum": 9}, {"type": "null"}],
            "title": "How \u202emany",
            "description": "Of them.",
            "default": None,
        }
    )
    assert field.title == "How \\u202emany"
    assert field.help == "Of them. 1 to 9."
    assert (field.nullable, field.default, field.required) == (True, None, False)
    assert field.bounds == Bounds(least=1, most=9)
    assert one({"type": "number"}, "item_timeout_s").title == "Item timeout (s)"


def test_patterns_come_from_the_schema_of_a_text_or_of_what_a_list_holds() -> None:
    text = {"type": "string", "pattern": "^[a-z]+$"}
    for schema in (text, {"type": "array", "items": text}):
        assert one(schema).bounds.pattern == re.compile("^[a-z]+$")
    assert one({"type": "string", "pattern": "["}).bounds.pattern is None


def test_paths_are_known_by_their_names() -> None:
    text, texts = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
    folder = one({**text, "title": "Folder"}, "path")
    assert (folder.kind, folder.folder) == (K.PATH, True)
    assert (one(text, "config_file").kind, one(text, "config_file").folder) == (K.PATH, False)
    assert one(texts, "files").kind is K.PATHS
    assert one(text, "pathology").kind is K.TEXT


def test_order_decides_hidden_stays_away_and_required_is_never_lost() -> None:
    properties = {"a": {}, "b": {}, "c": {"x-hidden": True}, "d": {}}
    info = msgspec.structs.replace(
        template(properties, required=["a", "zz"]), order=("b", "gone", "c")
    )
    assert [field.name for field in fields_of(info)] == ["b", "a"]
    assert [field.required for field in fields_of(info)] == [False, True]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
keywords = st.sampled_from(
    ["type", "enum", "anyOf", "$ref", "title", "description", "default", "minimum", "maxLength"]
)
types = st.sampled_from(["string", "integer", "number", "boolean", "array", "object", "null"])
schemas = st.dictionaries(keywords, json_values | types, max_size=4)


@given(
    st.dictionaries(st.text(max_size=6), schemas | json_values, max_size=3) | json_values,
    json_values,
    st.text(max_size=20),
)
def test_no_schema_breaks_a_form(properties: Any, required: Any, typed: str) -> None:
    for field in fields_of(template(properties, required=required)):
        parse(field, True if field.kind is K.FLAG else typed)
        shown = printed(field, field.default)
        assert isinstance(shown, str | bool)
        read([field], {field.name: shown})


# text -> value -> text

int64 = st.integers(-(2**63), 2**63 - 1)
sendable = st.text(st.characters(exclude_categories=["Cs"]))
sendable_json = st.recursive(
    st.none() | st.booleans() | int64 | st.floats(allow_nan=False, allow_infinity=False) | sendable,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(sendable, inner, max_size=4),
    max_leaves=10,
)
absolute = sendable.map(lambda text: f"/{text}".rstrip())
full = [
    (Field("x", "X", K.TEXT), sendable.filter(bool)),
    (Field("x", "X", K.LONG_TEXT), sendable.filter(bool)),
    (Field("x", "X", K.INTEGER), int64),
    (Field("x", "X", K.NUMBER), st.floats(allow_nan=False, allow_infinity=False) | int64),
    (Field("x", "X", K.FLAG), st.booleans()),
    (Field("x", "X", K.CHOICE, choices=("a", "1", None, 2.5, True)), st.sampled_from([None, "a"])),
    (Field("x", "X", K.PATH), absolute),
    (Field("x", "X", K.PATHS, holds="string"), st.lists(absolute, min_size=1)),
    (Field("x", "X", K.LIST), st.lists(sendable_json, min_size=1)),
    (Field("x", "X", K.LIST, holds="string"), st.lists(sendable, min_size=1)),
    (Field("x", "X", K.LIST, holds="integer"), st.lists(int64, min_size=1)),
    (Field("x", "X", K.JSON, required=True, default=1), sendable_json),
]


@given(st.sampled_from(full).flatmap(lambda pair: st.tuples(st.just(pair[0]), pair[1])))
def test_a_value_that_is_printed_and_parsed_is_the_same(pair: tuple[Field, Any]) -> None:
    field, value = pair
    assert parse(field, printed(field, value)) == value


@given(int64, int64, int64)
def test_what_is_out_of_bounds_is_always_named(least: int, most: int, value: int) -> None:
    field = Field("x", "X", K.INTEGER, bounds=Bounds(least=least, most=most))
    found = check([field], {"x": str(value)})
    assert bool(found) is (not least <= value <= most)
    if value < least:
        assert found == {"x": f"Must be at least {least}."}
    elif value > most:
        assert found == {"x": f"Must be at most {most}."}


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        (Field("x", "X", K.TEXT, required=True), "", "Must be filled in."),
        (Field("x", "X", K.JSON, required=True), " ", "Must be filled in."),
        (Field("x", "X", K.INTEGER), "2.5", "Must be a whole number, such as 5."),
        (Field("x", "X", K.INTEGER), "9" * 4500, "Must be a whole number, such as 5."),
        (Field("x", "X", K.INTEGER), "\u0663", "Must be a whole number, such as 5."),
        (Field("x", "X", K.NUMBER), "nan", "Must be a number, such as 2.5."),
        (Field("x", "X", K.NUMBER), "1e999", "Must be a number, such as 2.5."),
        (Field("x", "X", K.NUMBER, bounds=Bounds(above=0)), "0", "Must be more than 0."),
        (Field("x", "X", K.NUMBER, bounds=Bounds(below=1)), "1", "Must be less than 1."),
        (Field("x", "X", K.TEXT, bounds=Bounds(longest=1)), "ab", "Must have at most 1 character."),
        (Field("x", "X", K.LIST, bounds=Bounds(shortest=2)), "a", "Must have at least 2 entries."),
        (
            Field("x", "X", K.TEXT, help="Digits.", bounds=Bounds(pattern=re.compile("^[0-9]+$"))),
            "a1",
            "Does not fit. Digits.",
        ),
        (
            Field("x", "X", K.LIST, bounds=Bounds(pattern=re.compile("^[0-9]+$"))),
            "1a\n2b",
            "Entry 1 does not fit. Must match ^[0-9]+$",
        ),
        (
            Field("x", "X", K.LIST, holds="integer"),
            "1\n\nb",
            "Line 3: must be a whole number, such as 5.",
        ),
        (Field("x", "X", K.CHOICE, choices=("a",)), "b", "Must be one of the choices."),
        (
            Field("x", "X", K.JSON, holds="object"),
            "[]",
            'Must be a JSON object, such as {"name": 1}.',
        ),
        (Field("x", "X", K.JSON, holds="array"), "{}", "Must be a JSON list, such as [1, 2]."),
        (
            Field("x", "X", K.JSON),
            "[" * 9000,
            'Must be JSON, such as "text", 5 or {"name": [1, 2]}.',
        ),
        (
            Field("x", "X", K.JSON),
            f"[{10**30}]",
            "Has a number that does not fit 64 bits: make it smaller, or a text.",
        ),
        (Field("x", "X", K.TEXT), "\ud800", "Has a character that cannot be sent: remove it."),
        (
            Field("x", "X", K.PATH),
            "src",
            "Must be an absolute path, such as /home/you/project.",
        ),
    ],
)
def test_a_sentence_says_what_to_do(field: Field, typed: Given, sentence: str) -> None:
    assert parse(field, typed) == Problem(sentence)
    assert check([field], {"x": typed}) == {"x": sentence}


def test_what_was_left_alone_is_not_sent() -> None:
    fields = (
        Field("a", "A", K.NUMBER, default=0.0),
        Field("b", "B", K.FLAG, default=True),
        Field("c", "C", K.INTEGER, default=None, nullable=True),
        Field("d", "D", K.TEXT, default="x"),
        Field("e", "E", K.LIST, default=[]),
        Field("f", "F", K.JSON, default=None),
        Field("g", "G", K.JSON, default=1),
    )
    untouched = {field.name: printed(field, field.default) for field in fields}
    assert read(fields, untouched) == ({}, {})
    typed = {**untouched, "b": False, "d": "", "g": "true", "a": "60"}
    assert read(fields, typed) == ({"a": 60, "b": False, "d": "", "g": True}, {})


def test_lines_are_json_where_they_can_be_and_text_otherwise() -> None:
    inputs = Field("x", "X", K.LIST)
    assert parse(inputs, '1\n "2" \n\nthree four\n{"a": null}\nNaN') == [
        *(1, "2", "three four"),
        *({"a": None}, "NaN"),
    ]
    assert parse(Field("x", "X", K.LIST, holds="string"), '1\n"a\\nb"') == ["1", "a\nb"]


def test_a_path_may_begin_at_home() -> None:
    assert parse(Field("x", "X", K.PATH), " ~/a ") == str(Path.home() / "a")


# the task around it


def test_a_task_is_titled_as_the_command_line_does() -> None:
    path, text = Field("path", "P", K.PATH), Field("command", "C", K.TEXT)
    survey = msgspec.structs.replace(template({}), name="survey", title="Survey a tree")
    assert title_of(survey, [path], {"path": "/home/u/src"}) == "survey src"
    assert title_of(survey, [path], {"path": "/"}) == "survey /"
    assert title_of(survey, [text, path], {"command": "wc -c {}"}) == "survey wc -c {}"
    assert title_of(survey, [text], {}) == "Survey a tree"
    assert len(title_of(survey, [text], {"command": string.ascii_letters * 9})) == 200


def test_an_earlier_task_keeps_what_no_field_shows_but_not_its_time() -> None:
    earlier = TaskSpec("a.n", {"x": 1, "y": 2}, at=5.0, after=("a",), env={"A": "b"}, queue="q")
    assert begun(template({}), earlier) == TaskSpec("a.n", env={"A": "b"})
    assert extra_params([one({})], earlier.params) == {"y": 2}


def test_every_field_of_a_task_is_one_of_its_spec(tmp_path: Path) -> None:
    fields = spec_fields(tmp_path)
    shown = {field.name: printed(field, field.default) for field in fields}
    assert read(fields, shown) == ({"cwd": str(tmp_path)}, {})
    spec = TaskSpec("a.n")
    for field in fields:
        if field.name != "cwd":
            assert getattr(spec, field.name) == field.default


def test_absent_engines_are_not_offered_but_said() -> None:
    engines = [
        EngineInfo("recall", "Perfect Recall", "absent", "Not built yet."),
        EngineInfo("creative", "Creative Engine", "absent", "Not built yet."),
        EngineInfo("parallel", "Parallel Mind", "online"),
    ]
    templates = [
        TemplateInfo("recall.x", "recall.x", "X", "", (), {}, {}),
        TemplateInfo("parallel.a", "parallel.a", "A", "", (), {}, {}),
        TemplateInfo("map", "parallel.map", "Map", "", (), {}, {}),
    ]
    assert [template.name for template in offered(templates, engines)] == ["map", "parallel.a"]
    assert absences(engines) == "Perfect Recall, Creative Engine: not built yet."
    assert absences(engines[2:]) == ""
