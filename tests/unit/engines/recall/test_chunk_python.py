"""Python is cut where its parser would: read against `ast` on real modules."""

import argparse
import ast
import inspect
import json.decoder
import textwrap
import types
import unittest.case
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revo_edge.engines.recall.chunk_python import _Module, cut_python
from revo_edge.engines.recall.definitions import Definition

REAL = (argparse, inspect, json.decoder, unittest.case, textwrap, ast)
SOURCE = '''"""Doc of the module, which says at some length what it is all about."""

import os

LIMIT = 3


# about f
@decorator(
    1,
)
def f(a, b=")", *, c: "x:y" = {1: 2}) -> dict[str, int]:
    """Doc of f."""
    text = """
def not_a_function():
"""
    def inner():
        pass
    return a


class Big(Base):
    """Doc of Big."""

    field: int = 0

    async def method(self):  # comment
        BODY

    class Inner:
        def deep(self): return 1

    @property
    def other(self):
        BODY


if LIMIT:
    def late(): pass
'''.replace("BODY", "\n        ".join(f"line_{n} = {n}" for n in range(60)))


def definitions(source: str) -> dict[str, Definition]:
    return {found.name: found for found in _Module(source, source.split("\n")).definitions()}


def test_functions_and_methods_have_their_path_signature_and_lines() -> None:
    pieces = cut_python("p/mod.py", SOURCE)
    titles = [piece.title for piece in pieces]
    assert titles == [
        "p/mod.py",
        'p/mod.py f(a, b=")", *, c: "x:y" = {1: 2}) -> dict[str, int]',
        "p/mod.py Big(Base)",
        "p/mod.py Big.method(self)",
        "p/mod.py Big.Inner",
        "p/mod.py Big.other(self)",
        "p/mod.py late()",
    ]
    assert pieces[1].text.startswith("# about f\n@decorator(")
    assert pieces[1].text.endswith("return a")
    assert pieces[1].metadata == {"language": "Python", "symbol": "f", "type": "function"}
    assert "Doc of the module" in pieces[0].text


@pytest.mark.parametrize("module", REAL, ids=lambda module: str(module.__name__))
def test_definitions_are_those_of_the_parser(module: types.ModuleType) -> None:
    source = Path(str(module.__file__)).read_text()
    ours = definitions(source)
    assert len(ours) > 5
    for name, node in parsed(ast.parse(source).body, "", ours):
        assert name in ours, f"{name} is not found"
        assert ours[name].first <= node.lineno
        assert ours[name].signature.partition("(")[0] == name
        assert node.end_lineno
        after = source.split("\n")[node.end_lineno : ours[name].last]
        assert ours[name].last >= node.end_lineno
        assert all(line.lstrip().startswith("#") for line in after if line.strip())


Node = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def parsed(
    body: list[ast.stmt], outer: str, ours: dict[str, Definition]
) -> Iterator[tuple[str, Node]]:
    """Yield what the parser finds, once a name; not what is inside a whole definition."""
    last: dict[str, Node] = {}
    for node in body:
        if isinstance(node, Node):
            last[f"{outer}{node.name}"] = node
    for name, node in last.items():
        yield name, node
        if isinstance(node, ast.ClassDef) and not ours[name].whole:
            yield from parsed(node.body, f"{name}.", ours)


@pytest.mark.parametrize("module", REAL, ids=lambda module: str(module.__name__))
def test_every_line_is_in_exactly_one_piece(module: types.ModuleType) -> None:
    lines = Path(str(module.__file__)).read_text().split("\n")
    counts = [0] * (len(lines) + 1)
    for piece in cut_python("a.py", "\n".join(lines)):
        assert piece.first_line
        assert piece.last_line
        assert piece.text == "\n".join(lines[piece.first_line - 1 : piece.last_line]).rstrip()
        for number in range(piece.first_line, piece.last_line + 1):
            counts[number] += 1
    wrong = [n for n, line in enumerate(lines, 1) if counts[n] != 1 and line.strip()]
    assert wrong == []


def test_a_file_that_does_not_compile_is_cut_all_the_same() -> None:
    source = "def f(x):\n    print 'Python 2', x\n\ndef g(:\n    pass\n\ndef h():\n    return (\n"
    assert set(definitions(source)) == {"f", "h"}


def test_neighbours_that_say_little_are_put_together() -> None:
    source = "\n\n".join(f"def f{n}(a):\n    return a + {n}" for n in range(6))
    (piece,) = cut_python("a.py", source)
    assert piece.title == "a.py f0(a), f1(a), f2(a), f3(a), f4(a), f5(a)"
    assert piece.metadata["symbol"] == "f0, f1, f2, f3, f4, f5"


def test_a_long_function_is_cut_and_says_so() -> None:
    source = "def f():\n" + "".join(f"    line_{n} = {n}\n" for n in range(400))
    pieces = cut_python("a.py", source)
    assert [piece.title for piece in pieces][:2] == ["a.py f() (1 of 4)", "a.py f() (2 of 4)"]


@given(st.text(alphabet='def clas(:)"\n\t #@x\\', max_size=300))
def test_whatever_it_is_it_is_cut_without_loss(source: str) -> None:
    pieces = cut_python("a.py", source)
    kept = "".join("".join(piece.text.split()) for piece in pieces)
    assert kept == "".join(source.split())
