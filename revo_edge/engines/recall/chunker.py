"""From the content of a file to pieces: decoded, repaired where needed, and cut by its format."""

import re
from collections.abc import Callable

import msgspec

from revo_edge.engines.files.languages import language_of
from revo_edge.engines.files.reading import decode_python, is_binary, is_python
from revo_edge.engines.recall import chunk_chat, chunk_other
from revo_edge.engines.recall.chunk_code import cut_code
from revo_edge.engines.recall.chunk_other import NoReader
from revo_edge.engines.recall.chunk_prose import cut_markdown, cut_plain, cut_rst
from revo_edge.engines.recall.chunk_python import cut_python
from revo_edge.engines.recall.formats import DATA_LIMIT_BYTES, Format, Reason
from revo_edge.engines.recall.pieces import Piece, clean

LINE_CHARACTERS = 400
"""Source with longer lines on average was not written by people."""

_SMALL_CHARACTERS = 5_000  # too little to judge by the length of its lines
_CONTROL = bytes(set(range(32)) - set(b"\t\n\r\f\x1b"))
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_CHAT = re.compile(rb'"(?:mapping|chat_messages|messages|role|speaker|sender)"\s*:')
_CHAT_PROBE_BYTES = 64 * 1024


class Part(msgspec.Struct, frozen=True):
    """The pieces of a file, or of one conversation in it by its id."""

    pieces: list[Piece]
    id: str = ""


class Cut(msgspec.Struct, frozen=True):
    """What became of a file: parts, or the reason why there are none.

    `repaired` says that it was not valid text: what could not be read is shown as U+FFFD, or it was
    taken for Windows-1252. `left_out` counts commands that seem to hold a secret.
    """

    parts: list[Part] = []
    reason: Reason | None = None
    detail: str = ""
    repaired: bool = False
    left_out: int = 0


def cut_file(path: str, format: Format, content: bytes) -> Cut:
    """Cut a file; whatever it holds, this ends in pieces or a reason."""
    if format in (Format.PDF, Format.NOTEBOOK):
        reader = chunk_other.cut_pdf if format is Format.PDF else chunk_other.cut_notebook
        try:
            return _whole(reader(path, content))
        except NoReader as error:
            return Cut(reason=Reason.NO_READER, detail=str(error))
    if not content.strip():
        return Cut(reason=Reason.EMPTY)
    decoded = _decode(path, format, content)
    if decoded is None:
        return Cut(reason=Reason.BINARY)
    text, repaired = decoded
    cut = _cut_text(path, format, text, content)
    return msgspec.structs.replace(cut, repaired=True) if repaired else cut


def _whole(pieces: list[Piece]) -> Cut:
    return Cut([Part(pieces)]) if pieces else Cut(reason=Reason.EMPTY)


def _decode(path: str, format: Format, content: bytes) -> tuple[str, bool] | None:
    """Return the text and whether it was repaired; None: it is none."""
    repaired = False
    if content.startswith(_UTF16):
        text = content.decode("utf-16", errors="replace")
        repaired = "\ufffd" in text
    elif is_binary(content):
        return None
    else:
        try:
            python = format is Format.PYTHON or (
                format is Format.PLAIN and is_python(path, content)
            )
            text = decode_python(content) if python else content.decode("utf-8-sig")
        except (SyntaxError, UnicodeError, LookupError):
            if len(content.translate(None, _CONTROL)) < len(content) * 0.98:
                return None
            text, repaired = _guess(content), True
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    cleaned = clean(text)
    return cleaned, repaired or cleaned != text


def _guess(content: bytes) -> str:
    """Decode what is not UTF-8: mostly so with some bytes broken, else as old Windows texts are."""
    text = content.decode(errors="replace")
    odd = text.count("\ufffd")
    if odd * 20 < sum(byte > 0x7F for byte in content):
        return text
    return content.decode("cp1252", errors="replace")


def _cut_text(path: str, format: Format, text: str, content: bytes) -> Cut:
    if format is Format.JSON_LINES:
        pieces = chunk_chat.cut_json_lines(path, text)
        return Cut(reason=Reason.DATA) if pieces is None else _whole(pieces)
    if format is Format.HISTORY:
        pieces, secret = chunk_other.cut_history(path, text)
        return msgspec.structs.replace(_whole(pieces), left_out=secret)
    if format is Format.JSON:
        return _cut_json(path, text, content)
    if format in (Format.PYTHON, Format.CODE, Format.SETTINGS) and _is_minified(text):
        return Cut(reason=Reason.MINIFIED)
    if format is Format.PLAIN and is_python(path, content):
        format = Format.PYTHON
    return _whole(_CUTTERS.get(format, cut_plain)(path, text))


def _cut_json(path: str, text: str, content: bytes) -> Cut:
    """Cut an export of conversations, or a small file of settings."""
    if _CHAT.search(content, 0, _CHAT_PROBE_BYTES):
        found = chunk_chat.cut_export(path, text)
        if found:
            return Cut([Part(pieces, name) for name, pieces in found])
    if len(content) > DATA_LIMIT_BYTES:
        return Cut(reason=Reason.DATA)
    return Cut(reason=Reason.MINIFIED) if _is_minified(text) else _whole(cut_plain(path, text))


def _is_minified(text: str) -> bool:
    return len(text) > _SMALL_CHARACTERS and len(text) > LINE_CHARACTERS * (text.count("\n") + 1)


def _cut_code(path: str, text: str) -> list[Piece]:
    return cut_code(path, language_of(path), text)


_CUTTERS: dict[Format, Callable[[str, str], list[Piece]]] = {
    Format.PYTHON: cut_python,
    Format.CODE: _cut_code,
    Format.MARKDOWN: cut_markdown,
    Format.RST: cut_rst,
    Format.HTML: chunk_other.cut_html,
}
