import io
import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revo_edge.contract.recall import ItemKind
from revo_edge.engines.recall.chunk_other import (
    NoReader,
    cut_history,
    cut_html,
    cut_notebook,
    cut_pdf,
)


def test_a_notebook_is_cut_into_its_cells() -> None:
    notebook = {
        "cells": [
            {"cell_type": "markdown", "source": ["# Title\n", "words"]},
            {"cell_type": "code", "source": "import x\nx.run()", "outputs": [{"text": "no"}]},
            {"cell_type": "code", "source": []},
        ],
        "nbformat": 4,
    }
    text, code = cut_notebook("a.ipynb", json.dumps(notebook).encode())
    assert (text.kind, text.title) == (ItemKind.DOCUMENT, "a.ipynb cell 1 > Title")
    assert (code.kind, code.title, code.metadata) == (ItemKind.CODE, "a.ipynb cell 2", {"cell": 2})
    assert code.first_line is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"cells": 3}'])
def test_what_is_no_notebook_says_so(content: bytes) -> None:
    with pytest.raises(NoReader, match="no notebook"):
        cut_notebook("a.ipynb", content)


def pdf(text: str) -> bytes:
    """Write a PDF of one page by hand."""
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, io.SEEK_END)
    places = []
    for number, each in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, each))
    start = out.tell()
    out.write(b"xref\n0 6\n0000000000 65535 f \n")
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % start)
    return out.getvalue()


def test_the_text_of_a_pdf_is_cut_by_page() -> None:
    pytest.importorskip("pypdf")
    (piece,) = cut_pdf("a.pdf", pdf("The harbour opens at nine"))
    assert piece.text == "The harbour opens at nine"
    assert (piece.title, piece.metadata) == ("a.pdf page 1", {"page": 1})


@pytest.mark.filterwarnings("ignore")
def test_a_pdf_that_cannot_be_read_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pypdf")
    with pytest.raises(NoReader, match="pypdf cannot read it"):
        cut_pdf("a.pdf", b"%PDF-1.4 nonsense")
    monkeypatch.setitem(sys.modules, "pypdf", None)
    with pytest.raises(NoReader, match="pip install"):
        cut_pdf("a.pdf", b"")


def test_a_page_is_cut_as_it_is_shown() -> None:
    html = (
        "<html><head><title>News</title><style>p {}</style></head><body><script>no()</script>"
        "<h1>Big</h1><p>First &amp; <b>bold</b> words.</p><ul><li>one</li><li>two</li></ul>"
    )
    (piece,) = cut_html("a.html", html)
    assert piece.title == "a.html > News"
    assert piece.text.split("\n") == ["Big", "", "First & bold words.", "", "one", "", "two"]


@given(st.text(alphabet="<>/abhed scriptyl!-&;'\"=", max_size=200))
def test_whatever_the_page_is_it_is_cut(html: str) -> None:
    assert all(piece.text.strip() for piece in cut_html("a", html))


def commands(text: str) -> list[tuple[str, float | None, int | None]]:
    pieces, _ = cut_history("h", text)
    return [(piece.text, piece.at, piece.first_line) for piece in pieces]


def test_commands_of_each_shell_are_read_with_their_time() -> None:
    assert commands("#1700000000\nmake test-all\nls\ncd /var/log/app\n") == [
        ("make test-all", 1_700_000_000.0, 2),
        ("cd /var/log/app", None, 4),
    ]
    assert commands(": 1700000000:3;make all \\\n  && make install\n") == [
        ("make all \n  && make install", 1_700_000_000.0, 1)
    ]
    assert commands("- cmd: make test-all\n  when: 1700000000\n- cmd: git status -s\n") == [
        ("make test-all", 1_700_000_000.0, 1),
        ("git status -s", None, 3),
    ]


def test_a_command_is_kept_once_and_its_last_use_counts() -> None:
    assert commands("make test-all\ngit status -s\nmake test-all\n") == [
        ("git status -s", None, 2),
        ("make test-all", None, 3),
    ]


@pytest.mark.parametrize(
    "command",
    [
        "export API_KEY=abc123",
        "mysql --password=hunter2",
        "curl -H 'Authorization: Bearer x'",
        "aws_secret_access_key = x",
    ],
)
def test_a_command_that_seems_to_hold_a_secret_is_left_out(command: str) -> None:
    assert cut_history("h", command) == ([], 1)
