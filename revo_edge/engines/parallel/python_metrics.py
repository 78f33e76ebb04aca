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
"""

import ast
import warnings
from collections.abc import Callable
from typing import Any

import msgspec


class FunctionReport(msgspec.Struct, frozen=True):
    """One function or method; `name` is dotted from the module (`Class.method`, `outer.inner`)."""

    name: str
    line: int
    end_line: int
    length: int
    complexity: int
    nesting: int
    parameters: int
    counted_in_outer: bool


class SourceError(msgspec.Struct, frozen=True):
    """Why a Python file could not be parsed; `line` is 0 when the parser named none."""

    message: str
    line: int = 0


def measure_source(source: str) -> list[FunctionReport] | SourceError:
    """List the functions of a module by line, or say why it cannot be parsed.

    The grammar is that of the running interpreter.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape is the author's affair
            tree = ast.parse(source)
    except SyntaxError as error:
        return SourceError(error.msg, error.lineno or 0)
    except (RecursionError, MemoryError):
        return SourceError("nested too deeply to parse")
    return _Pass().run(tree)


class _Open:
    """A function, or the module, while its statements are being counted."""

    __slots__ = ("decisions", "nesting", "node", "outer", "prefix")

    def __init__(
        self,
        node: ast.FunctionDef | ast.AsyncFunctionDef | None,
        prefix: str,
        outer: "_Open | None",
    ) -> None:
        self.node = node
        self.prefix = prefix
        self.outer = outer  # the function that this one's complexity is part of
        self.decisions = 0
        self.nesting = 0


class _Place(msgspec.Struct):
    """Where a block of statements stands."""

    function: _Open
    prefix: str  # of the names defined here: "" or "Class." or "outer."
    depth: int = 0
    counted: bool = True  # False in the blocks that mccabe does not look into

    def inner(self) -> "_Place":
        """The same place one block deeper."""
        depth = self.depth + 1
        self.function.nesting = max(self.function.nesting, depth)
        return _Place(self.function, self.prefix, depth, self.counted)

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

    def run(self, tree: ast.Module) -> list[FunctionReport]:
        self._waiting.append((tree.body, _Place(_Open(None, "", None), "")))
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
        return sorted(map(_report, self._functions), key=lambda report: report.line)

    def branch(self, node: ast.If | ast.For | ast.AsyncFor | ast.While, place: _Place) -> None:
        if place.counted:
            place.function.decisions += 1
        inner = place.inner()
        self._waiting.append((node.body, inner))
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
        self._waiting.append(
            (node.body, _Place(place.function, prefix, place.depth, place.counted))
        )

    def define(self, node: ast.FunctionDef | ast.AsyncFunctionDef, place: _Place) -> None:
        is_part = place.counted and place.function.node is not None
        function = _Open(node, place.prefix, place.function if is_part else None)
        self._functions.append(function)
        self._waiting.append((node.body, _Place(function, f"{place.prefix}{node.name}.")))


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
    )
