"""`revo test` beside pytest itself, on a suite with a crash and a hang."""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.ipc.cli import revo

GOOD = """
import pytest
def test_ok(): pass
def test_bad(): assert 1 == 2
@pytest.mark.parametrize("x", ["a::b", "c/d", "[", 3])
def test_p(x): pass
@pytest.mark.skip(reason="no")
def test_skip(): pass
@pytest.mark.xfail
def test_xf(): assert 0
class TestC:
    @pytest.fixture
    def broken(self): raise KeyError("x")
    def test_error(self, broken): pass
"""
ROGUE = """
import os, time
def test_before(): pass
def test_segv(): os.kill(os.getpid(), 11)
def test_after(): pass
def test_hang(): time.sleep(600)
def test_last(): pass
"""


def cases(file: Path) -> dict[tuple[str, str], list[str]]:
    found = ET.parse(file).iter("testcase")  # noqa: S314 - written by this test's own runs
    return {
        (case.get("classname", ""), case.get("name", "")): [child.tag for child in case]
        for case in found
    }


@pytest.mark.usefixtures("daemon")
def test_all_but_the_crash_and_the_hang_end_as_with_pytest(tmp_path: Path) -> None:
    (tmp_path / "test_good.py").write_text(GOOD)
    (tmp_path / "test_rogue.py").write_text(ROGUE)
    options = ["--python", sys.executable, "--timeout", "2", "--junit", str(tmp_path / "ours")]
    done = revo("test", ".", *options, cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "died with signal 11" in done.stdout
    assert "timed out after 2 s" in done.stdout
    skip = "not segv and not hang"
    command = [sys.executable, "-m", "pytest", "-q", "-k", skip, f"--junitxml={tmp_path}/serial"]
    subprocess.run(command, cwd=tmp_path, check=False, capture_output=True)
    ours = cases(tmp_path / "ours")
    rogue = {("test_rogue", "test_segv"): ["failure"], ("test_rogue", "test_hang"): ["failure"]}
    assert ours == cases(tmp_path / "serial") | rogue


@pytest.mark.usefixtures("daemon")
def test_no_tests_is_said_and_is_5(tmp_path: Path) -> None:
    done = revo("test", ".", "--python", sys.executable, cwd=tmp_path)
    assert done.returncode == 5
    assert "There are no tests here that fit" in done.stderr
