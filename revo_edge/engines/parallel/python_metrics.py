"""Metrics of the functions in one Python module, from a single pass over its statements.

Complexity is McCabe's, counted as the `mccabe` package counts it, so that both give one number for
each function that `mccabe` reports:

- 1 for the function; 1 for each `if`, `elif`, `for`, `while`; for `try` 1 and 1 per `except`.
- `with` and its body add nothing of their own; `else` and comprehensions, `and`, `or`, conditional
  expressions, `assert` and lambdas add nothing.
- A function inside a function adds its own complexity to the enclosing one, and is listed itself
  as well. So do the methods of a class inside a function.
- `match`, `try ... except*` and a `finally` block count as one plain statement: they add nothing
  and neither does what is inside them. A function defined in there is listed, with a complexity of
  its own that is part of no other.

`mccabe` merges functions that stand below an `if`, `for`, `while` or `try` of the module or class
into one graph named after that statement; here each of them is listed like any other.

Nesting is the largest number of `if`, `for`, `while`, `try`, `with` and `match` blocks around a
statement of the function; an `elif` is as deep as its `if`; a nested function starts again at 0.
Length is in lines, from `def` to the end, without decorators. Parameters are counted as written,
with `self`, `*args` and `**kwargs` one each.

Public is what a user of the module can name: the module, its classes and their classes, functions
and methods, with no name on the way that starts with an underscore; nothing inside a function.
Annotations are counted over every function: one for each argument but `self` and `cls`, and one for
what it returns.
"""

import ast
import warnings
from collections.abc import Callable
from typing import Any

import msgspec

from revo_edge.engines.parallel.imports import Import, When, read_import, when_of_branch


class FunctionReport(msgspec.Struct, frozen=True):
    """One function or method; `name` is dotted from the module (`Class.method`, `outer.inner`).

    `nesting` is None where it is not known: outside of Python. `documented` is None where no docstring is asked for: the function is not public. Of
    `annotatable` places for an annotation `annotated` have one.
    """

    name: str
    line: int
    end_line: int
    length: int
    complexity: int
    nesting: int | None
    parameters: int
    counted_in_outer: bool
    documented: bool | None = None
    annotatable: int | None = None
    annotated: int | None = None


class Coverage(msgspec.Struct, frozen=True):
    """How many of a file's (or a tree's) places have what is asked for."""

    covered: int
    total: int


class Module(msgspec.Struct, frozen=True):
    """What was found in one module; docstrings are those of public things."""

    functions: list[FunctionReport]
    docstrings: Coverage
    annotations: Coverage
    imports: list[Import] = []


class SourceError(msgspec.Struct, frozen=True):
    """Why a Python file could not be parsed; `line` is 0 when the parser named none."""

    message: str
    line: int = 0


def measure_source(source: str, *, public: bool = True) -> Module | SourceError:
    """List the functions of a module by line, or say why it cannot be parsed.

    The grammar is that of the running interpreter. `public` tells whether the module itself is to
    have a docstring; one without any statement needs none.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape is the author's affair
            tree = ast.parse(source)
    except SyntaxError as error:
        return SourceError(error.msg, error.lineno or 0)
    except (RecursionError, MemoryError):
        return SourceError("nested too deeply to parse")
    return _Pass().run(tree, public=public)


class _Open:
    """A function, or the module, while its statements are being counted."""

    __slots__ = ("decisions", "nesting", "node", "outer", "prefix", "public")

    def __init__(
        self,
        node: ast.FunctionDef | ast.AsyncFunctionDef | None,
        prefix: str,
        outer: "_Open | None",
    ) -> None:
        self.node = node
        self.prefix = prefix
        self.outer = outer  # the function that this one's complexity is part of
        self.public = False
        self.decisions = 0
        self.nesting = 0


class _Place(msgspec.Struct):
    """Where a block of statements stands."""

    function: _Open
    prefix: str  # of the names defined here: "" or "Class." or "outer."
    depth: int = 0
    counted: bool = True  # False in the blocks that mccabe does not look into
    public: bool = False  # whether what is defined here can be named by a user of the module
    when: When = "import"  # this block runs

    def inner(self) -> "_Place":
        """The same place one block deeper."""
        depth = self.depth + 1
        self.function.nesting = max(self.function.nesting, depth)
        return _Place(self.function, self.prefix, depth, self.counted, self.public, self.when)

    def uncounted(self) -> "_Place":
        """The same place one block deeper, where nothing counts as a decision."""
        place = self.inner()
        place.counted = False
        return place


class _Pass:
    """One visit of every statement; expressions hold no decisions and are not visited.

    Blocks wait on a list instead of the call stack: a chain of a thousand `elif` is a thousand
    levels deep.
    """

    def __init__(self) -> None:
        self._functions: list[_Open] = []
        self._waiting: list[tuple[list[ast.stmt], _Place]] = []
        self._docstrings: list[bool] = []  # of what is public and no function
        self._imports: list[Import] = []

    def run(self, tree: ast.Module, *, public: bool) -> Module:
        if public and tree.body:
            self._docstrings.append(_has_docstring(tree.body))
        self._waiting.append((tree.body, _Place(_Open(None, "", None), "", public=True)))
        visit_of = _VISITS.get
        while self._waiting:
            block, place = self._waiting.pop()
            for statement in block:
                visit = visit_of(statement.__class__)
                if visit is not None:
                    visit(self, statement, place)
        # A function is met after the one around it, so backwards each is whole when it is added.
        for function in reversed(self._functions):
            if function.outer is not None:
                function.outer.decisions += function.decisions + 1
        reports = sorted(map(_report, self._functions), key=lambda report: report.line)
        return Module(
            reports,
            _cover_docstrings(reports, self._docstrings),
            _cover_annotations(reports),
            sorted(self._imports, key=lambda one: one.line),
        )

    def branch(self, node: ast.If | ast.For | ast.AsyncFor | ast.While, place: _Place) -> None:
        if place.counted:
            place.function.decisions += 1
        inner = place.inner()
        body = inner
        if isinstance(node, ast.If):
            body = place.inner()
            body.when = when_of_branch(node.test, place.when)
        self._waiting.append((node.body, body))
        if node.orelse:
            self._waiting.append((node.orelse, place if _is_elif(node) else inner))

    def attempt(self, node: ast.Try, place: _Place) -> None:
        if place.counted:
            place.function.decisions += len(node.handlers) + 1
        inner = place.inner()
        self._waiting += [(block, inner) for block in (node.body, node.orelse)]
        self._waiting += [(handler.body, inner) for handler in node.handlers]
        self._waiting.append((node.finalbody, place.uncounted()))

    def attempt_group(self, node: ast.TryStar, place: _Place) -> None:
        inner = place.uncounted()
        self._waiting += [(block, inner) for block in (node.body, node.orelse, node.finalbody)]
        self._waiting += [(handler.body, inner) for handler in node.handlers]

    def match(self, node: ast.Match, place: _Place) -> None:
        inner = place.uncounted()
        self._waiting += [(case.body, inner) for case in node.cases]

    def within(self, node: ast.With | ast.AsyncWith, place: _Place) -> None:
        self._waiting.append((node.body, place.inner()))

    def define_class(self, node: ast.ClassDef, place: _Place) -> None:
        prefix = f"{place.prefix}{node.name}."
        public = place.public and node.name[0] != "_"
        if public:
            self._docstrings.append(_has_docstring(node.body))
        self._waiting.append(
            (
                node.body,
                _Place(place.function, prefix, place.depth, place.counted, public, place.when),
            )
        )

    def define(self, node: ast.FunctionDef | ast.AsyncFunctionDef, place: _Place) -> None:
        is_part = place.counted and place.function.node is not None
        function = _Open(node, place.prefix, place.function if is_part else None)
        function.public = place.public and node.name[0] != "_"
        self._functions.append(function)
        when: When = "typing" if place.when == "typing" else "deferred"
        inner = _Place(function, f"{place.prefix}{node.name}.", when=when)
        self._waiting.append((node.body, inner))

    def bring(self, node: ast.Import | ast.ImportFrom, place: _Place) -> None:
        self._imports += read_import(node, place.when)


_VISITS: dict[type[ast.stmt], Callable[[_Pass, Any, _Place], None]] = {
    ast.If: _Pass.branch,
    ast.For: _Pass.branch,
    ast.AsyncFor: _Pass.branch,
    ast.While: _Pass.branch,
    ast.Try: _Pass.attempt,
    ast.TryStar: _Pass.attempt_group,
    ast.Match: _Pass.match,
    ast.With: _Pass.within,
    ast.AsyncWith: _Pass.within,
    ast.ClassDef: _Pass.define_class,
    ast.FunctionDef: _Pass.define,
    ast.AsyncFunctionDef: _Pass.define,
    ast.Import: _Pass.bring,
    ast.ImportFrom: _Pass.bring,
}


def _is_elif(node: ast.If | ast.For | ast.AsyncFor | ast.While) -> bool:
    """Tell `elif` from an `if` inside `else`: the tree is the same, the column is not."""
    first = node.orelse[0]
    return (
        isinstance(node, ast.If)
        and isinstance(first, ast.If)
        and first.col_offset == node.col_offset
    )


def _report(function: _Open) -> FunctionReport:
    node = function.node
    assert node is not None, "the module is not listed"  # noqa: S101  for the type checker
    arguments = node.args
    named = len(arguments.posonlyargs) + len(arguments.args) + len(arguments.kwonlyargs)
    starred = (arguments.vararg is not None) + (arguments.kwarg is not None)
    end_line = node.end_lineno or node.lineno
    return FunctionReport(
        name=function.prefix + node.name,
        line=node.lineno,
        end_line=end_line,
        length=end_line - node.lineno + 1,
        complexity=function.decisions + 1,
        nesting=function.nesting,
        parameters=named + starred,
        counted_in_outer=function.outer is not None,
        documented=_has_docstring(node.body) if function.public else None,
        annotatable=named + starred - _is_bound(arguments) + 1,
        annotated=_count_annotations(node),
    )


def _has_docstring(body: list[ast.stmt]) -> bool:
    first = body[0]
    return (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    )


def _is_bound(arguments: ast.arguments) -> bool:
    """Tell whether the first argument is `self` or `cls`, whose types nobody writes."""
    first = arguments.posonlyargs or arguments.args
    return bool(first) and first[0].arg in ("self", "cls")


def _count_annotations(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    arguments = node.args
    bound = int(_is_bound(arguments))
    every = [*arguments.posonlyargs, *arguments.args][bound:]
    every += arguments.kwonlyargs
    every += [starred for starred in (arguments.vararg, arguments.kwarg) if starred is not None]
    count = sum(argument.annotation is not None for argument in every)
    return count + (node.returns is not None)


def _cover_docstrings(functions: list[FunctionReport], others: list[bool]) -> Coverage:
    asked = [f.documented for f in functions if f.documented is not None] + others
    return Coverage(sum(asked), len(asked))


def _cover_annotations(functions: list[FunctionReport]) -> Coverage:
    return Coverage(
        sum(f.annotated or 0 for f in functions), sum(f.annotatable or 0 for f in functions)
    )
