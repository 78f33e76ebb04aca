"""Where everything is, and that folders are private."""

import os
from pathlib import Path

import pytest

from revo_edge.errors import SettingsError
from revo_edge.paths import SOCKET_PATH_LIMIT_BYTES, Paths, find_paths, private_dir


def test_everything_follows_from_the_home(home: Paths) -> None:
    inside = (home.lock, home.endpoint, home.journal, home.spool, home.logs, home.reports)
    assert all(path.parent == home.home for path in inside)
    assert home.daemon_log.parent == home.logs
    assert home.task_log("t1").name == "t1.log"
    assert home.settings_file == home.config / "settings.toml"


def test_the_default_home_is_in_the_xdg_data_folder(
    home: Paths, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("REVO_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert find_paths().home == tmp_path / "revo"
    monkeypatch.setenv("XDG_DATA_HOME", "relative/is/not/allowed")
    assert find_paths().home == Path("~/.local/share/revo").expanduser().resolve()


def test_two_homes_have_two_socket_folders(home: Paths, short_dir: Path) -> None:
    assert find_paths(short_dir / "a").sockets != find_paths(short_dir / "b").sockets
    assert find_paths(home.home).sockets == home.sockets


def test_a_link_to_a_home_is_that_home(home: Paths, short_dir: Path) -> None:
    (short_dir / "link").symlink_to(home.home)
    assert find_paths(short_dir / "link") == home


def test_without_a_runtime_dir_or_with_a_long_one_sockets_are_in_tmp(
    home: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = Path(f"/tmp/revo-{os.getuid()}") / home.sockets.name  # noqa: S108 - nothing is made
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert find_paths().sockets == expected
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/" + "é" * SOCKET_PATH_LIMIT_BYTES)
    assert find_paths().sockets == expected


def test_a_private_folder_is_made_and_narrowed(short_dir: Path) -> None:
    made = private_dir(short_dir / "a" / "b")
    assert made.stat().st_mode & 0o777 == 0o700
    made.chmod(0o755)
    assert private_dir(made).stat().st_mode & 0o777 == 0o700


def test_a_file_or_a_link_in_place_of_a_folder_is_refused(short_dir: Path) -> None:
    (short_dir / "file").touch()
    with pytest.raises(SettingsError, match="Cannot use the folder"):
        private_dir(short_dir / "file")
    (short_dir / "link").symlink_to(short_dir)
    with pytest.raises(SettingsError, match="does not belong to you"):
        private_dir(short_dir / "link")


def test_a_folder_that_cannot_be_made_says_what_to_do() -> None:
    with pytest.raises(SettingsError, match="Set REVO_HOME to a folder that you can write to"):
        private_dir(Path("/proc/revo"))
