"""Runs `revo` as users do: a process of its own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema

from tests.ipc.schemas import Schema

REVO = [sys.executable, "-m", "revo_edge"]
LIMIT_S = 25.0


def revo(*args: str, cwd: Path | None = None, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command line to its end."""
    return subprocess.run(
        [*REVO, *args],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


def begin(*args: str, cwd: Path | None = None) -> subprocess.Popen[str]:
    """Start a command line whose output is read while it runs."""
    return subprocess.Popen(
        [*REVO, *args],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def document(schema: Schema, *args: str, code: int = 0, cwd: Path | None = None) -> Any:
    """Return the one JSON document that a command prints, checked against its schema."""
    done = revo(*args, "--json", cwd=cwd)
    assert done.returncode == code, done.stderr + done.stdout
    found = json.loads(done.stdout)
    jsonschema.validate(found, schema)
    return found


def lines(text: str, schema: Schema) -> list[Any]:
    """Return JSON Lines, each checked against the schema."""
    found = [json.loads(line) for line in text.splitlines()]
    for line in found:
        jsonschema.validate(line, schema)
    return found
