"""Modules that hang, exit or crash while they are imported end a process of their own."""

import os
from pathlib import Path

import psutil
import pytest

from revo_edge.daemon.trial import failed_trials
from revo_edge.engines.declared import Source
from revo_edge.engines.registry import Registry
from tests.harness import WaitFor

BAD = {
    "trial_exits": "import os; os._exit(3)",
    "trial_crashes": "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
    "trial_hangs": (
        "import pathlib, subprocess, time\n"
        "child = subprocess.Popen(['sleep', '100'])\n"
        "pathlib.Path(__file__).with_suffix('.pid').write_text(str(child.pid))\n"
        "time.sleep(100)"
    ),
}
GOOD = {"trial_works": "x = 1", "trial_raises": "1 / 0", "trial_quits": "raise SystemExit(5)"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in (BAD | GOOD).items():
        (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    return tmp_path


def test_what_ends_or_holds_up_the_process_is_told(folder: Path, wait_for: WaitFor) -> None:
    found = failed_trials([*BAD, *GOOD, "trial_works"], limit_s=3.0)
    assert found == {
        "trial_exits": "its import ends the process with exit code 3.",
        "trial_crashes": "its import ends the process by SIGSEGV.",
        "trial_hangs": "its import has not ended within 3 s.",
    }
    started = int((folder / "trial_hangs.pid").read_text())
    wait_for(lambda: not psutil.pid_exists(started))


def test_an_unusable_module_is_never_imported(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(folder))
    source = Source("trial_exits", "exits", "a-package", "1.0")
    registry = Registry((), [source], unusable={"trial_exits": "its import ends the process."})
    assert registry.broken[0].text == (
        "package a-package 1.0: its import ends the process. Mend it, then `revo restart`."
    )
    assert [engine.status for engine in registry.engines if engine.name == "exits"] == ["error"]
