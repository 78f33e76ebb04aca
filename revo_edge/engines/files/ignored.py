"""Whether a single path of a tree is left out, without walking the tree."""

import contextlib
import os

from revo_edge.engines.files.gitignore import IgnoreRules
from revo_edge.engines.files.tree import IGNORE_FILE, is_ignored, open_below, read_rules

ALWAYS_LEFT_OUT = (
    "node_modules/",
    "__pycache__/",
    ".venv/",
    "venv/",
    ".tox/",
    ".nox/",
    ".hg/",
    ".svn/",
    ".mypy_cache/",
    ".pytest_cache/",
    ".ruff_cache/",
    ".idea/",
    "*.egg-info/",
)
"""Folders that tools fill, as lines of a .gitignore; `!name/` among the excludes takes one back."""

_Rules = tuple[tuple[str, IgnoreRules], ...]


class Ignored:
    """Answers for the paths below one root; a changed .gitignore is read again."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._always = IgnoreRules("\n".join(ALWAYS_LEFT_OUT).encode())
        self._read: dict[str, tuple[int, IgnoreRules]] = {}

    def __contains__(self, path: str) -> bool:
        """Tell whether a path, relative to the root, or a folder that it is in is left out.

        The path itself need not exist any more; that of a folder ends with a slash.
        """
        rules: _Rules = self._inside("", ())
        names = path.rstrip("/").split("/")
        for count in range(1, len(names) + 1):
            part = "/".join(names[:count])
            is_folder = count < len(names) or path.endswith("/")
            if names[count - 1] == ".git" or self._always.verdict(part, is_folder=is_folder):
                return True
            if is_ignored(part, rules, is_folder=is_folder):
                return True
            if is_folder:
                rules = self._inside(part + "/", rules)
        return False

    def _inside(self, folder: str, rules: _Rules) -> _Rules:
        """Return the rules that hold in a folder, the innermost first."""
        try:
            changed = os.stat(  # noqa: PTH116  Path cannot hold every name
                f"{self._root}/{folder}{IGNORE_FILE}", follow_symlinks=False
            ).st_mtime_ns
        except (OSError, ValueError):
            return rules
        known = self._read.get(folder)
        if known is None or known[0] != changed:
            known = (changed, self._parse(folder))
            self._read[folder] = known
        return ((folder, known[1]), *rules)

    def _parse(self, folder: str) -> IgnoreRules:
        with contextlib.suppress(OSError):
            descriptor = open_below(self._root, folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                return read_rules(descriptor)
            finally:
                os.close(descriptor)
        return IgnoreRules(b"")
