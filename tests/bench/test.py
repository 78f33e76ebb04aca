"""Bench row "test": `revo test` beside `pytest-xdist -n 2`, the same suite in the same run.

The suite takes about 60 s in one process (or as many seconds as the argument says), half of it
computing, half sleeping. Ours has already measured it once, as in daily use; both include their
start, ours not that of the daemon. Caveat: our pool has at least 4 workers, so sleeping tests
overlap more than with -n 2; the time of the computing ones is what compares like with like.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench._rows import Row, load_1m, show

FILES = 12
TEST = """
import time
import pytest
@pytest.mark.parametrize("n", range(10))
def test_sleep(n): time.sleep({pause_s})
@pytest.mark.parametrize("n", range(10))
def test_compute(n):
    end = time.process_time() + {pause_s}
    while time.process_time() < end: pass
"""


def main(argv: list[str]) -> int:
    """Print the row; 1 = over budget."""
    as_json = "--json" in argv
    whole_s = next((float(word) for word in argv if word != "--json"), 60.0)
    before = load_1m()
    with tempfile.TemporaryDirectory(prefix="rb-") as folder:
        suite = Path(folder, "suite")
        suite.mkdir()
        for number in range(FILES):
            text = TEST.format(pause_s=whole_s / FILES / 20)
            (suite / f"test_{number}.py").write_text(text)
        os.environ["REVO_HOME"] = str(Path(folder, "home"))
        revo = [sys.executable, "-m", "revo_edge"]
        ours = [*revo, "test", ".", "-q", "--python", sys.executable]
        try:
            _timed(ours, suite)
            ours_s = _timed(ours, suite)
        finally:
            subprocess.run([*revo, "down"], check=False, capture_output=True)
        xdist_s = _timed([sys.executable, "-m", "pytest", "-q", "-n", "2"], suite)
    row = Row("suite", ours_s, "s", "<= 1.15x", ours_s <= 1.15 * xdist_s, xdist_s, "xdist -n 2")
    return show("test", [row], before, as_json=as_json)


def _timed(command: list[str], cwd: Path) -> float:
    began = time.monotonic()
    subprocess.run(command, cwd=cwd, check=True, capture_output=True)
    return time.monotonic() - began
