"""The table of comments speaks of languages that exist."""

import re

from revo_edge.engines.files.languages import _BY_NAME, _SUFFIXES
from revo_edge.engines.parallel.syntax import PYTHON_COMMENT_OR_STRING, SLASH_LIKE, SYNTAXES


def test_every_language_of_the_table_is_one_that_files_have() -> None:
    assert set(SYNTAXES) <= set(_SUFFIXES) | set(_BY_NAME.values())


def test_every_sign_is_a_regular_expression() -> None:
    for syntax in SYNTAXES.values():
        assert syntax.signs
        for sign in syntax.signs:
            re.compile(sign)
    assert {"C", "JavaScript", "CSS", "SQL"} <= SLASH_LIKE


def comments(source: str) -> list[str]:
    return [m["comment"] for m in PYTHON_COMMENT_OR_STRING.finditer(source) if m["comment"]]


def test_a_hash_inside_a_python_string_starts_no_comment() -> None:
    assert comments("a = '#no' # yes\nb = '''\n# no\n''' # too") == ["# yes", "# too"]
    assert comments('r"\\"#no" #yes') == ["#yes"]
    assert comments("x = 'open # no\n# yes") == ["# yes"]
    assert comments('"""a "quoted" #no""" #yes') == ["#yes"]
