"""Functions of languages other than Python, as the library lizard finds them.

Lizard reads tokens, not a grammar: it takes what does not compile.
"""

import contextlib
import io
import sys
import time
from collections.abc import Iterable, Iterator
from functools import cache
from types import ModuleType
from typing import Any

LIMIT_BYTES = 512 * 1024
"""A longer source is generated: reading it would take lizard a second or more."""
LIMIT_S = 10.0
"""Reading one source is given up after this time; 512 KiB take about a second."""

_SAMPLES = {
    "C": "a.c",
    "C#": "a.cs",
    "C++": "a.cpp",
    "Erlang": "a.erl",
    "Fortran": "a.f90",
    "Go": "a.go",
    "Java": "a.java",
    "JavaScript": "a.js",
    "Kotlin": "a.kt",
    "Lua": "a.lua",
    "Objective-C": "a.m",
    "PHP": "a.php",
    "Perl": "a.pl",
    "R": "a.r",
    "Ruby": "a.rb",
    "Rust": "a.rs",
    "Scala": "a.scala",
    "Swift": "a.swift",
    "TypeScript": "a.ts",
    "Vue": "a.vue",
    "Zig": "a.zig",
}
LANGUAGES = frozenset(_SAMPLES)
"""The languages whose functions are found here."""

_FAILURES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NameError,
    RuntimeError,
    TypeError,
    ValueError,
)
_CLOCK_TOKENS = 2_048  # the clock is asked once in so many tokens


class _TooSlowError(Exception):
    """Raised inside lizard when a source takes too long."""


class NoFunctions(Exception):
    """Raised when lizard fails on a source; the text says why."""


def find_functions(path: str, language: str, source: str, *, limit_s: float = LIMIT_S) -> list[Any]:
    """Return lizard's records of the functions of a source in one of `LANGUAGES`, by line.

    Raises NoFunctions.
    """
    if len(source) > LIMIT_BYTES:
        raise NoFunctions(f"functions are not measured above {LIMIT_BYTES // 1024} KiB")
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            found = _read(_sample(path, language), source, limit_s)
    except _TooSlowError:
        raise NoFunctions(f"lizard gave up after {limit_s:g} s") from None
    except _FAILURES as error:
        raise NoFunctions(f"lizard cannot read it: {type(error).__name__}") from error
    if said.getvalue():  # it reports what is nested too deeply, and returns what it has
        raise NoFunctions("nested too deeply for lizard")
    return sorted(found, key=lambda function: int(function.start_line))


def _sample(path: str, language: str) -> str:
    """Return a name by which lizard knows the language: it goes by suffixes, of which it has few."""
    suffix = path.rpartition(".")[2].lower()
    return f"a.{suffix}" if suffix in ("jsx", "tsx") else _SAMPLES[language]


def _read(name: str, source: str, limit_s: float) -> list[Any]:
    lizard = _lizard()
    clock = _Clock(time.monotonic() + limit_s)
    processors = lizard.get_extensions([])
    analyzer = lizard.FileAnalyzer([processors[0], clock, *processors[1:]])
    functions: list[Any] = analyzer.analyze_source_code(name, source).function_list
    return functions


@cache
def _lizard() -> ModuleType:
    """Import lizard when the first source comes; it changes sys.path, which is put back."""
    before = list(sys.path)
    import lizard  # type: ignore[import-untyped]  # noqa: PLC0415 - 40 ms, for few trees

    sys.path[:] = before
    module: ModuleType = lizard
    return module


class _Clock:
    """A step of lizard's that passes every token on until the time is over."""

    def __init__(self, until: float) -> None:
        self._until = until

    def __call__(self, tokens: Iterable[str], _reader: object) -> Iterator[str]:
        for number, token in enumerate(tokens):
            if number % _CLOCK_TOKENS == 0 and time.monotonic() > self._until:
                raise _TooSlowError
            yield token
