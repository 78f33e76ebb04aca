import pytest

from revo_edge.cli import values
from revo_edge.contract.templates import FieldView, Template
from revo_edge.daemon.template_rules import info_of
from revo_edge.engines.registry import Registry
from revo_edge.errors import BadRequest

MAP = info_of(
    Template(
        "t",
        "parallel.map",
        "T",
        fields={
            "concurrency": FieldView(max=8),
            "function": FieldView(choices=("a:b", "c:d"), default="a:b"),
        },
    ),
    Registry(),
).params


def test_values_are_read_by_their_types() -> None:
    words = ("concurrency=3", "item_timeout_s=2.5", "command=a=b", "inputs=1", "inputs=x")
    assert values.read_pairs(words, MAP) == {
        "concurrency": 3,
        "item_timeout_s": 2.5,
        "command": "a=b",
        "inputs": ["1", "x"],
    }
    assert values.read_pairs(("inputs=[1, 2]", "memory_mb=null"), MAP) == {
        "inputs": [1, 2],
        "memory_mb": None,
    }


def test_true_and_false_have_several_words() -> None:
    params = {"properties": {"deep": {"type": "boolean"}}}
    assert values.read_pairs(("deep=Yes",), params) == {"deep": True}
    with pytest.raises(BadRequest, match="neither true nor false"):
        values.read_pairs(("deep=2",), params)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("concurency=1", 'Did you mean "concurrency"'),
        ("concurrency", "not key=value"),
        ("concurrency=x", "not a whole number"),
        ("item_timeout_s=x", "not a number"),
        ("inputs=[1", "not a JSON list"),
    ],
)
def test_a_wrong_word_is_named(word: str, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        values.read_pairs((word,), MAP)


def test_a_key_given_twice_is_a_list_or_an_error() -> None:
    with pytest.raises(BadRequest, match="concurrency is given 2 times"):
        values.read_pairs(("concurrency=1", "concurrency=2"), MAP)


def test_bounds_are_said_with_key_bound_and_value() -> None:
    with pytest.raises(BadRequest, match="concurrency must be at most 8, not 9"):
        values.check({"concurrency": 9}, MAP)
    with pytest.raises(BadRequest, match=r'function is a:b \| c:d, not "a:c"'):
        values.check({"function": "a:c"}, MAP)
    with pytest.raises(BadRequest, match="path must be given"):
        values.check({}, {"properties": {"path": {}}, "required": ["path"]})
    values.check({"concurrency": 8, "memory_mb": None}, MAP)


def test_a_field_is_told_in_words() -> None:
    field = values.field_of("concurrency", MAP)
    assert (values.type_of(field), values.bounds_of(field)) == ("integer", ">= 0, <= 8")
    assert values.default_of(field) == "0"
