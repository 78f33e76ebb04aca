"""Checks of `revo doctor` on the machine: the functions' Python, tools, limits, the desktop."""

import importlib.util
import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from revo_edge.cli.gui import desktop_command, install_line, is_installed
from revo_edge.cli.inputs import PASSED_ON
from revo_edge.cli.verdict import Check, guarded, unchecked, warned
from revo_edge.contract.workers import Attempt
from revo_edge.engines.base import ItemFailed
from revo_edge.engines.parallel.lint import INSTALL, find_ruff
from revo_edge.pool.interpreter import find_python

OLDEST_FUNCTION_PYTHON = (3, 8)
FDS_LEAST = 1_024
INOTIFY_LEAST = 16
"""Instances a user should still be able to open."""
ASK_LIMIT_S = 10.0
_INOTIFY = Path("/proc/sys/fs/inotify")


def check_machine() -> Iterator[Check]:
    """Yield the checks; none needs a daemon."""
    yield from guarded("function python", _function_python)
    yield _tool("git", "A survey then cannot say how often each file changes.", "apt-get install")
    yield _ruff()
    yield _files()
    yield from guarded("inotify", _inotify)
    yield from guarded("desktop libraries", _desktop_libraries)
    yield _fonts()


def _function_python() -> Check:
    """Which interpreter a function of this very folder would get, and whether it runs."""
    name, mend = "function python", "Name one by --python PATH, or install python3."
    env = {key: os.environ[key] for key in PASSED_ON if key in os.environ}
    here = Path.cwd()
    try:
        python = find_python(Attempt("", "", "parallel.map", cwd=str(here), env=env), "")
    except ItemFailed as error:
        return Check(name, False, error.error.msg, mend)
    code = "import sys; print('%d.%d.%d' % sys.version_info[:3])"
    said = _ask([python, "-I", "-c", code])
    version = said.stdout.strip()
    if said.returncode or not version:
        return Check(name, False, f"{python} does not run: {said.stderr.strip()[-200:]}", mend)
    new_enough = tuple(map(int, version.split(".")[:2])) >= OLDEST_FUNCTION_PYTHON
    return Check(name, new_enough, f"Python {version}, {python}: {_why(python, here)}", mend)


def _why(python: str, here: Path) -> str:
    if python.startswith(f"{here / '.venv'}/"):
        return "the .venv of this folder"
    active = os.environ.get("VIRTUAL_ENV")
    if active and python.startswith(f"{active}/"):
        return "VIRTUAL_ENV, since there is no .venv here"
    return "python3 on PATH, since there is no .venv here and no VIRTUAL_ENV"


def _tool(name: str, without: str, install: str) -> Check:
    found = shutil.which(name)
    return warned(name, found is not None, found or f"not on PATH. {without}", f"{install} {name}")


def _ruff() -> Check:
    """Name the ruff that a survey would ask."""
    found = find_ruff()
    without = "not found. A survey then has no lint findings."
    return warned("ruff", bool(found), found or without, INSTALL)


def _files() -> Check:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    good = soft == resource.RLIM_INFINITY or soft >= FDS_LEAST
    detail = f"{_count(soft)} may be open at once, up to {_count(hard)} if asked for"
    return warned("open files", good, detail, f"ulimit -n {FDS_LEAST}; revo restart")


def _count(limit: int) -> str:
    return "any number" if limit == resource.RLIM_INFINITY else f"{limit:,}"


def _inotify() -> Check:
    instances, watches = (
        int((_INOTIFY / f"max_user_{name}").read_text()) for name in ("instances", "watches")
    )
    used = _inotify_used()
    detail = f"{used} of {instances:,} instances used by you, {watches:,} watches each user"
    mend = f"sudo sysctl fs.inotify.max_user_instances={2 * instances}"
    return warned("inotify", instances - used >= INOTIFY_LEAST, detail, mend)


def _inotify_used() -> int:
    """Count the instances of this user's processes; those of others are not shown to us."""
    used = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if process.stat().st_uid == os.getuid():
                links = [os.readlink(fd) for fd in (process / "fd").iterdir()]  # noqa: PTH115 - "anon_inode:inotify" is no path
                used += links.count("anon_inode:inotify")
        except OSError:  # it ended while we read
            continue
    return used


def _desktop_libraries() -> Check:
    """The desktop knows what it needs; it is asked as a process, Qt is not loaded."""
    name = "desktop libraries"
    if not is_installed():
        return unchecked(name, "the desktop is not installed", install_line())
    said = _ask(desktop_command("--packages"))
    if said.returncode:
        return unchecked(name, said.stderr.strip()[-200:] or "the desktop does not answer")
    missing = said.stdout.split()
    detail = f"missing: {', '.join(missing)}" if missing else "all there"
    return warned(name, not missing, detail, f"sudo apt-get install {' '.join(missing)}")


def _fonts() -> Check:
    """The desktop ships its fonts, so what the system has does not matter."""
    spec = importlib.util.find_spec("revo_gui")
    if spec is None or spec.origin is None or not is_installed():
        return unchecked("fonts", "the desktop is not installed", install_line())
    fonts = [path for path in Path(spec.origin).parent.rglob("*.[ot]tf") if path.stat().st_size]
    return Check("fonts", bool(fonts), f"{len(fonts)} shipped with the desktop", install_line())


def _ask(command: list[str]) -> "subprocess.CompletedProcess[str]":
    """Run a program that only answers; one that does not end counts as failed."""
    try:
        return subprocess.run(  # noqa: S603 - our own program, or the interpreter of the user
            command, capture_output=True, text=True, check=False, timeout=ASK_LIMIT_S
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", f"no end within {ASK_LIMIT_S:g} s")
