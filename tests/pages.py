"""Runs what the pages of docs/ print, so that the pages are what is tested."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

from tests.harness import REPOSITORY

LIMIT_S = 60.0
ENGINE_PAGE = REPOSITORY / "docs" / "writing-an-engine.md"


def blocks(page: Path, *languages: str) -> list[str]:
    """Return the code blocks of these languages, in order."""
    found = re.findall(r"^```(\w*)\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
    return [text for language, text in found if language in languages]


def shell(
    script: str, cwd: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a script as a user would type it, with `revo` on the path; the first failure ends it."""
    bin_ = cwd.parent / f"{cwd.name}-bin"
    bin_.mkdir(exist_ok=True)
    for name, module in (("revo", "-P -m revo_edge"), ("python3", ""), ("python", "")):
        (bin_ / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {module} "$@"\n')
        (bin_ / name).chmod(0o755)
    chosen = {
        **os.environ,
        "PATH": f"{bin_}:/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": str(REPOSITORY),
        **(env or {}),
    }
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=cwd,
        env=chosen,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


def write_engine(folder: Path) -> None:
    """Make the folder of the engine's page: its files are the blocks of the page, in order."""
    names = (
        "pyproject.toml",
        "revo_dupes/__init__.py",
        "revo_dupes/kinds.py",
        "revo_dupes/work.py",
    )
    (folder / "revo_dupes").mkdir(parents=True, exist_ok=True)
    for name, text in zip(names, blocks(ENGINE_PAGE, "toml", "python"), strict=True):
        (folder / name).write_text(text)


def install(folder: Path, site: Path) -> None:
    """Do what `pip install` does with a package of pure Python, without a network."""
    wanted = tomllib.loads((folder / "pyproject.toml").read_text())
    project = wanted["project"]
    for package in wanted["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]:
        shutil.copytree(folder / package, site / package, dirs_exist_ok=True)
    info = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    head = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (info / "METADATA").write_text(head)
    points = [
        f"[{group}]\n" + "".join(f"{name} = {place}\n" for name, place in found.items())
        for group, found in project["entry-points"].items()
    ]
    (info / "entry_points.txt").write_text("\n".join(points))
