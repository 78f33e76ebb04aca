"""Real repositories for tests, and commands as an engine runs them."""

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from revo_edge.contract.tasks import ErrorInfo
from revo_edge.engines.base import CommandResult, ItemFailed

NOW = 1_700_000_000
DAY = 86_400


def run(argv: Sequence[str], *, timeout_s: float | None = None) -> CommandResult:
    """Run a command as Context.run_command does."""
    began = time.monotonic()
    try:
        done = subprocess.run(argv, capture_output=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired:
        raise ItemFailed(ErrorInfo("timeout", f"{argv[0]} ran longer than {timeout_s} s")) from None
    out, err = (text[: 64 * 1024].decode(errors="replace") for text in (done.stdout, done.stderr))
    return CommandResult(done.returncode, out, err, time.monotonic() - began)


def git(root: Path, *arguments: str, days_ago: float = 0, author: str = "Ann <ann@x>") -> str:
    name, _, address = author.rstrip(">").partition(" <")
    stamp = f"{int(NOW - days_ago * DAY)} +0000"
    names = {f"GIT_{who}_NAME": name for who in ("AUTHOR", "COMMITTER")}
    addresses = {f"GIT_{who}_EMAIL": address for who in ("AUTHOR", "COMMITTER")}
    dates = {f"GIT_{who}_DATE": stamp for who in ("AUTHOR", "COMMITTER")}
    settings = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
    env = {**os.environ, **names, **addresses, **dates, **settings}
    command = ["git", "-c", "protocol.file.allow=always", *arguments]
    return subprocess.run(
        command, cwd=root, env=env, check=True, capture_output=True, text=True
    ).stdout


def commit(root: Path, days_ago: float, author: str = "Ann <ann@x>", **files: str) -> None:
    """Write files (a double underscore in a name is a slash, _py is .py) and commit them."""
    for name, text in files.items():
        file = root / name.replace("__", "/").replace("_py", ".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "x", days_ago=days_ago, author=author)


def repository(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    git(folder, "init", "-q", "-b", "main")
    return folder
