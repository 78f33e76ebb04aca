import pytest

from revo_edge.daemon.template_lines import line_of

TEXT = '''\
name = "a"
order = [
  "one",
  "two",
]
summary = """
title = "not a key"
"""
title = "T"
[fields]
one = { max = 3 }
"two".min = 1
[fields.three]
max = 5
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 1),
        (("kind",), 1),
        (("order", "two"), 4),
        (("title",), 9),
        (("fields", "one", "max"), 11),
        (("fields", "two", "min"), 12),
        (("fields", "three", "max"), 14),
        (("fields", "three", "default"), 13),
    ],
)
def test_a_key_is_found_where_it_stands(path: tuple[str, ...], line: int) -> None:
    assert line_of(TEXT, path) == line
