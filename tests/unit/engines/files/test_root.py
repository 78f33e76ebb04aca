import os
from pathlib import Path

import pytest

from revo_edge.engines.base import ItemFailed
from revo_edge.engines.files.root import _file_system, check_path, check_root


def refusal(path: str) -> str:
    with pytest.raises(ItemFailed) as failed:
        check_root(path)
    assert failed.value.error.code == "bad_params"
    return failed.value.error.msg


def test_a_folder_is_taken_by_its_real_path(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path, target_is_directory=True)
    assert check_root(str(tmp_path / "link")) == tmp_path.resolve()


def test_what_is_no_folder_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert "not an absolute path" in refusal("src")
    assert "does not exist. Check the spelling" in refusal(str(tmp_path / "nothing"))
    assert "is a file. Name the folder" in refusal(str(tmp_path / "file"))
    assert "file system of the kernel" in refusal("/proc/self")
    assert "too long" in refusal("/" + "x" * 5_000).lower()
    assert refusal(str(tmp_path / "loop"))
    assert refusal(f"{tmp_path}/a\0b")


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0)
    assert "Check its permissions" in refusal(str(tmp_path))
    tmp_path.chmod(0o700)


def test_the_file_system_of_a_path_is_that_of_its_deepest_mount() -> None:
    assert _file_system(Path("/proc/self/fd")) == "proc"
    assert _file_system(Path("/sys/kernel")) == "sysfs"
    assert _file_system(Path("/procedures")) not in ("proc", "")


def test_a_file_is_a_path_and_no_root(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    assert check_path(str(tmp_path / "link")) == tmp_path.resolve() / "file"
    assert check_path(str(tmp_path)) == tmp_path.resolve()
