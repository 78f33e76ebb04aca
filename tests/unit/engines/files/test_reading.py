import os
from pathlib import Path

import pytest

from revo_edge.engines.files.reading import decode_python, is_binary, is_python, read_file
from revo_edge.engines.files.tree import SkipReason


def test_only_a_regular_file_within_the_limit_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    os.mkfifo(tmp_path / "pipe")
    assert read_file(str(tmp_path), "a", 5) == b"12345"
    assert read_file(str(tmp_path), "a", 4) is SkipReason.HUGE
    assert read_file(str(tmp_path), "pipe", 5) is SkipReason.NOT_REGULAR
    assert read_file(str(tmp_path), "gone", 5) is SkipReason.UNREADABLE


def test_a_file_that_the_kernel_makes_up_is_not_read() -> None:
    assert read_file("/proc", "version", 1_000) is SkipReason.NOT_REGULAR


@pytest.mark.parametrize(
    ("path", "content", "language"),
    [
        ("a.pyw", b"", "Python"),
        ("tool", b"#!/usr/bin/env python3\n", "Python"),
        ("tool", b"#!/bin/sh\n# python\n", ""),
        ("a.txt", b"#!/usr/bin/python", ""),
    ],
)
def test_python_is_known_by_its_suffix_or_its_first_line(
    path: str, content: bytes, language: str
) -> None:
    assert is_python(path, content) is (language == "Python")


def test_python_is_decoded_as_it_says_itself() -> None:
    assert decode_python(b"# coding: latin-1\r\n# caf\xe9\r") == "# coding: latin-1\n# caf\xe9\n"
    with pytest.raises(SyntaxError):
        decode_python(b"# caf\xe9")


def test_a_zero_byte_at_the_beginning_makes_a_file_binary() -> None:
    assert is_binary(b"a\0b")
    assert not is_binary(b"a" * 8192 + b"\0")
