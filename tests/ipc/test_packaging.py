"""packaging/install.sh says what is missing and what to type; no network is touched here."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import harness
from tests.harness import REPOSITORY

NEEDED = (
    "bash",
    "cat",
    "cksum",
    "tr",
    "dirname",
    "df",
    "awk",
    "id",
    "rm",
    "grep",
    "tail",
    "setsid",
)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Give a bare clone in a folder with a space in its name."""
    folder = tmp_path / "a clone"
    shutil.copytree(REPOSITORY / "packaging", folder / "packaging")
    shutil.copy(REPOSITORY / "pyproject.toml", folder)
    return folder


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a PATH folder with the usual tools and no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in NEEDED:
        (folder / tool).symlink_to(shutil.which(tool) or tool)
    return folder


def script(path: Path, name: str, text: str) -> None:
    (path / name).unlink(missing_ok=True)
    (path / name).write_text(f"#!/bin/bash\n{text}\n")
    (path / name).chmod(0o755)


def start(
    clone: Path, path: Path, *words: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    env = {"PATH": str(path), "HOME": str(clone.parent), "PIP_CONFIG_FILE": os.devnull}
    env |= variables
    return subprocess.run(
        [path / "bash", clone / "packaging" / "start.sh", *words],
        capture_output=True,
        text=True,
        env=env,
        cwd="/",
        check=False,
    )


def test_without_python_it_says_what_to_type(clone: Path, path: Path) -> None:
    result = start(clone, path)
    assert result.returncode == 1
    assert "Python 3.11 or newer is needed; none was found" in result.stderr
    assert "sudo apt-get install python3 python3-venv" in result.stderr


def test_an_old_python_is_named(clone: Path, path: Path) -> None:
    script(path, "python3", '[[ "$1" == --version ]] && echo Python 3.9.2 || exit 1')
    assert "python3 is Python 3.9.2" in start(clone, path).stderr


def test_without_the_venv_module_it_says_which_package(clone: Path, path: Path) -> None:
    script(path, "python3", f'[[ "$2" == *ensurepip* ]] && exit 1; exec "{sys.executable}" "$@"')
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"sudo apt-get install python{version}-venv" in start(clone, path).stderr


def test_without_room_it_says_how_much_is_needed(clone: Path, path: Path) -> None:
    script(path, "df", 'echo Filesystem; echo "/dev/x 1000 900 102400 90% /"')
    result = start(clone, path)
    assert "Only 100 MB are free" in result.stderr
    assert "needs 600 MB" in result.stderr
    assert not (clone / ".venv").exists()


def test_the_desktop_needs_more_room_and_is_installed_only_where_it_can_be_seen(
    clone: Path, path: Path
) -> None:
    script(path, "df", 'echo Filesystem; echo "/dev/x 1000 900 716800 90% /"')
    assert "needs 1000 MB" in start(clone, path, DISPLAY=":0").stderr
    assert "needs 1000 MB" in start(clone, path, WAYLAND_DISPLAY="wayland-0").stderr
    assert "MB are free" not in start(clone, path, DISPLAY="").stderr


PYTHON = """\
case "$*" in
  *--packages) echo $MISSING ;;
  *--check) echo "$CHECK"; [[ "$CHECK" != no* ]] ;;
  *"pip install"*) echo "$@" >&2 ;;
esac"""


@pytest.fixture
def installed(clone: Path, path: Path) -> Path:
    """Give the .venv/.revo of a clone whose programs only say what they were asked."""
    bin_ = clone / ".venv" / "bin"
    bin_.mkdir(parents=True)
    script(bin_, "python", PYTHON)
    script(bin_, "revo", 'echo "revo $*" >&2')
    record = 'cd "$1"; . packaging/install.sh; printf "%s %s " "$root" "$(versions)" >.venv/.revo'
    subprocess.run([path / "bash", "-c", record, "-", clone], check=True, env={"PATH": str(path)})
    return clone / ".venv" / ".revo"


def test_what_is_installed_is_neither_installed_again_nor_taken_away(
    clone: Path, path: Path, installed: Path
) -> None:
    record = installed.read_text()
    assert "Installing" not in start(clone, path).stderr
    for extra in ("gui", "dev"):
        installed.write_text(record + extra)
        assert "Installing" not in start(clone, path, DISPLAY=":0", CHECK="yes").stderr
        assert "Installing" not in start(clone, path).stderr
        assert installed.read_text() == record + extra


def test_a_display_adds_the_desktop_and_opens_it(clone: Path, path: Path, installed: Path) -> None:
    record = installed.read_text()
    result = start(clone, path, DISPLAY=":0", CHECK="a window can open here")
    assert result.returncode == 0
    assert "Installing reVo Edge with [recall,gui]" in result.stderr
    assert installed.read_text() == record + "gui"
    assert "The desktop opens" in result.stderr
    log = clone / ".venv" / "desktop.log"
    harness.wait_for(lambda: log.exists() and log.read_text() == "revo gui\n")


def test_missing_system_libraries_are_said_with_the_line_to_type(
    clone: Path, path: Path, installed: Path
) -> None:
    installed.write_text(installed.read_text() + "gui")
    result = start(clone, path, DISPLAY=":0", MISSING="libgl1", CHECK="no: libGL.so.1 is missing")
    assert result.returncode == 0
    assert "Type: sudo apt-get install libgl1" in result.stderr
    assert "The desktop cannot open. no: libGL.so.1 is missing" in result.stderr


def test_a_venv_whose_python_is_gone_is_made_anew(clone: Path, path: Path) -> None:
    (clone / ".venv" / "bin").mkdir(parents=True)
    (clone / ".venv" / "bin" / "python").symlink_to("/no/such/python")
    result = start(clone, path)
    assert "It is incomplete or its Python is gone: making .venv anew" in result.stderr


def test_a_broken_off_installation_is_made_anew(clone: Path, path: Path) -> None:
    (clone / ".venv").mkdir()
    (clone / ".venv" / ".revo").write_text(f"{clone} 1-2 installing")
    assert "An earlier installation was broken off" in start(clone, path).stderr


def test_a_tree_that_does_not_exist_is_said_before_anything_is_installed(
    clone: Path, path: Path
) -> None:
    result = start(clone, path, "/no/such/tree")
    assert result.returncode == 3
    assert "There is no folder /no/such/tree" in result.stderr
    assert not (clone / ".venv").exists()


def test_wrong_words_show_the_usage(clone: Path, path: Path) -> None:
    result = start(clone, path, "--frobnicate")
    assert result.returncode == 2
    assert "usage:" in result.stderr
