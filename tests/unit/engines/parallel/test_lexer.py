"""Lines of token kinds: names, literals, comments, white space and imports do not show."""

import sysconfig
import tokenize
from pathlib import Path

import pytest

from revo_edge.engines.files.languages import _BY_NAME, _SUFFIXES
from revo_edge.engines.parallel import lexer
from revo_edge.engines.parallel.lexer import CODE, lines_of_kinds


def python(source: str) -> list[str]:
    return lines_of_kinds(source, "Python")


def test_a_copy_with_other_names_and_literals_is_equal() -> None:
    one = "def area(self, width):\n    if width > 1.5:\n        return 'a' + width[0]\n"
    two = "def size(this, höhe): # why\n  if  höhe>2 :\n\treturn '''x''' + höhe[0x1F]\n"
    assert python(one) == python(two)
    assert python(one)[0].count("i") == 3


@pytest.mark.parametrize("other", ["a += b", "a - b", "if a: b", "a(b)", "a, b", "a == b", "1 = b"])
def test_another_operator_or_keyword_is_not(other: str) -> None:
    assert python("a = b") != python(other)


def test_each_token_is_in_its_first_line() -> None:
    source = "x = '''a\n# no\n''' # end\n\ny = 1\n"
    assert python(source) == ["i=s", "", "", "", "i=n", ""]
    assert python("f(\\\n1)") == ["i(\\", "n)"]
    assert python("") == [""]


def test_imports_leave_nothing() -> None:
    source = "from a.b import (\n  c,\n  d, # why\n)\nimport e as f\nfrom g import h\nimporting = 1"
    assert python(source) == ["", "", "", "", "", "", "i=n"]
    source = "#include <a.h>\nimport b from 'c'\nuse d::e;\nusing f;\nimport.meta\nuse(x)\nx"
    assert lines_of_kinds(source, "JavaScript")[:4] == [""] * 4
    assert all(lines_of_kinds(source, "JavaScript")[4:])


@pytest.mark.parametrize(
    ("language", "source", "lines"),
    [
        ("C", "a /* x\n y */ b // z", ["i", "i"]),
        ("C", "/* never\nclosed", ["", ""]),
        ("Shell", "a # b\n# c", ["i", ""]),
        ("SQL", "a -- b\n/* c */ d", ["i", "i"]),
        ("Lua", "a --[[ b\n ]] c", ["i", "i"]),
        ("JavaScript", "`a\n${b}` 'it\\'s' c", ["s", "si"]),
        ("OCaml", "f (* x\n*) (y)", ["i", "(i)"]),
    ],
)
def test_comments_and_strings_of_other_languages(
    language: str, source: str, lines: list[str]
) -> None:
    assert lines_of_kinds(source, language) == lines


def test_code_is_written_in_languages_that_files_have() -> None:
    assert set(_SUFFIXES) | set(_BY_NAME.values()) >= CODE
    assert CODE & {"Markdown", "JSON", "HTML"} == set()
    for language in CODE:
        assert len(lines_of_kinds("a\n'b' \"c\" `d\n\xe9 \u20ac \0", language)) == 3


@pytest.mark.parametrize("words", [lexer._PYTHON_WORDS, lexer._OTHER_WORDS])
def test_each_keyword_and_operator_is_a_byte_of_its_own(words: str) -> None:
    known = [*words.split(), *lexer._OPERATORS.split()]
    assert len(known) == len(set(known)) <= len(lexer._FREE)
    assert len(set(lexer._FREE) | set("ins\n")) == len(lexer._FREE) + 4
    assert max(lexer._FREE) <= "\xff"


def test_as_many_lines_as_the_source_has_and_bytes_as_kinds() -> None:
    for path in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))[:60]:
        with tokenize.open(path) as file:
            source = file.read()
        lines = python(source)
        assert len(lines) == source.count("\n") + 1, path
        "".join(lines).encode("latin-1")


def test_a_table_that_knows_too_much_forgets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexer, "_KNOWN_TOKENS", 300)
    names = " ".join(f"name{n}" for n in range(1_000))
    assert python(f"{names} if") == python(f"{'x ' * 1_000} if")


@pytest.mark.parametrize(
    "piece",
    ["'''x", "\\'''", '"\\', "import (\n", "`", "/* ", "//", "--[[", "'\n", '"""\\\n', " ", "\f "],
)
@pytest.mark.parametrize("language", ["Python", "JavaScript", "Lua"])
def test_what_is_never_closed_takes_no_longer_than_its_length(piece: str, language: str) -> None:
    source = piece * 200_000
    assert len(lines_of_kinds(source, language)) == source.count("\n") + 1
