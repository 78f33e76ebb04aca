"""Functions of languages other than Python, measured by the library lizard.

It counts `&&`, `||`, `?` and each `case` besides the branches. Its numbers are not those of
`python_metrics`.
"""

from typing import Any

from revo_edge.engines.files.functions import LIMIT_S, NoFunctions, find_functions
from revo_edge.engines.parallel.python_metrics import FunctionReport, SourceError

NAME_LIMIT = 200
"""A longer name (of a macro, or of what only looks like a function) is cut, in characters."""


def measure_with_lizard(
    path: str, language: str, source: str, *, limit_s: float = LIMIT_S
) -> list[FunctionReport] | SourceError:
    """List the functions of a source in one of lizard's languages by line, or say why not."""
    try:
        return list(map(_report, find_functions(path, language, source, limit_s=limit_s)))
    except NoFunctions as error:
        return SourceError(str(error))


def _report(function: Any) -> FunctionReport:
    return FunctionReport(
        name=function.name[:NAME_LIMIT],
        line=function.start_line,
        end_line=function.end_line,
        length=function.end_line - function.start_line + 1,
        complexity=function.cyclomatic_complexity,
        nesting=None,
        parameters=function.parameter_count,
        counted_in_outer=False,
    )
