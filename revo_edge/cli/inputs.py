"""What a map runs, and over which inputs."""

import glob
import json
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from revo_edge.errors import NotFound

PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "VIRTUAL_ENV", "PYTHONPATH")
"""Variables of the caller that user functions and commands see, beside those of --env."""


def read_inputs(
    words: Sequence[str], *, as_globs: bool, lines_from: str | None, json_list: str | None
) -> list[Any]:
    """Return the inputs: arguments, then lines of a file, then values of a JSON list.

    Raises UsageError when no source was given, NotFound for a file that is not there.
    """
    if not words and lines_from is None and json_list is None:
        raise click.UsageError("There are no inputs: give INPUTS, --from FILE or --json-list FILE.")
    found: list[Any] = _expand(words) if as_globs else list(words)
    if lines_from is not None:
        found += [line for line in _read(lines_from).splitlines() if line.strip()]
    if json_list is not None:
        found += _as_list(_read(json_list), json_list)
    return found


def absolute_function(text: str) -> str:
    """Return `file.py:func` with an absolute path, and `package.module:func` as it is.

    Raises UsageError when it is neither, NotFound when there is no such file.
    """
    place, colon, name = text.rpartition(":")
    if not (colon and place and name):
        raise click.UsageError(f'"{text}" is neither package.module:func nor file.py:func.')
    if not place.endswith(".py") and os.sep not in place:
        return text
    file = Path(place).expanduser().absolute()
    if not file.is_file():
        raise NotFound(f"There is no file {place}. Write it as file.py:func.")
    return f"{file}:{name}"


def absolute_python(text: str | None) -> str | None:
    """Return the interpreter's path with its symlinks kept (a venv's python is one)."""
    if text is None:
        return None
    found = shutil.which(Path(text).expanduser())
    if found is None:
        raise NotFound(f"There is no interpreter {text}. Name one such as .venv/bin/python.")
    return str(Path(found).absolute())


def environment(extra: Sequence[str]) -> dict[str, str]:
    """Return the variables passed on, and NAME=VALUE pairs; raise UsageError."""
    found = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    for pair in extra:
        name, equals, value = pair.partition("=")
        if not (name and equals):
            raise click.UsageError(f'--env "{pair}" is not NAME=VALUE.')
        found[name] = value
    return found


def _expand(patterns: Sequence[str]) -> list[str]:
    found = [path for pattern in patterns for path in _glob(pattern)]
    if not found:
        raise NotFound(f"No file fits {' '.join(patterns)}. Quote patterns, and ** goes deeper.")
    return found


def _glob(pattern: str) -> list[str]:
    return sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - Path.glob takes no absolute ones


def _read(name: str) -> str:
    try:
        if name == "-":
            return sys.stdin.read()
        return Path(name).read_text(encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        raise NotFound(f"Cannot read {name}: {error.strerror}.") from None


def _as_list(text: str, name: str) -> list[Any]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise click.UsageError(f"{name} is not JSON: {error}.") from None
    if not isinstance(found, list):
        raise click.UsageError(f"{name} must hold a JSON list.")
    return found
