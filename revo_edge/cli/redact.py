"""Taking out of text what a stranger must not read: secrets, names, paths. Decides only."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

GONE = "[redacted]"
SET = "[set]"
"""Stands for a value that may be anything: that it is set is all that is told."""
LEAST_CHARS = 3
"""A shorter name or secret would take parts of ordinary words away."""

_NAMED_SO = (
    r"(?:pass(?:word|wd|phrase)?|pwd|secret|token|credentials?|cookie|auth(?:orization)?|bearer"
    r"|(?:api|private|access|signing|ssh|client)[_-]?key|key)"
)
_NAME = re.compile(rf"(?i)(?:^|[_\-.]){_NAMED_SO}s?(?:$|[_\-.])|{_NAMED_SO}$")
_PLAIN = re.compile(r"(?i)[+-]?[\d.]+|true|false|debug|info|warning|error|critical")
_RULES = (
    (re.compile(r"(?s)-----BEGIN [A-Z ]*-----.*?(?:-----END [A-Z ]*-----|\Z)"), GONE),
    # the user part of a URL, also without a password: it may be a token
    (re.compile(r"([a-zA-Z][\w+.-]*://)[^\s/@'\"]+@"), rf"\1{GONE}@"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+"), rf"\1 {GONE}"),
    (
        re.compile(
            rf"(?i)(\b[\w.-]*{_NAMED_SO}s?[\"']?\s*(?:=|:)\s*)"
            r"(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[^\s,;&)}\]]+)"
        ),
        rf"\1{GONE}",
    ),
    (re.compile(rf"(?i)(--[\w-]*{_NAMED_SO}s?\s+)\S+"), rf"\1{GONE}"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), GONE),
    (re.compile(r"\b(?:sk|pk|rk|gh[opsur]|github_pat|glpat|xox[a-z]|hf)[-_][\w-]{8,}"), GONE),
    (re.compile(r"\bA(?:KIA|SIA)[A-Z0-9]{12,}"), GONE),
)
_QUOTED_PATH = re.compile(r"(?P<quote>['\"`])(?P<path>[~/][^'\"`\n]*/[^'\"`\n]*)(?P=quote)")
_PATH = re.compile(r"(?<![\w.$~/\]])(?P<path>/(?!/)[^\s'\"`,;:()<>\[\]{}|]+)")
_KEPT = ("/usr/", "/bin/", "/lib", "/proc/", "/dev/", "/sys/", "/etc/", "/opt/")
_INSIDE = re.compile(r"/((?:revo_edge|revo_gui|site-packages|python3\.\d+)/.*)$")


class Redactor:
    """Replaces secrets, the user's and the machine's name, known folders, and all other paths.

    `folders` maps a folder to the word that stands for it; `secrets` are values known to be some.
    """

    def __init__(
        self, folders: Mapping[str, str], names: Mapping[str, str], secrets: Iterable[str] = ()
    ) -> None:
        exact = {value: GONE for value in secrets if len(value) >= LEAST_CHARS}
        self._exact = sorted(exact, key=len, reverse=True)
        self._folders = sorted(
            ((path.rstrip("/"), word) for path, word in folders.items() if len(path) > 1),
            key=lambda pair: len(pair[0]),
            reverse=True,
        )
        self._names = [
            (re.compile(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])"), word)
            for name, word in names.items()
            if len(name) >= LEAST_CHARS
        ]

    def text(self, text: str) -> str:
        """Return the text without them."""
        for secret in self._exact:
            text = text.replace(secret, GONE)
        for pattern, instead in _RULES:
            text = pattern.sub(instead, text)
        for path, word in self._folders:
            text = re.sub(rf"{re.escape(path)}(?![\w-])", word, text)  # no word has a backslash
        text = _QUOTED_PATH.sub(lambda m: f"{m['quote']}{_path(m['path'])}{m['quote']}", text)
        text = _PATH.sub(lambda m: _path(m["path"]), text)
        for pattern, word in self._names:
            text = pattern.sub(word, text)
        return text

    def value(self, value: Any) -> Any:
        """Return plain values (of JSON) without them; what a secret's name names is taken out."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {
                self.text(str(key)): GONE if is_secret(str(key)) else self.value(item)
                for key, item in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        return value


def is_secret(name: str) -> bool:
    """Tell whether a variable or a field of this name holds a secret."""
    return _NAME.search(name) is not None


def harmless(value: object) -> object:
    """Return a number, a switch or a log level as it is, a list's length, else only that it is set."""
    if isinstance(value, list | tuple | dict):
        return f"{SET}: {len(value)}"
    if value is None or isinstance(value, bool | int | float):
        return value
    return value if isinstance(value, str) and _PLAIN.fullmatch(value) else SET


def _path(path: str) -> str:
    """Keep what belongs to the system or to programs; of the user's own only that there is one."""
    if path.startswith("~") or (path.startswith(_KEPT) and str(Path(path)) == path):
        return path if not path.startswith("~/") else "~/..."
    inside = _INSIDE.search(path)
    return f".../{inside[1]}" if inside else "[path]"
