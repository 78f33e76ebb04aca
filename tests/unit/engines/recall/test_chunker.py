"""Whatever a file holds, it becomes pieces or has a reason."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revo_edge.engines.recall.chunker import Cut, cut_file
from revo_edge.engines.recall.formats import Format, Reason

TEXT_FORMATS = [each for each in Format if each not in (Format.PDF, Format.NOTEBOOK)]


def text(cut: Cut) -> str:
    return "\n".join(piece.text for part in cut.parts for piece in part.pieces)


@pytest.mark.parametrize(
    ("format_", "content", "reason"),
    [
        (Format.PLAIN, b"", Reason.EMPTY),
        (Format.PYTHON, b" \n\t\n", Reason.EMPTY),
        (Format.PLAIN, b"a\0b", Reason.BINARY),
        (Format.PLAIN, bytes(range(1, 256)), Reason.BINARY),
        (Format.CODE, b"var a=1;" * 2_000, Reason.MINIFIED),
        (Format.JSON, b"[" + b"1," * 200_000 + b"1]", Reason.DATA),
        (Format.JSON_LINES, b'{"a": 1}\n', Reason.DATA),
        (Format.NOTEBOOK, b"{", Reason.NO_READER),
    ],
)
def test_what_is_not_remembered_has_a_reason(
    format_: Format, content: bytes, reason: Reason
) -> None:
    cut = cut_file("a", format_, content)
    assert (cut.reason, cut.parts) == (reason, [])


@pytest.mark.parametrize(
    ("content", "shown", "repaired"),
    [
        (
            "caf\u00e9 \u4e2d\u6587 \u05e9\u05dc\u05d5\u05dd".encode(),
            "caf\u00e9 \u4e2d\u6587 \u05e9\u05dc\u05d5\u05dd",
            "no",
        ),
        ("\ufeffwith a mark".encode(), "with a mark", "no"),
        ("wide \u4e2d".encode("utf-16"), "wide \u4e2d", "no"),
        ("caf\u00e9 d\u00e9j\u00e0".encode("cp1252"), "caf\u00e9 d\u00e9j\u00e0", "yes"),
        ("\u4e2d\u6587".encode() * 30 + b"\xff", "\u4e2d\u6587" * 30 + "\ufffd", "yes"),
        (b"dos\r\nlines\rold", "dos\nlines\nold", "no"),
        (b"x" * 9_000 + b" \0 later", "x", "yes"),
    ],
)
def test_text_of_any_encoding_is_read_or_repaired(
    content: bytes, shown: str, repaired: str
) -> None:
    cut = cut_file("a.txt", Format.PLAIN, content)
    assert text(cut).startswith(shown)
    assert cut.repaired == (repaired == "yes")


def test_python_is_read_in_the_encoding_that_it_names() -> None:
    cut = cut_file("a.py", Format.PYTHON, b"# coding: latin-1\nname = 'caf\xe9'\n")
    assert "caf\u00e9" in text(cut)
    assert not cut.repaired


def test_a_script_without_a_suffix_is_code_by_its_first_line() -> None:
    body = "\n".join(f"    line_{n} = {n}" for n in range(50))
    cut = cut_file("tool", Format.PLAIN, f"#!/usr/bin/env python3\ndef run():\n{body}\n".encode())
    assert [piece.title for piece in cut.parts[0].pieces] == ["tool run()"]


def test_small_json_is_text_and_an_export_is_conversations() -> None:
    assert text(cut_file("a.json", Format.JSON, b'{"port": 80}')) == '{"port": 80}'
    export = [
        {"uuid": f"u{n}", "chat_messages": [{"sender": "human", "text": f"question {n}"}]}
        for n in range(3)
    ]
    cut = cut_file("conversations.json", Format.JSON, json.dumps(export).encode())
    assert [(part.id, len(part.pieces)) for part in cut.parts] == [("u0", 1), ("u1", 1), ("u2", 1)]


@pytest.mark.parametrize("format_", TEXT_FORMATS)
@settings(deadline=None)  # the first source of all takes as long as the import of lizard
@given(content=st.binary(max_size=400))
def test_any_bytes_are_cut_or_have_a_reason(format_: Format, content: bytes) -> None:
    cut = cut_file("a.js" if format_ is Format.CODE else "a", format_, content)
    assert (cut.reason is None) == bool(cut.parts)
    for part in cut.parts:
        assert all(piece.text.strip() for piece in part.pieces)
        assert all(piece.text.encode() for piece in part.pieces), "no lone surrogates"
