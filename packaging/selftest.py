#!/usr/bin/env python3
"""Drives the built bundle as a user would, in a home of its own, and looks at what it leaves.

    packaging/selftest.py [PATH/TO/revo] [--root DIR] [--json]

With --root every command runs through chroot in that folder, and PATH is a path in there: so a
machine without Python, libraries and fonts is tested from outside. Exit code 1 when a check fails.
"""

import argparse
import contextlib
import json
import os
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

BUILT = Path(__file__).resolve().parents[1] / "dist" / "revo" / "revo"
COMMAND_LIMIT_S = 60.0
END_LIMIT_S = 10.0
START_LIMIT_MS = 200.0
UNPACKING_START_LIMIT_MS = 5000.0
"""One file unpacks itself at every start."""
HEAVY = ("libQt6", "PySide6", "libGL", "libcrypto")
"""Only the desktop loads these."""
MEMORYS = "numpy"
"""What makes and searches the memory loads this: readers, and workers that did something for it."""
LEAST_PROCESSES = 7
"""The daemon, its fork server, four workers and `revo events`."""
FOLDERS = {
    "REVO_HOME": "home",
    "XDG_RUNTIME_DIR": "run",
    "XDG_CONFIG_HOME": "config",
    "XDG_CACHE_HOME": "cache",
    "HOME": "user",
    "TMPDIR": "tmp",
}
NO_PYTHON = "/nowhere"
SIZE = (1280, 800)
LEAST_VARIETY = 20
"""Different bytes in the rows of a picture; a blank one has a handful."""
SOURCE = "def one(x):\n    return x if x else 1\n"
FUNCTION = "def double(text):\n    return 2 * int(text)\n"


class Wrong(Exception):
    """What was found wrong."""


class Absent(Exception):
    """Why something cannot be looked at on this machine."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `ok` is None when it could not be."""

    name: str
    ok: bool | None
    detail: str
    took_s: float


class Bundle:
    """The program and a private folder for everything that it may write."""

    def __init__(self, program: str, root: Path | None) -> None:
        self.program = program
        self.root = root
        temporary = (root or Path("/")) / "tmp"
        self.folder = Path(tempfile.mkdtemp(prefix="rst-", dir=temporary))
        for name in (*FOLDERS.values(), "work"):
            (self.folder / name).mkdir(mode=0o700)
        self.followers: list[subprocess.Popen[bytes]] = []

    def inside(self, path: Path) -> str:
        """Return the path as the program sees it."""
        return str(path) if self.root is None else f"/{path.relative_to(self.root)}"

    def outside(self, path: str) -> Path:
        """Return the path of a file in the program's world as we see it."""
        return Path(path) if self.root is None else self.root / path.lstrip("/")

    def expect(self, *args: str, code: int = 0, env: dict[str, str] | None = None) -> str:
        """Run a command; return what it printed, or raise Wrong when it ends with another code."""
        try:
            ended = subprocess.run(  # noqa: S603 - the program under test
                self._argv(args),
                env=self._env(env),
                cwd="/",
                capture_output=True,
                stdin=subprocess.DEVNULL,
                timeout=COMMAND_LIMIT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Wrong(f"revo {' '.join(args)} has not ended in {COMMAND_LIMIT_S:g} s") from None
        if ended.returncode != code:
            said = (ended.stderr or ended.stdout).decode(errors="replace").strip()[-600:]
            raise Wrong(f"revo {' '.join(args)} ended with {ended.returncode}: {said}")
        return ended.stdout.decode()

    def follow(self, *args: str) -> Path:
        """Start a command that runs on; return the file that it prints into."""
        file = self.folder / "work" / "followed.txt"
        argv, env = self._argv(args), self._env()
        with file.open("wb") as output:
            follower = subprocess.Popen(  # noqa: S603 - the program under test
                argv, env=env, cwd="/", stdout=output, stderr=output
            )
        self.followers.append(follower)
        return file

    def processes(self) -> dict[int, str]:
        """Return every process of our home by its name, whoever started it."""
        mark = f"REVO_HOME={self.inside(self.folder / 'home')}".encode()
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    found[int(folder.name)] = (folder / "comm").read_text().strip()
            except OSError:  # it has ended, or is somebody else's
                pass
        return found

    def close(self) -> None:
        """End what still runs and remove the folder."""
        for follower in self.followers:
            follower.kill()
            follower.wait()
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _argv(self, args: tuple[str, ...]) -> list[str]:
        through = [] if self.root is None else [shutil.which("chroot") or "chroot", str(self.root)]
        return [*through, self.program, *args]

    def _env(self, more: dict[str, str] | None = None) -> dict[str, str]:
        env = {name: self.inside(self.folder / folder) for name, folder in FOLDERS.items()}
        return {**env, "PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", **(more or {})}


def starts_quickly(bundle: Bundle) -> str:
    """`revo --version`, the median of five."""
    times_ms = []
    for _ in range(5):
        began = time.perf_counter()
        said = bundle.expect("--version").strip()
        times_ms.append((time.perf_counter() - began) * 1000)
    median_ms = statistics.median(times_ms)
    in_folder = (bundle.outside(bundle.program).parent / "_internal").is_dir()
    limit_ms = START_LIMIT_MS if in_folder else UNPACKING_START_LIMIT_MS
    text = f"{said} in {median_ms:.0f} ms (limit {limit_ms:.0f} ms)"
    if not said.startswith("revo ") or median_ms > limit_ms:
        raise Wrong(text)
    return text


def comes_up(bundle: Bundle) -> str:
    """The daemon starts, and its status is well."""
    bundle.expect("up")
    status = json.loads(bundle.expect("status", "--json"))
    if status["status"] != "ok" or not status["workers"]["workers"]:
        raise Wrong(f"status {status['status']}: {status['problems']}")
    return f"pid {status['pid']}, {len(status['workers']['workers'])} workers"


def names_engines(bundle: Bundle) -> str:
    """The four engines are named, and one at least works."""
    engines = json.loads(bundle.expect("engine", "ls", "--json"))["engines"]
    online = [engine["name"] for engine in engines if engine["status"] == "online"]
    if len(engines) < 4 or "parallel" not in online:
        raise Wrong(f"online: {online}")
    return f"{len(engines)} engines, online: {', '.join(online)}"


def surveys(bundle: Bundle) -> str:
    """A source tree is measured: file names beyond ASCII too."""
    tree = bundle.folder / "work" / "tree"
    tree.mkdir()
    for name in ("one.py", "zwölf.py", "notes.md"):
        (tree / name).write_text(SOURCE)
    report = json.loads(bundle.expect("survey", bundle.inside(tree), "--json"))
    totals, lint = report["totals"], report["lint"]
    if not lint["version"]:
        raise Wrong(f"ruff was not asked: {lint['unavailable']}")
    if (totals["files"], totals["functions"]) != (3, 2):
        raise Wrong(f"found {totals['files']} files and {totals['functions']} functions")
    shipped = json.loads(bundle.expect("api", "template.list"))["templates"]
    if "survey" not in [template["name"] for template in shipped]:
        raise Wrong("the templates that ship are missing")
    return f"{totals['files']} files, {totals['functions']} functions, ruff {lint['version']}"


def runs_commands(bundle: Bundle) -> str:
    """A command runs over two inputs, with the system's libraries."""
    tree = bundle.inside(bundle.folder / "work" / "tree")
    inputs = (f"{tree}/one.py", f"{tree}/notes.md")
    lines = bundle.expect("map", "--cmd", "wc -c {}", *inputs).splitlines()
    codes = [json.loads(line)["value"]["code"] for line in lines]
    if codes != [0, 0]:
        raise Wrong(f"exit codes {codes}")
    if "LD_LIBRARY_PATH" in bundle.expect("map", "--cmd", "sh -c env", "once"):
        raise Wrong("a user's command is given the bundle's libraries (LD_LIBRARY_PATH)")
    return "2 inputs"


def tells_events(bundle: Bundle) -> str:
    """The stream has a task from queued to succeeded."""
    file = bundle.follow("events", "--since", "0", "-t", "task.", "--json")
    end = time.monotonic() + END_LIMIT_S
    states: list[str] = []
    while not {"queued", "running", "succeeded"} <= set(states):
        if time.monotonic() > end or bundle.followers[-1].poll() is not None:
            raise Wrong(f"saw only {states}: {file.read_text()[-300:]}")
        time.sleep(0.05)
        whole = file.read_text().rpartition("\n")[0].splitlines()
        states = [state for line in whole if (state := json.loads(line)["d"].get("state"))]
    return f"{len(whole)} events"


def does_without_python(bundle: Bundle) -> str:
    """Where no Python is, a user's function fails with a sentence that names --python."""
    line = bundle.expect("map", _function(bundle), "21", code=1, env={"PATH": NO_PYTHON})
    said: str = json.loads(line)["error"]["msg"]
    if "--python" not in said:
        raise Wrong(said)
    return said


def uses_python(bundle: Bundle) -> str:
    """Where one is, it is found by VIRTUAL_ENV and runs the function."""
    found = shutil.which("python3", path="/usr/local/bin:/usr/bin:/bin")
    python = sys.executable if bundle.root is None else found
    if python is None or not bundle.outside(python).exists():
        raise Absent("there is no Python in the root")
    environment = bundle.folder / "work" / "environment"
    (environment / "bin").mkdir(parents=True)
    (environment / "bin" / "python").symlink_to(python)
    env = {"PATH": NO_PYTHON, "VIRTUAL_ENV": bundle.inside(environment)}
    answer = json.loads(bundle.expect("map", _function(bundle), "21", env=env))
    if answer["value"] != 42:
        raise Wrong(f"the function returned {answer['value']}")
    return python


def _function(bundle: Bundle) -> str:
    file = bundle.folder / "work" / "doubling.py"
    file.write_text(FUNCTION)
    return f"{bundle.inside(file)}:double"


def stays_light(bundle: Bundle) -> str:
    """No process but the desktop has loaded Qt or OpenSSL, and the daemon and commands no numpy."""
    sizes_mb = []
    for pid, name in bundle.processes().items():
        maps = Path(f"/proc/{pid}/maps").read_text()
        unwanted = HEAVY if name.startswith("revo ") else (*HEAVY, MEMORYS)
        if heavy := [part for part in unwanted if part in maps]:
            raise Wrong(f"process {pid} ({name}) has loaded {', '.join(heavy)}")
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        sizes_mb.append(pages * os.sysconf("SC_PAGE_SIZE") / 1e6)
    if len(sizes_mb) < LEAST_PROCESSES:
        raise Wrong(f"only {len(sizes_mb)} processes run: {bundle.processes()}")
    return f"{len(sizes_mb)} processes of {min(sizes_mb):.0f} to {max(sizes_mb):.0f} MB"


def draws(page: str) -> Callable[[Bundle], str]:
    """Return the check that the desktop draws a page."""

    def check(bundle: Bundle) -> str:
        file = bundle.folder / "work" / f"{page}.png"
        size = "x".join(map(str, SIZE))
        began = time.perf_counter()
        bundle.expect(
            *("gui", "--offscreen", "--screenshot", bundle.inside(file)),
            *("--page", page, "--size", size, "--theme", "dark"),
        )
        took_s = time.perf_counter() - began
        found, variety = read_png(file)
        if found != SIZE or variety < LEAST_VARIETY:
            raise Wrong(f"a picture of {found[0]}x{found[1]}, nearly blank ({variety})")
        return f"{size} in {took_s:.1f} s"

    check.__doc__ = f"The desktop draws its page {page}, without a display."
    return check


def read_png(file: Path) -> tuple[tuple[int, int], int]:
    """Return the size of a picture, and how many different bytes its rows have."""
    data = file.read_bytes()
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise Wrong(f"{file.name} is no PNG file")
    pixels, at = b"", 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        if data[at + 4 : at + 8] == b"IDAT":
            pixels += data[at + 8 : at + 8 + length]
        at += 12 + length
    width, height = struct.unpack(">II", data[16:24])
    return (width, height), len(set(zlib.decompress(pixels)))


def goes_down(bundle: Bundle) -> str:
    """The daemon stops, and all its processes with it."""
    for follower in bundle.followers:
        follower.send_signal(signal.SIGINT)
        follower.wait(END_LIMIT_S)
    bundle.expect("down")
    end = time.monotonic() + END_LIMIT_S
    while left := bundle.processes():
        if time.monotonic() > end:
            raise Wrong(f"still running: {left}")
        time.sleep(0.05)
    return "no process left"


def leaves_nothing(bundle: Bundle) -> str:
    """No socket is left, and no file beyond the home and the settings folder."""
    allowed = ("home/", "config/revo/", "cache/fontconfig/", "work/")
    files = [path for path in bundle.folder.rglob("*") if not path.is_dir()]
    names = {str(path.relative_to(bundle.folder)): path for path in files}
    left = [name for name, p in names.items() if not name.startswith(allowed) or p.is_socket()]
    if left:
        raise Wrong(f"left behind: {', '.join(left)}")
    return f"{len(files)} files, all in its own folders"


CHECKS: tuple[tuple[str, Callable[[Bundle], str]], ...] = (
    ("version", starts_quickly),
    ("up", comes_up),
    ("engines", names_engines),
    ("survey", surveys),
    ("command", runs_commands),
    ("events", tells_events),
    ("no python", does_without_python),
    ("python", uses_python),
    ("light", stays_light),
    ("overview", draws("overview")),
    ("tasks", draws("tasks")),
    ("events page", draws("events")),
    ("metrics", draws("metrics")),
    ("down", goes_down),
    ("leftovers", leaves_nothing),
)


def look(name: str, check: Callable[[Bundle], str], bundle: Bundle) -> Check:
    """Run one check."""
    began = time.perf_counter()
    ok: bool | None = True
    try:
        detail = check(bundle)
    except Absent as why:
        ok, detail = None, str(why)
    except (Wrong, OSError, ValueError, LookupError, subprocess.SubprocessError) as error:
        ok, detail = False, f"{error}" if isinstance(error, Wrong) else repr(error)
    return Check(name, ok, detail, round(time.perf_counter() - began, 2))


def show(check: Check) -> None:
    """Print one line."""
    word = {True: "ok", False: "FAILED", None: "absent"}[check.ok]
    sys.stdout.write(f"{word:<7} {check.name:<12} {check.took_s:5.1f} s  {check.detail}\n")
    sys.stdout.flush()


def main() -> int:
    """Run every check; return 1 if one has failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("program", nargs="?", default=str(BUILT), metavar="PATH/TO/revo")
    parser.add_argument("--root", type=Path, help="run every command through chroot in there")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    asked = parser.parse_args()
    root = asked.root.resolve() if asked.root else None
    bundle = Bundle(asked.program if root else str(Path(asked.program).resolve()), root)
    found = []
    try:
        for name, check in CHECKS:
            found.append(look(name, check, bundle))
            if not asked.json:
                show(found[-1])
    finally:
        bundle.close()
    good = all(check.ok is not False for check in found)
    if asked.json:
        whole = {"ok": good, "checks": [asdict(check) for check in found]}
        sys.stdout.write(json.dumps(whole, indent=2) + "\n")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
