"""Whose Python: which interpreter runs a user's function."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from revo_edge.contract.tasks import ErrorInfo
from revo_edge.contract.workers import Attempt
from revo_edge.engines.base import ItemFailed


def find_python(attempt: Attempt, function: str) -> str:
    """Return the interpreter: the named one, else the tree's .venv, VIRTUAL_ENV, or python3.

    The tree is the task's folder, then the folder of a `file.py:func` and those above it. Raises
    ItemFailed (`spawn_failed`).
    """
    search = attempt.env.get("PATH") or os.environ.get("PATH", os.defpath)
    if attempt.python is not None:
        named = str(Path(attempt.cwd, Path(attempt.python).expanduser()))
        found = shutil.which(named) or shutil.which(attempt.python, path=search)
        if found is None:
            raise ItemFailed(_none_found(f"{attempt.python} is not an interpreter"))
        return found
    for folder in _environments(attempt, function):
        python = folder / "bin" / "python"
        if os.access(python, os.X_OK):
            return str(python)
    found = shutil.which("python3", path=search)
    if found is None:
        raise ItemFailed(_none_found("there is no .venv here and no python3 on PATH"))
    return found


def _environments(attempt: Attempt, function: str) -> Iterator[Path]:
    yield Path(attempt.cwd) / ".venv"
    file = function.rpartition(":")[0]
    if file.endswith(".py"):
        for folder in Path(os.path.normpath(Path(attempt.cwd, file))).parents:
            yield folder / ".venv"
    if attempt.env.get("VIRTUAL_ENV"):
        yield Path(attempt.env["VIRTUAL_ENV"])


def _none_found(why: str) -> ErrorInfo:
    return ErrorInfo(
        "spawn_failed", f"No Python for your function: {why}. Name one by --python PATH."
    )
