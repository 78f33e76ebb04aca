"""Complexity equals mccabe's for whatever mccabe reports; the other metrics by example."""

import ast
import random
import re
import sys
import sysconfig
import tokenize
import warnings
from pathlib import Path
from textwrap import dedent, indent

import mccabe  # type: ignore[import-untyped]  # it has no stubs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revo_edge.engines.parallel.python_metrics import (
    Coverage,
    FunctionReport,
    Module,
    SourceError,
    measure_source,
)

_STATEMENT_GRAPH = re.compile(r"(If|Loop|TryExcept) \d+")  # mccabe's name for no function


def module(source: str, *, public: bool = True) -> Module:
    found = measure_source(dedent(source), public=public)
    assert isinstance(found, Module), found
    return found


def measure(source: str) -> dict[str, FunctionReport]:
    return {function.name: function for function in module(source).functions}


def by_mccabe(source: str) -> dict[tuple[str, int], int]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(source)
    visitor = mccabe.PathGraphingAstVisitor()
    visitor.preorder(tree, visitor)
    return {
        (graph.entity, graph.lineno): graph.complexity()
        for graph in visitor.graphs.values()
        if not _STATEMENT_GRAPH.fullmatch(graph.entity)
    }


def by_us(source: str) -> dict[tuple[str, int], int]:
    found = measure_source(source)
    assert isinstance(found, Module), found
    return {(function.name, function.line): function.complexity for function in found.functions}


def shell(head: str, *blocks: str) -> str:
    """Put blocks under the lines of a compound statement."""
    lines = head.split("\n")
    return "\n".join(f"{line}\n{indent(b, ' ')}" for line, b in zip(lines, blocks, strict=True))


SIMPLE = st.sampled_from(["pass", "x = [i for i in y if i and j]", "return", "f = lambda: 1"])
HEADS = [
    *("if a:", "if a:\nelse:", "if a:\nelif b:", "if a:\nelif b:\nelse:", "for i in x:\nelse:"),
    *("while a:", "for i in x:", "with a as b:", "try:\nexcept A:", "try:\nfinally:"),
    *("try:\nexcept A:\nexcept B:\nelse:\nfinally:", "try:\nexcept* A:", "class C:"),
    *(
        "def f(a, *b):",
        "async def g():",
        "match a:\n case 1:",
        "async with a:",
        "async for i in x:",
    ),
]


def compound(blocks: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.sampled_from(HEADS).flatmap(
        lambda head: st.tuples(*[blocks] * (head.count("\n") + 1)).map(
            lambda bodies: (
                f"match a:\n case 1:\n{indent(bodies[0], '  ')}"
                if head.startswith("match")
                else shell(head, *bodies)
            )
        )
    )


MODULES = st.recursive(
    SIMPLE,
    lambda inner: st.lists(st.one_of(inner, compound(inner)), min_size=1, max_size=3).map(
        "\n".join
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(MODULES)
def test_any_module_has_mccabes_complexity(source: str) -> None:
    ours = by_us(source)
    for function, complexity in by_mccabe(source).items():
        assert ours[function] == complexity, source


def library_sample() -> list[Path]:
    """Pick 60 files of the standard library; the whole of it is compared in the bench."""
    root = Path(sysconfig.get_path("stdlib"))
    small = [p for p in sorted(root.glob("*/*.py")) + sorted(root.glob("*.py")) if p.is_file()]
    small = [p for p in small if p.stat().st_size < 40_000 and "site-packages" not in p.parts]
    return random.Random(7).sample(small, 60)  # noqa: S311  a sample, no secret


def test_the_standard_library_has_mccabes_complexity() -> None:
    compared = 0
    for path in library_sample():
        try:
            with tokenize.open(path) as file:
                source = file.read()
            expected = by_mccabe(source)
        except SyntaxError:
            continue  # some of its test data is broken on purpose
        ours = by_us(source)
        assert {function: ours[function] for function in expected} == expected, path
        compared += len(expected)
    assert compared > 500


def test_a_nested_function_counts_in_the_one_around_it() -> None:
    found = measure("""
        def outer():
            if a:
                def inner():
                    for b in c:
                        pass
            class Local:
                def method(self):
                    pass
    """)
    assert {name: f.complexity for name, f in found.items()} == {
        "outer": 1 + 1 + 2 + 1,
        "outer.inner": 2,
        "outer.Local.method": 1,
    }
    assert [f.counted_in_outer for f in found.values()] == [False, True, True]


@pytest.mark.parametrize(
    "block",
    ["match a:\n  case 1:\n{}", "try:\n  pass\nfinally:\n{}", "try:\n{}\nexcept* A:\n  pass"],
)
def test_what_mccabe_does_not_look_into_is_listed_but_not_counted(block: str) -> None:
    inner = "    if a: pass\n    def inner():\n      if b: pass"
    found = measure(f"def outer():\n{indent(block.format(inner), ' ')}")
    assert found["outer"].complexity == (2 if "finally" in block else 1)
    assert found["outer.inner"].complexity == 2
    assert not found["outer.inner"].counted_in_outer


def test_functions_below_a_statement_of_the_module_are_listed() -> None:
    found = measure("if windows:\n  def a(): pass\nelse:\n  def a():\n    if x: pass")
    assert found["a"].complexity == 2


def test_names_of_methods_and_nested_classes_are_dotted() -> None:
    found = measure("class A:\n  class B:\n    async def c(self): pass\n  def d(self): pass")
    assert list(found) == ["A.B.c", "A.d"]


@pytest.mark.parametrize(
    ("body", "nesting"),
    [
        ("pass", 0),
        ("if a: pass\n elif b: pass\n elif c: pass\n else: pass", 1),
        ("if a: pass\n else:\n  if b: pass", 2),
        ("for a in b:\n  while c:\n   with d: pass", 3),
        ("try: pass\n except A:\n  if b: pass", 2),
        ("match a:\n  case 1:\n   if b: pass", 2),
        ("try: pass\n finally:\n  if b: pass", 2),
        ("if a:\n  def inner():\n   if b: pass", 1),
        ("class A:\n  if b: pass", 1),
    ],
)
def test_nesting(body: str, nesting: int) -> None:
    assert measure(f"def f():\n {body}")["f"].nesting == nesting


def test_place_length_and_parameters() -> None:
    found = measure("""
        @decorated
        def f(a, /, b, *args, c=1, **kwargs):
            return (
                a
            )
    """)["f"]
    assert (found.line, found.end_line, found.length, found.parameters) == (3, 6, 4, 5)


def test_a_syntax_error_is_a_finding_with_its_line() -> None:
    found = measure_source("a = 1\ndef f(:\n")
    assert isinstance(found, SourceError)
    assert found.line == 2
    assert found.message


@pytest.mark.parametrize(
    "source",
    [
        *("-" * 100_000 + "1", "a" + ".b" * 50_000, "not " * 5_000 + "1", "(" * 3_000),
        *("a = 1\0", "9" * 5_000, "lambda:" * 3_000 + "1", "\ufeff\ufeff"),
    ],
)
def test_source_that_no_parser_takes_is_a_finding(source: str) -> None:
    assert isinstance(measure_source(source), SourceError)


def test_a_long_chain_of_elif_is_measured() -> None:
    depth = sys.getrecursionlimit() * 2
    found = measure("def f():\n if a: pass\n" + " elif a: pass\n" * depth)
    assert (found["f"].complexity, found["f"].nesting) == (depth + 2, 1)


def test_an_invalid_escape_warns_nobody() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert measure_source("a = '\\d'\nb = 1 is 1\n") == Module(
            [], Coverage(0, 1), Coverage(0, 0)
        )


def test_docstrings_are_asked_of_what_is_public() -> None:
    found = module("""
        'The module.'
        class A:
            'A class.'
            def shown(self):
                'A method.'
                class Local:
                    def inside(self): pass
            def bare(self): pass
            def __len__(self): pass
            class Inner: pass
            class _Hidden:
                def method(self): pass
        def _hidden(): pass
        if windows:
            async def also_public(): pass
    """)
    assert {f.name: f.documented for f in found.functions} == {
        "A.shown": True,
        "A.shown.Local.inside": None,
        "A.bare": False,
        "A.__len__": None,
        "A._Hidden.method": None,
        "_hidden": None,
        "also_public": False,
    }
    assert found.docstrings == Coverage(3, 6)


def test_a_private_or_empty_module_needs_no_docstring() -> None:
    assert module("x = 1", public=False).docstrings == Coverage(0, 0)
    assert module("# nothing\n").docstrings == Coverage(0, 0)
    assert module("f'no {docstring}'").docstrings == Coverage(0, 1)


@pytest.mark.parametrize(
    ("head", "annotated", "annotatable"),
    [
        ("def f():", 0, 1),
        ("def f() -> None:", 1, 1),
        ("def f(a, b: int, /, c: int, *d, e: int, **g: int) -> None:", 5, 7),
        ("def f(self, a: int) -> None:", 2, 2),
        ("def f(cls, /, a):", 0, 2),
        ("async def f(a: int, self):", 1, 3),
        ("def f(*self: int):", 1, 2),
    ],
)
def test_annotations_of_arguments_and_of_what_is_returned(
    head: str, annotated: int, annotatable: int
) -> None:
    found = module(f"{head}\n lambda x: x")
    assert (found.functions[0].annotated, found.functions[0].annotatable) == (
        annotated,
        annotatable,
    )
    assert found.annotations == Coverage(annotated, annotatable)
