"""The bundle's first file, run by Python as the bundle's loader would run it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from revo_edge import procfs
from revo_edge.paths import Paths
from tests.harness import REPOSITORY, processes_of

BUNDLE = REPOSITORY / "packaging" / "bundle"
FROZEN = """#!{python}
import runpy, sys
sys.frozen = True
sys.executable = {executable!r}
sys.path[:0] = {path!r}
runpy.run_path({entry!r}, run_name="__main__")
"""
WITH_A_PARENT = """#!/bin/sh
trap 'kill $child' TERM
"{program}" "$@" & child=$!
wait $child
"""


def script(file: Path, text: str) -> str:
    file.write_text(text)
    file.chmod(0o755)
    return str(file)


def frozen(file: Path, executable: Path | None = None) -> str:
    path = [str(REPOSITORY), str(REPOSITORY / "gui"), str(BUNDLE)]
    entry = str(BUNDLE / "entry.py")
    found = str(executable or file)
    return script(
        file, FROZEN.format(python=sys.executable, executable=found, path=path, entry=entry)
    )


@pytest.fixture
def program(tmp_path: Path) -> str:
    """Give the program as it is in a folder."""
    return frozen(tmp_path / "revo")


@pytest.fixture
def one_file(tmp_path: Path) -> str:
    """Give the program as it is in one file: its loader stays as the parent of each process."""
    inner = frozen(tmp_path / "inner", tmp_path / "revo")
    return script(tmp_path / "revo", WITH_A_PARENT.format(program=inner))


def revo(program: str, *args: str, **env: str) -> str:
    ended = subprocess.run(
        [program, *args],
        capture_output=True,
        text=True,
        env={**os.environ, **env},
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def double(folder: Path) -> str:
    (folder / "doubling.py").write_text("def double(text):\n    return 2 * int(text)\n")
    return f"{folder}/doubling.py:double"


def test_every_process_is_the_same_program(program: str, home: Paths, tmp_path: Path) -> None:
    revo(program, "up")
    assert json.loads(revo(program, "map", double(tmp_path), "21"))["value"] == 42
    lines = {" ".join(process.cmdline()[:3]) for process in processes_of(home.home)}
    assert {line.removeprefix(f"{sys.executable} ") for line in lines} >= {
        f"{program} --daemon",
        f"{program} --fork-server",
    }
    revo(program, "down")


def test_a_daemon_behind_its_loader_is_left_running(one_file: str, home: Paths) -> None:
    pid = json.loads(revo(one_file, "up", "--json"))["pid"]
    status = json.loads(revo(one_file, "status", "--json"))
    assert status["pid"] == pid
    stat = procfs.read_stat(pid)
    assert stat is not None
    assert Path(f"/proc/{stat.ppid}/cmdline").read_bytes().startswith(b"/bin/sh")
    revo(one_file, "down")


def test_a_function_finds_the_environment_that_the_loader_drops(
    program: str, home: Paths, tmp_path: Path
) -> None:
    (tmp_path / "env" / "bin").mkdir(parents=True)
    (tmp_path / "env" / "bin" / "python").symlink_to(sys.executable)
    loader = tmp_path / "sitecustomize.py"  # run before the program, as the loader is
    loader.write_text("import os\nos.environ.pop('VIRTUAL_ENV', None)\n")
    env = {"PYTHONPATH": str(tmp_path), "VIRTUAL_ENV": str(tmp_path / "env"), "PATH": "/nowhere"}
    assert json.loads(revo(program, "map", double(tmp_path), "21", **env))["value"] == 42
    revo(program, "down")


SURROUNDINGS = f"""
import sys; sys.path.insert(0, {str(BUNDLE)!r})
import os, pathlib, surroundings
surroundings.prepare(pathlib.Path("/bundle"), pathlib.Path(sys.argv[1]))
print(*(os.environ.get(name) for name in sys.argv[2:]))
"""


def surroundings(fonts: Path, **env: str) -> list[str]:
    names = ("QT_PLUGIN_PATH", "FONTCONFIG_FILE", "LD_LIBRARY_PATH")
    command = [sys.executable, "-c", SURROUNDINGS, str(fonts), *names]
    return subprocess.check_output(command, text=True, env=env).split()


def test_the_desktop_finds_its_plugins_and_hides_its_libraries() -> None:
    plugins = "/bundle/PySide6/Qt/plugins"
    fonts = Path("/no/fonts.conf")
    assert surroundings(fonts, LD_LIBRARY_PATH="/bundle") == [plugins, "/bundle/fonts.conf", "None"]
    env = {"LD_LIBRARY_PATH": "/bundle", "LD_LIBRARY_PATH_ORIG": "/opt/lib"}
    assert surroundings(BUNDLE / "fonts.conf", **env) == [plugins, "None", "/opt/lib"]


LOAD = f"""
import sys; sys.path.insert(0, {str(BUNDLE)!r})
import pathlib, surroundings
surroundings.load("libno_such_thing.so.1", pathlib.Path(sys.argv[1]))
print(sys.argv[1] in pathlib.Path("/proc/self/maps").read_text())
"""


def test_a_library_that_the_system_lacks_comes_from_the_bundle(tmp_path: Path) -> None:
    (own,) = {line.split()[-1] for line in maps() if "/libc.so" in line}
    fallback = tmp_path / "libno_such_thing.so.1"
    fallback.write_bytes(Path(own).with_name("libm.so.6").read_bytes())
    command = [sys.executable, "-c", LOAD, str(fallback)]
    assert subprocess.check_output(command, text=True) == "True\n"


def maps() -> list[str]:
    return Path("/proc/self/maps").read_text().splitlines()


def test_a_program_that_does_nothing_fails_the_self_test() -> None:
    ended = subprocess.run(
        [sys.executable, REPOSITORY / "packaging" / "selftest.py", "/bin/true", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1, ended.stderr
    verdicts = {check["name"]: check["ok"] for check in json.loads(ended.stdout)["checks"]}
    assert not any(verdicts[name] for name in verdicts if name not in ("down", "leftovers"))
