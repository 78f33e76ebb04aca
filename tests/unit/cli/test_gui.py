import json
import sys
from pathlib import Path
from typing import Any

import pytest

from revo_edge.cli.gui import PAGES, THEMES, desktop_command, install_line, is_installed
from revo_edge.paths import Paths
from tests.unit.cli.runner import revo


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--page", "disks"), "'overview', 'tasks', 'events', 'metrics', 'recall'"),
        (("--theme", "pink"), "'dark', 'light', 'system'"),
        (("--size", "big"), "for example 1280x800"),
        (("--size", "10x10"), "the smallest is 360x360"),
        (("--size", "99999x800"), "the largest 7680x4320"),
        (("--size", "1280x800x2"), "'1280x800x2' is not a size"),
        (("--scale", "9"), "0.5<=x<=4"),
        (("--screenshot", "picture.jpg"), "must end in .png"),
        (("--screenshot", "/no/such/folder/picture.png"), "there is no folder /no/such/folder"),
    ],
)
def test_a_wrong_option_is_said_with_what_would_be_right(
    home: Paths, args: tuple[str, str], said: str
) -> None:
    result = revo("gui", *args)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not home.endpoint.exists()


def test_a_folder_is_no_picture(home: Paths, tmp_path: Path) -> None:
    folder = tmp_path / "folder.png"
    folder.mkdir()
    assert "cannot be written" in revo("gui", "--screenshot", str(folder)).stderr


@pytest.mark.usefixtures("home")
def test_without_the_extra_it_says_the_one_line_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PySide6", None)  # as if it were not installed
    monkeypatch.setattr(sys, "path", [])
    result = revo("gui")
    assert result.exit_code == 1
    assert f"error: The desktop is not installed. Type: {install_line()}" in result.stderr
    row = desktop_row()
    assert row["ok"]
    assert install_line() in row["detail"]


def test_the_line_installs_into_this_python() -> None:
    assert install_line() == f"{sys.executable} -m pip install 'revo-edge[gui]'"
    assert is_installed()


def test_the_desktop_is_a_process_of_this_program(monkeypatch: pytest.MonkeyPatch) -> None:
    assert desktop_command("--page=tasks")[:4] == [sys.executable, "-P", "-m", "revo_gui"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert desktop_command("--page=tasks") == [sys.executable, "--desktop", "--page=tasks"]


def test_command_and_window_know_the_same_pages_and_themes() -> None:
    from revo_gui.__main__ import PAGES as WINDOW_PAGES  # noqa: PLC0415 - imports no Qt
    from revo_gui.__main__ import THEMES as WINDOW_THEMES  # noqa: PLC0415

    assert (PAGES, THEMES) == (WINDOW_PAGES, WINDOW_THEMES)


def desktop_row() -> dict[str, Any]:
    checks = json.loads(revo("doctor", "--json").stdout)["checks"]
    return next(check for check in checks if check["name"] == "desktop")


@pytest.mark.usefixtures("home")
def test_doctor_says_whether_a_window_can_open(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(variable, raising=False)
    row = desktop_row()
    assert (row["ok"], row["detail"]) == (
        True,
        "no display here, pictures can be drawn (offscreen)",
    )
    monkeypatch.setenv("DISPLAY", ":7777")
    row = desktop_row()
    assert not row["ok"]
    assert "does not answer" in row["detail"] or "missing" in row["detail"]
    assert "`revo gui --offscreen" in row["mend"] or "apt-get install" in row["mend"]
