import pytest

from revo_edge.engines.files.functions import LIMIT_BYTES, NoFunctions, find_functions


def test_functions_come_by_line_with_their_signature() -> None:
    source = "int g(int a) {\n  return a;\n}\n\nint f(char b) {\n  return 1;\n}\n"
    found = find_functions("a.c", "C", source)
    assert [(f.long_name, f.start_line, f.end_line) for f in found] == [
        ("g( int a)", 1, 3),
        ("f( char b)", 5, 7),
    ]


def test_a_source_that_is_too_long_or_too_slow_has_none() -> None:
    with pytest.raises(NoFunctions, match="512 KiB"):
        find_functions("a.c", "C", "x" * (LIMIT_BYTES + 1))
    with pytest.raises(NoFunctions, match="gave up after 0 s"):
        find_functions("a.c", "C", "int x;\n" * 10_000, limit_s=0)
