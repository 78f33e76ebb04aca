"""`revo gui` as a user runs it: a process that becomes the desktop."""

import signal
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from revo_edge.paths import Paths
from tests.harness import WaitFor
from tests.ipc import schemas
from tests.ipc.cli import LIMIT_S, begin, document, revo


@pytest.fixture(autouse=True)
def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "QT_SCALE_FACTOR"):
        monkeypatch.delenv(variable, raising=False)


def png_size(file: Path) -> tuple[int, int]:
    head = file.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", head[16:24])
    return width, height


@pytest.mark.usefixtures("daemon")
@pytest.mark.parametrize(
    ("args", "size"),
    [
        (("--page", "tasks", "--size", "800x600", "--theme", "light"), (800, 600)),
        (("--size", "380x700", "--theme", "dark", "--scale", "2"), (760, 1400)),
    ],
)
def test_a_picture_is_written_without_a_display(
    tmp_path: Path, args: tuple[str, ...], size: tuple[int, int]
) -> None:
    done = revo("gui", *args, "--screenshot", "out.png", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{tmp_path / 'out.png'}\n"
    assert png_size(tmp_path / "out.png") == size


def test_it_starts_the_daemon_and_leaves_it_running(home: Paths, tmp_path: Path) -> None:
    file = tmp_path / "out.png"
    assert revo("gui", "--screenshot", str(file)).returncode == 0
    assert png_size(file)
    assert home.endpoint.exists()
    assert document(schemas.DOWN, "down")["stopped"]


@pytest.mark.usefixtures("daemon")
@pytest.mark.parametrize(
    ("display", "said"),
    [("", "There is no display"), (":7777", "The display does not answer: DISPLAY=:7777.")],
)
def test_without_a_display_it_says_so_and_does_not_abort(
    monkeypatch: pytest.MonkeyPatch, display: str, said: str
) -> None:
    monkeypatch.setenv("DISPLAY", display)
    done = revo("gui")
    assert (done.returncode, done.stdout) == (1, "")
    problem, instead = done.stderr.splitlines()
    assert problem.startswith(f"error: {said}")
    assert "`revo status --watch`" in instead


@pytest.mark.usefixtures("home")
def test_a_wrong_page_or_size_names_what_would_be_right() -> None:
    wrong = revo("gui", "--page", "disks")
    assert wrong.returncode == 2
    assert "'overview', 'tasks', 'events', 'metrics', 'recall'" in wrong.stderr
    assert "for example 1280x800" in revo("gui", "--size", "12").stderr


@pytest.mark.usefixtures("daemon")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_one_window_for_a_home_and_the_terminal_closes_it(
    home: Paths, wait_for: WaitFor, number: int, code: int
) -> None:
    with begin("gui", "--offscreen") as first:
        try:
            wait_for((home.sockets / "w").exists, LIMIT_S)
            second = revo("gui", "--offscreen", "--page", "events")
            assert (second.returncode, second.stderr) == (0, "")
            assert "is open already" in second.stdout
            first.send_signal(number)
            assert first.communicate(timeout=LIMIT_S) == ("", "")
            assert first.returncode == code
        finally:
            first.kill()
    assert not (home.sockets / "w").exists()


@pytest.mark.usefixtures("daemon")
def test_nothing_of_the_callers_folder_is_imported(tmp_path: Path) -> None:
    (tmp_path / "argparse.py").write_text("raise SystemExit('imported')\n")
    (tmp_path / "revo_gui").mkdir()
    done = subprocess.run(
        [Path(sys.executable).with_name("revo"), "gui", "--screenshot", "out.png"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_S,
    )
    assert (done.returncode, done.stderr) == (0, "")
