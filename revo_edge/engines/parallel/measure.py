"""The measuring step: read one file of the tree and report it, or say why it was skipped."""

import contextlib
import gc
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import zip_longest
from pathlib import PurePosixPath

import msgspec

from revo_edge.engines.files.functions import LANGUAGES
from revo_edge.engines.files.languages import language_of
from revo_edge.engines.files.reading import decode_python, is_binary, is_python, read_file
from revo_edge.engines.files.tree import (
    HUGE_BYTES,
    Skipped,
    SkipReason,
    Stamp,
    from_text,
)
from revo_edge.engines.parallel.imports import Import
from revo_edge.engines.parallel.lexer import CODE, lines_of_kinds
from revo_edge.engines.parallel.lizard_metrics import measure_with_lizard
from revo_edge.engines.parallel.markers import Marker, find_markers
from revo_edge.engines.parallel.prints import Prints, make_prints
from revo_edge.engines.parallel.python_metrics import (
    Coverage,
    FunctionReport,
    SourceError,
    measure_source,
)

_COMMENT_LINE = re.compile(r"\n[ \t\f]*#")  # a newline first is found twice as fast as ^
_BLANK_LINE = re.compile(r"\n[ \t\f]*(?=\n)")


class FileReport(msgspec.Struct, frozen=True):
    """One measured text file; `path` is relative to the root of the tree.

    Comment and blank lines are those of Python files only, functions and complexity those of Python
    and of the languages that lizard reads. A line counts as what it looks like: `#` first is a
    comment and nothing is blank, also inside a string. The complexity of a file is the sum of its
    functions', each decision counted once. `docstrings` (of what is public) and `annotations` are
    None where nothing was parsed.
    """

    path: str
    language: str
    size_bytes: int
    lines: int
    comment_lines: int = 0
    blank_lines: int = 0
    complexity: int = 0
    functions: list[FunctionReport] = []
    error: SourceError | None = None
    docstrings: Coverage | None = None
    annotations: Coverage | None = None
    markers: list[Marker] = []
    imports: list[Import] = []


class Measured(msgspec.Struct, frozen=True):
    """What became of a list of files: each is in one of the first two lists.

    `prints` are the fingerprints of those that hold code. `digests` name what was read and may be
    kept; the other results were kept before, or are to be measured again.
    """

    files: list[FileReport]
    skipped: list[Skipped]
    prints: list[Prints] = []
    digests: dict[str, bytes] = {}


class Examined(msgspec.Struct, frozen=True):
    """What became of one file: a report or why there is none; `prints` is None without code.

    `digest` is of the content, empty when the result is not a matter of the content alone.
    """

    report: FileReport | None = None
    skipped: Skipped | None = None
    prints: Prints | None = None
    digest: bytes = b""


class Kept(msgspec.Struct, frozen=True):
    """What an earlier survey found of a file, and which file that was."""

    stamp: Stamp | None
    digest: bytes
    found: Examined


def _nothing_kept(_path: str) -> Kept | None:
    return None


def measure_files(
    root: str,
    paths: Iterable[str],
    stamps: Iterable[Stamp | None] = (),
    recall: Callable[[str], Kept | None] = _nothing_kept,
) -> Measured:
    """Measure files of the tree below `root`, given as `walk` lists them.

    `recall` returns what is kept of a path: with the same stamp it is taken without reading the
    file, with the same content without measuring it.
    """
    measured = Measured([], [], [], {})
    with _no_garbage_collection():
        for path, stamp in zip_longest(paths, stamps):
            kept = recall(path)
            if kept is not None and kept.stamp == stamp is not None:
                found = kept.found
            else:
                found = examine_file(root, path, kept)
            if found.digest:
                measured.digests[path] = found.digest
            if found.report is not None:
                measured.files.append(found.report)
            if found.skipped is not None:
                measured.skipped.append(found.skipped)
            if found.prints is not None:
                measured.prints.append(found.prints)
    return measured


def examine_file(
    root: str, path: str, kept: Kept | None = None, *, huge_bytes: int = HUGE_BYTES
) -> Examined:
    """Measure one file, unless its content is that of which a result is kept.

    Whatever is wrong with it becomes a reason or an error in the report. Python is what is called `.py`, `.pyi` or `.pyw` or starts with a Python shebang. Its encoding
    is that of its coding cookie (PEP 263); all other text must be UTF-8.
    """
    content = read_file(root, from_text(path), huge_bytes)
    if isinstance(content, SkipReason):
        return Examined(skipped=Skipped(path, content))
    digest = hashlib.blake2b(content, digest_size=16).digest()
    if kept is not None and kept.digest == digest:
        return msgspec.structs.replace(kept.found, digest=digest)
    found = _examine(path, content)
    return msgspec.structs.replace(found, digest=digest) if _is_settled(found) else found


def _is_settled(found: Examined) -> bool:
    """Tell whether the content alone decides; what lizard fails on may have been out of time."""
    report = found.report
    return report is None or report.error is None or report.language == "Python"


def _examine(path: str, content: bytes) -> Examined:
    if is_binary(content):
        return Examined(skipped=Skipped(path, SkipReason.BINARY))
    python = is_python(path, content)
    try:
        text = decode_python(content) if python else content.decode()
    except (SyntaxError, UnicodeError, LookupError):  # the cookie names no text encoding
        return Examined(skipped=Skipped(path, SkipReason.NOT_UTF8))
    report = (_report_python if python else _report_text)(path, len(content), text)
    if report.language not in CODE:
        return Examined(report)
    return Examined(report, prints=make_prints(path, lines_of_kinds(text, report.language)))


@contextlib.contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Syntax trees are large and without cycles: looking for some costs a sixth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _report_text(path: str, size_bytes: int, text: str) -> FileReport:
    language = language_of(path)
    markers = find_markers(text, language)
    report = FileReport(path, language, size_bytes, _count_lines(text), markers=markers)
    if language not in LANGUAGES:
        return report
    found = measure_with_lizard(path, language, text)
    if isinstance(found, SourceError):
        return msgspec.structs.replace(report, error=found)
    complexity = sum(function.complexity for function in found)
    return msgspec.structs.replace(report, functions=found, complexity=complexity)


def _report_python(path: str, size_bytes: int, text: str) -> FileReport:
    found = measure_source(text, public=_is_public(path))
    after_newline = "\n" + text
    report = FileReport(
        path=path,
        language="Python",
        size_bytes=size_bytes,
        lines=_count_lines(text),
        comment_lines=len(_COMMENT_LINE.findall(after_newline)),
        blank_lines=len(_BLANK_LINE.findall(after_newline)),
        markers=find_markers(text, "Python"),
    )
    if isinstance(found, SourceError):
        return msgspec.structs.replace(report, error=found)
    return msgspec.structs.replace(
        report,
        complexity=sum(f.complexity for f in found.functions if not f.counted_in_outer),
        functions=found.functions,
        docstrings=found.docstrings,
        annotations=found.annotations,
        imports=found.imports,
    )


def _is_public(path: str) -> bool:
    """Tell whether a module is there to be imported by others: `_name.py` is not, `__init__` is."""
    stem = PurePosixPath(path).stem
    return not stem.startswith("_") or stem.startswith("__")


def _count_lines(text: str) -> int:
    """Count lines as an editor does: a last line without a newline is a line."""
    return text.count("\n") + (not text.endswith("\n") and text != "")
