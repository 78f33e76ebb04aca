"""Measuring one file: whatever it holds ends in a report or a reason."""

import gc
import os
from pathlib import Path

import msgspec
import pytest

from revo_edge.engines.files.tree import HUGE_BYTES, Skipped, SkipReason
from revo_edge.engines.parallel.measure import FileReport, Measured, examine_file, measure_files
from revo_edge.engines.parallel.python_metrics import Coverage


def measure(root: Path, name: str, content: bytes) -> FileReport | Skipped:
    (root / name).write_bytes(content)
    found = examine_file(str(root), name)
    result = found.report or found.skipped
    assert result is not None
    return result


def report(root: Path, name: str, content: bytes) -> FileReport:
    found = measure(root, name, content)
    assert isinstance(found, FileReport), found
    return found


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.py", b"a = 1\0", SkipReason.BINARY),
        ("a.txt", b"x" * 8191 + b"\0", SkipReason.BINARY),
        ("a.txt", b"caf\xe9", SkipReason.NOT_UTF8),
        ("a.py", b"# caf\xe9", SkipReason.NOT_UTF8),
        ("a.py", b"# coding: uft-8\n", SkipReason.NOT_UTF8),
        ("a.py", b"# coding: rot13\n", SkipReason.NOT_UTF8),
        ("a.py", b"\xef\xbb\xbf# coding: latin-1\n", SkipReason.NOT_UTF8),
        ("a.txt", b"x" * (HUGE_BYTES + 1), SkipReason.HUGE),
    ],
)
def test_content_that_cannot_be_measured_has_a_reason(
    tmp_path: Path, name: str, content: bytes, reason: SkipReason
) -> None:
    assert measure(tmp_path, name, content) == Skipped(name, reason)


def test_a_file_that_is_gone_or_became_something_else_has_a_reason(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    found = measure_files(str(tmp_path), ["gone", "pipe", "folder", "link"])
    assert [skip.reason for skip in found.skipped] == [
        SkipReason.UNREADABLE,
        SkipReason.NOT_REGULAR,
        SkipReason.UNREADABLE,
        SkipReason.UNREADABLE,
    ]


def test_a_file_that_the_kernel_makes_up_is_not_regular() -> None:
    assert examine_file("/proc", "self/status").skipped == Skipped(
        "self/status", SkipReason.NOT_REGULAR
    )


def test_a_nul_behind_the_first_8_kib_is_a_finding_in_python(tmp_path: Path) -> None:
    found = report(tmp_path, "a.py", b"#" * 9000 + b"\n\0\n")
    assert found.error is not None
    assert report(tmp_path, "a.txt", b"#" * 9000 + b"\0").lines == 1


@pytest.mark.parametrize(
    ("content", "lines"), [(b"", 0), (b"\n", 1), (b"a", 1), (b"a\n", 1), (b"a\n\nb", 3)]
)
def test_lines(tmp_path: Path, content: bytes, lines: int) -> None:
    assert report(tmp_path, "a.txt", content).lines == lines


def test_python_lines_by_what_they_look_like(tmp_path: Path) -> None:
    source = b"# one\n\n  # two\nx = 1  # no\n \t\n'''\n\n# in a string\n'''\n#end"
    found = report(tmp_path, "a.py", source)
    assert (found.lines, found.comment_lines, found.blank_lines) == (10, 4, 3)


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
def test_any_newline_is_one(tmp_path: Path, newline: bytes) -> None:
    found = report(tmp_path, "a.py", newline.join([b"def f():", b"  if a:", b"    pass", b""]))
    assert (found.lines, found.functions[0].end_line, found.functions[0].complexity) == (3, 3, 2)


def test_a_coding_cookie_is_honoured(tmp_path: Path) -> None:
    found = report(tmp_path, "a.py", b"# coding: latin-1\ndef caf\xe9(): pass\n")
    assert [f.name for f in found.functions] == ["café"]
    assert report(tmp_path, "b.py", b"\xef\xbb\xbfdef f(): pass\n").error is None


@pytest.mark.parametrize(
    ("name", "content", "language"),
    [
        ("a.pyi", b"def f(): ...\n", "Python"),
        ("tool", b"#!/usr/bin/env python3.11\ndef f(): ...\n", "Python"),
        ("tool", b"#!/bin/sh\npython3 -c 'def f(): ...'\n", "Other"),
        ("a.sh", b"#!/usr/bin/python\n", "Shell"),
        ("a.js", b"def f(): ...\n", "JavaScript"),
    ],
)
def test_what_counts_as_python(tmp_path: Path, name: str, content: bytes, language: str) -> None:
    found = report(tmp_path, name, content)
    assert found.language == language
    assert [f.name for f in found.functions] == (["f"] if language == "Python" else [])


def test_the_complexity_of_a_file_counts_each_decision_once(tmp_path: Path) -> None:
    source = b"def f():\n  if a: pass\n  def g():\n    if b: pass\ndef h(): pass\n"
    assert report(tmp_path, "a.py", source).complexity == 4 + 1


def test_a_syntax_error_leaves_the_lines(tmp_path: Path) -> None:
    found = report(tmp_path, "a.py", b"print 'hello'\n")
    assert (found.lines, found.functions) == (1, [])
    assert found.error is not None
    assert found.error.line == 1


def test_what_is_measured_crosses_the_wire(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xe9.py")).write_text("def f(): pass")
    found = measure_files(str(tmp_path), ["\\xe9.py", "gone"])
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=Measured) == found
    assert [len(found.files), len(found.skipped)] == [1, 1]


def test_garbage_collection_runs_again_afterwards(tmp_path: Path) -> None:
    measure_files(str(tmp_path), ["gone"])
    assert gc.isenabled()


def test_what_was_not_parsed_has_no_coverage(tmp_path: Path) -> None:
    found = report(tmp_path, "a.py", b"def f(a: int): pass\n")
    assert (found.docstrings, found.annotations) == (Coverage(0, 2), Coverage(1, 2))
    assert report(tmp_path, "b.py", b"print 'hello'\n").docstrings is None
    assert report(tmp_path, "a.txt", b"text\n").annotations is None


def test_a_module_with_an_underscore_needs_no_docstring(tmp_path: Path) -> None:
    totals = [
        (report(tmp_path, name, b"x = 1\n").docstrings or Coverage(0, 0)).total
        for name in ("_private.py", "__init__.py", "public.py")
    ]
    assert totals == [0, 1, 1]


def test_functions_of_another_language(tmp_path: Path) -> None:
    found = report(tmp_path, "a.go", b"func f(a int) {\n if a > 1 { g() }\n}\nfunc g() {}\n")
    assert [f.name for f in found.functions] == ["f", "g"]
    assert (found.complexity, found.error) == (3, None)


def test_a_source_that_lizard_cannot_read_keeps_its_lines(tmp_path: Path) -> None:
    found = report(tmp_path, "a.js", b"x = 1;\n" * 100_000)
    assert (found.lines, found.functions) == (100_000, [])
    assert found.error is not None


def test_code_has_fingerprints_and_text_has_none(tmp_path: Path) -> None:
    for name in ("a.py", "a.js", "a.txt", "a.json", "tool"):
        (tmp_path / name).write_text("x = 1\n")
    (tmp_path / "tool").write_text("#!/usr/bin/python3\nx = 1\n")
    (tmp_path / "broken.py").write_text("print 'old'\n")
    names = sorted(entry.name for entry in tmp_path.iterdir())
    found = measure_files(str(tmp_path), names)
    assert [p.path for p in found.prints] == ["a.js", "a.py", "broken.py", "tool"]
    assert {p.lines for p in found.prints} == {1}
