"""Notebooks, PDF, HTML and the history of a shell."""

import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import msgspec

from revo_edge.contract.recall import ItemKind
from revo_edge.engines.recall.chunk_prose import cut_markdown
from revo_edge.engines.recall.pieces import Piece, clean, cut_lines, number_parts, shorten

PDF_HINT = 'needs pypdf: pip install "revo-edge[recall]"'

_SECRET = re.compile(
    r"(?i)(pass(word|wd|phrase)?|secret|token|api_?key|credential|authorization)\S*\s*[=: ]\s*\S"
)
_ZSH = re.compile(r": (\d+):\d+;(.*)", re.DOTALL)
_BASH_TIME = re.compile(r"#(\d{9,11})$")
_COMMAND_CHARACTERS = 8  # a shorter command is nothing to remember
_COMMAND_LIMIT = 4_000
_HIDDEN = frozenset({"script", "style", "head", "template", "noscript", "svg"})
_APART = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "br",
        "dd",
        "div",
        "dl",
        "dt",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "td",
        "th",
        "tr",
        "ul",
    ]
)


class NoReader(Exception):
    """Raised when what reads a format is not installed or fails on the file; the text says why."""


class _Cell(msgspec.Struct):
    cell_type: str = ""
    source: str | list[str] = ""


class _Notebook(msgspec.Struct):
    cells: list[_Cell] = []


def cut_notebook(path: str, content: bytes) -> list[Piece]:
    """Cut a Jupyter notebook into its cells; outputs are left out. Raises NoReader."""
    try:
        notebook = msgspec.json.decode(content, type=_Notebook)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise NoReader(f"no notebook: {error}") from error
    return [
        piece
        for number, cell in enumerate(notebook.cells, 1)
        for piece in _cell(path, number, cell)
    ]


def _cell(path: str, number: int, cell: _Cell) -> Iterator[Piece]:
    text = clean(cell.source if isinstance(cell.source, str) else "".join(cell.source))
    name = f"{path} cell {number}"
    if cell.cell_type == "markdown":
        found = cut_markdown(name, text)
    else:
        kind = ItemKind.CODE if cell.cell_type == "code" else ItemKind.DOCUMENT
        lines = text.split("\n")
        blocks = cut_lines(lines, 1, len(lines))
        found = number_parts(Piece(block.text, shorten(name), kind) for block in blocks)
    for piece in found:
        metadata = {**piece.metadata, "cell": number}
        yield msgspec.structs.replace(piece, first_line=None, last_line=None, metadata=metadata)


def cut_pdf(path: str, content: bytes) -> list[Piece]:
    """Cut the text of a PDF file page by page; raises NoReader."""
    try:
        import pypdf  # noqa: PLC0415 - of the extra [recall], and 0.2 s
    except ImportError:
        raise NoReader(PDF_HINT) from None
    failures = (pypdf.errors.PyPdfError, ArithmeticError, AttributeError, LookupError)
    try:
        reader = pypdf.PdfReader(io.BytesIO(content))
        pages = [page.extract_text() for page in reader.pages]
    except (
        *failures,
        OSError,
        RecursionError,
        TypeError,
        ValueError,
        NotImplementedError,
    ) as error:
        raise NoReader(f"pypdf cannot read it: {type(error).__name__}") from error
    return [piece for number, text in enumerate(pages, 1) for piece in _page(path, number, text)]


def _page(path: str, number: int, text: str) -> list[Piece]:
    lines = clean(text).split("\n")
    title = shorten(f"{path} page {number}")
    return number_parts(
        Piece(block.text, title, metadata={"page": number})
        for block in cut_lines(lines, 1, len(lines))
    )


def cut_html(path: str, text: str) -> list[Piece]:
    """Cut what a page shows, without its tags."""
    page = _Page()
    page.feed(text)
    page.close()
    shown = "\n".join(" ".join(line.split()) for line in "".join(page.shown).split("\n"))
    lines = re.sub(r"\n{3,}", "\n\n", shown).split("\n")
    title = shorten(f"{path} > {page.title.strip()}" if page.title.strip() else path)
    return number_parts(Piece(block.text, title) for block in cut_lines(lines, 1, len(lines)))


class _Page(HTMLParser):
    """Collects the text that a page shows."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []
        self.title = ""
        self._hidden: list[str] = []
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line, or what is not shown."""
        del attrs
        self._in_title = tag == "title"
        if tag == "body":
            self._hidden.clear()
        elif tag in _HIDDEN:
            self._hidden.append(tag)
        elif tag in _APART:
            self.shown.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """End what is not shown, or a paragraph."""
        self._in_title = False
        if tag in self._hidden:
            del self._hidden[self._hidden.index(tag) :]
        elif tag in _APART:
            self.shown.append("\n\n" if tag in ("p", "div", "section", "ul", "ol", "pre") else "\n")

    def handle_data(self, data: str) -> None:
        """Take a text in."""
        if self._in_title:
            self.title += data
        elif not self._hidden:
            self.shown.append(data)


def cut_history(path: str, text: str) -> tuple[list[Piece], int]:
    """Cut the history of bash, zsh or fish into its different commands, the last use of each.

    Commands that seem to hold a password or a key are left out; returns how many.
    """
    commands: dict[str, tuple[int, float | None]] = {}
    secret = 0
    for line, at, typed in _fish(text) if "- cmd: " in text[:4096] else _commands(text):
        command = clean(typed.strip())[:_COMMAND_LIMIT]
        if _SECRET.search(command):
            secret += 1
        elif len(command) >= _COMMAND_CHARACTERS:
            commands.pop(command, None)
            commands[command] = (line, at)
    pieces = [
        Piece(command, shorten(path), ItemKind.NOTE, line, line, tags=("shell",), at=at)
        for command, (line, at) in commands.items()
    ]
    return pieces, secret


def _commands(text: str) -> Iterator[tuple[int, float | None, str]]:
    """Yield (line, time, command) of bash and zsh; a command may go over several lines."""
    at: float | None = None
    held: list[str] = []
    begun = 0
    for line, part in enumerate(text.split("\n"), 1):
        if not held and (stamp := _BASH_TIME.match(part)):
            at = float(stamp[1])
            continue
        begun = begun if held else line
        held.append(part.removesuffix("\\"))
        if part.endswith("\\"):
            continue
        command = "\n".join(held)
        held = []
        extended = _ZSH.match(command)
        yield (begun, float(extended[1]), extended[2]) if extended else (begun, at, command)
        at = None


def _fish(text: str) -> Iterator[tuple[int, float | None, str]]:
    command, begun = "", 0
    for line, part in enumerate(text.split("\n"), 1):
        if part.startswith("- cmd: "):
            if command:
                yield begun, None, command
            command, begun = part.removeprefix("- cmd: ").replace("\\n", "\n"), line
        elif command and part.startswith("  when: "):
            when = part.removeprefix("  when: ").strip()
            yield begun, float(when) if when.isdigit() else None, command
            command = ""
    if command:
        yield begun, None, command
