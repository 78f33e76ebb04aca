import pytest

from revo_edge.engines.base import ItemFailed
from revo_edge.engines.parallel.map import _check, _items, _last_line, command_line
from revo_edge.engines.parallel.params import MapParams


@pytest.mark.parametrize(
    ("template", "value", "argv"),
    [
        ("gzip -k {}", "a b", ["gzip", "-k", "a b"]),
        ("cp {} {}.bak", "x", ["cp", "x", "x.bak"]),
        ("echo", "last", ["echo", "last"]),
        ("sh -c 'echo $0' {}", "; rm -rf /", ["sh", "-c", "echo $0", "; rm -rf /"]),
        ('"my tool" --in={}', "it's", ["my tool", "--in=it's"]),
        ("echo {}", 3.5, ["echo", "3.5"]),
        ("echo {}", "{}", ["echo", "{}"]),
        ("echo {}", "", ["echo", ""]),
    ],
)
def test_a_value_is_one_argument_whatever_it_holds(
    template: str, value: object, argv: list[str]
) -> None:
    assert command_line(template, value) == argv


@pytest.mark.parametrize(
    ("params", "text"),
    [
        (MapParams(), "either a function or a command"),
        (MapParams(function="a:b", command="c"), "either a function or a command"),
        (MapParams(function="nothing"), '"nothing" is not package.module:func'),
        (MapParams(command="echo 'open"), "cannot be split into words"),
    ],
)
def test_params_that_make_no_map_say_why(params: MapParams, text: str) -> None:
    with pytest.raises(ItemFailed, match=text) as failed:
        _check(params)
    assert failed.value.error.code == "bad_params"


def test_each_input_becomes_an_item_with_its_limits() -> None:
    params = MapParams(inputs=[1, "b"], function="a:b", item_timeout_s=2.0, memory_mb=50)
    _check(params)
    items = list(_items(params))
    assert [item.value for item in items] == [1, "b"]
    assert {(i.function, i.command, i.timeout_s, i.memory_mb) for i in items} == {
        ("a:b", "", 2.0, 50)
    }


def test_the_last_line_of_a_failed_command_is_told() -> None:
    assert _last_line("first\nlast\n\n  \n") == "last"
    assert _last_line("") == "no output on stderr"
    assert len(_last_line("x" * 1000)) == 200
