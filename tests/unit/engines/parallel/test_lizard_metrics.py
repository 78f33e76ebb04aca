"""Functions of other languages: lizard's numbers, and no source that it fails on does harm."""

import subprocess
import sys

import pytest

from revo_edge.engines.files.functions import LANGUAGES, LIMIT_BYTES
from revo_edge.engines.files.languages import language_of
from revo_edge.engines.parallel.lizard_metrics import NAME_LIMIT, measure_with_lizard
from revo_edge.engines.parallel.python_metrics import FunctionReport, SourceError

SOURCES = {
    "a.js": "function f(a, b) {\n  if (a && b) { return 1 }\n}\n",
    "a.jsx": "function f(a, b) {\n  if (a && b) { return <p>x</p> }\n}\n",
    "a.mts": "function f(a: int, b: int): int {\n  if (a && b) { return 1 }\n}\n",
    "a.c": "int f(int a, int b) {\n  if (a && b) return 1;\n}\n",
    "a.hpp": "int f(int a, int b) {\n  if (a && b) return 1;\n}\n",
    "A.java": "class A { int f(int a, int b) {\n  if (a && b) return 1;\n} }\n",
    "a.go": "func f(a int, b int) int {\n  if a && b { return 1 }\n}\n",
    "a.rs": "fn f(a: bool, b: bool) -> i32 {\n  if a && b { return 1 }\n}\n",
    "a.rb": "def f(a, b)\n  return 1 if a && b\nend\n",
    "a.lua": "function f(a, b)\n  if a and b then return 1 end\nend\n",
    "a.swift": "func f(a: Int, b: Int) -> Int {\n  if a && b { return 1 }\n}\n",
    "a.kt": "fun f(a: Boolean, b: Boolean): Int {\n  if (a && b) { return 1 }\n}\n",
    "a.cs": "class A { int f(bool a, bool b) {\n  if (a && b) return 1;\n} }\n",
}


def measure(path: str, source: str) -> list[FunctionReport]:
    found = measure_with_lizard(path, language_of(path), source)
    assert isinstance(found, list), found
    return found


@pytest.mark.parametrize("path", SOURCES)
def test_functions_of_each_language(path: str) -> None:
    (function,) = measure(path, SOURCES[path])
    assert function.name.endswith("f")
    assert (function.line, function.end_line, function.length) == (1, 3, 3)
    assert (function.complexity, function.parameters) == (3, 2)
    assert function.nesting is None
    assert function.documented is None


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_no_language_fails_on_what_is_none(language: str) -> None:
    for source in ("", "\0", "}" * 1_000, "({[" * 1_000, "'", '"""', "if " * 1_000):
        found = measure_with_lizard("a", language, source)
        assert isinstance(found, list | SourceError)


def test_a_generated_source_is_an_error_that_says_so() -> None:
    found = measure_with_lizard("a.js", "JavaScript", "f(1);\n" * (LIMIT_BYTES // 6 + 1))
    assert found == SourceError("functions are not measured above 512 KiB")


def test_a_source_that_takes_too_long_is_given_up() -> None:
    found = measure_with_lizard("a.c", "C", "int x;\n" * 10_000, limit_s=0)
    assert found == SourceError("lizard gave up after 0 s")


def test_a_long_name_is_cut() -> None:
    (function,) = measure("a.c", f"int {'f' * 500}(void) {{ }}\n")
    assert function.name == "f" * NAME_LIMIT


def test_the_path_of_imports_stays_as_it_is() -> None:
    code = (
        "import sys; before = list(sys.path)\n"
        "from revo_edge.engines.parallel.lizard_metrics import measure_with_lizard\n"
        "assert 'lizard' not in sys.modules\n"
        "measure_with_lizard('a.c', 'C', 'int f(void) { }')\n"
        "assert 'lizard' in sys.modules\n"
        "assert sys.path == before, sys.path\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
