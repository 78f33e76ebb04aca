"""What a file is, judged by its name and size: how it is to be cut, or why it is left out."""

from enum import StrEnum
from fnmatch import fnmatchcase

from revo_edge.engines.files.languages import OTHER, language_of

KIB = 1024
CODE_LIMIT_BYTES = 2 * KIB * KIB
"""No source that people wrote is longer."""
TEXT_LIMIT_BYTES = 16 * KIB * KIB
DATA_LIMIT_BYTES = 256 * KIB
"""A longer file of a format for data is no configuration, and nothing one would ask for in words."""
PDF_LIMIT_BYTES = 64 * KIB * KIB
CHAT_LIMIT_BYTES = 128 * KIB * KIB
"""It is held in memory whole, about five times its size."""


class Format(StrEnum):
    """How a file is cut."""

    PYTHON = "python"
    CODE = "code"
    MARKDOWN = "markdown"
    RST = "rst"
    HTML = "html"
    PLAIN = "plain"
    SETTINGS = "settings"
    NOTEBOOK = "notebook"
    PDF = "pdf"
    JSON = "json"
    JSON_LINES = "json_lines"
    HISTORY = "history"


class Reason(StrEnum):
    """Why nothing of a file is remembered; beside those of the walk."""

    BINARY = "binary"
    HUGE = "huge"
    EMPTY = "empty"
    DATA = "data"
    MINIFIED = "minified"
    SECRET = "secret"  # noqa: S105 - the name of a reason
    SHELL_HISTORY = "shell_history"
    NO_READER = "no_reader"
    FAILED = "failed"


REASONS = {
    Reason.BINARY: "no text",
    Reason.HUGE: "too large for its format",
    Reason.EMPTY: "nothing in it",
    Reason.DATA: "data or a lock file: nothing one would ask for in words",
    Reason.MINIFIED: "minified or generated: its lines are too long",
    Reason.SECRET: "its name says that it holds keys or passwords",
    Reason.SHELL_HISTORY: "the history of a shell: only when it is asked for",
    Reason.NO_READER: "what reads it is not installed, or fails on it",
    Reason.FAILED: "its worker was lost",
}
"""What the reasons mean."""

_HISTORIES = frozenset(
    {".bash_history", ".zsh_history", ".zhistory", ".sh_history", "fish_history"}
)
_SECRETS = (
    ".env",
    ".env.*",
    ".netrc",
    ".pgpass",
    ".git-credentials",
    "id_rsa*",
    "id_ed25519*",
    "id_ecdsa*",
    "*.pem",
    "*.key",
    "*.p12",
    "*.pfx",
    "*.kdbx",
    "credentials.json",
    "secrets.*",
)
_LOCKS = frozenset(
    {
        "cargo.lock",
        "composer.lock",
        "flake.lock",
        "gemfile.lock",
        "go.sum",
        "package-lock.json",
        "pipfile.lock",
        "pnpm-lock.yaml",
        "poetry.lock",
        "uv.lock",
        "yarn.lock",
    }
)
_MINIFIED = (".min.js", ".min.css", ".min.mjs", ".js.map", ".css.map", ".bundle.js")
_BY_SUFFIX = {
    "pdf": Format.PDF,
    "ipynb": Format.NOTEBOOK,
    "jsonl": Format.JSON_LINES,
    "ndjson": Format.JSON_LINES,
    "rst": Format.RST,
}
_BY_LANGUAGE = {
    "Python": Format.PYTHON,
    "Markdown": Format.MARKDOWN,
    "HTML": Format.HTML,
    "Text": Format.PLAIN,
    OTHER: Format.PLAIN,
    "JSON": Format.JSON,
    **dict.fromkeys(("INI", "TOML", "YAML", "XML"), Format.SETTINGS),
}
_DATA = frozenset({"CSV", "Gettext", "SVG"})
_LIMITS = {
    Format.MARKDOWN: TEXT_LIMIT_BYTES,
    Format.RST: TEXT_LIMIT_BYTES,
    Format.PLAIN: TEXT_LIMIT_BYTES,
    Format.HTML: TEXT_LIMIT_BYTES,
    Format.NOTEBOOK: TEXT_LIMIT_BYTES,
    Format.HISTORY: TEXT_LIMIT_BYTES,
    Format.PDF: PDF_LIMIT_BYTES,
    Format.JSON: CHAT_LIMIT_BYTES,
    Format.JSON_LINES: CHAT_LIMIT_BYTES,
}


def format_of(path: str, size_bytes: int, *, history: bool = False) -> Format | Reason:
    """Judge a file; `history` says that those of shells are asked for."""
    name = path.rpartition("/")[2].lower()
    if name in _HISTORIES:
        found = Format.HISTORY if history else Reason.SHELL_HISTORY
    else:
        found = _by_name(name) or _by_kind(path, size_bytes)
    if isinstance(found, Format) and size_bytes > limit_of(found):
        return Reason.HUGE
    return found


def limit_of(format: Format) -> int:
    """Return the size above which a file is left out, in bytes."""
    return _LIMITS.get(format, CODE_LIMIT_BYTES)


def _by_name(name: str) -> Reason | None:
    if any(fnmatchcase(name, pattern) for pattern in _SECRETS):
        example = name.endswith((".example", ".sample", ".template", ".pub", ".py", ".md"))
        return None if example else Reason.SECRET
    if name in _LOCKS:
        return Reason.DATA
    return Reason.MINIFIED if name.endswith(_MINIFIED) else None


def _by_kind(path: str, size_bytes: int) -> Format | Reason:
    suffix = path.rpartition("/")[2].rpartition(".")[2].lower()
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    language = language_of(path)
    if language in _DATA:
        return Reason.DATA
    found = _BY_LANGUAGE.get(language, Format.CODE)
    return Reason.DATA if found is Format.SETTINGS and size_bytes > DATA_LIMIT_BYTES else found
