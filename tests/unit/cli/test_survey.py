import os
from pathlib import Path

import pytest

from revo_edge.cli.survey import check_tree
from revo_edge.errors import BadRequest, Forbidden, NotFound


def test_a_folder_becomes_its_real_path(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    assert check_tree(str(link)) == str(tmp_path)


def test_what_is_no_folder_is_refused_with_words(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(BadRequest, match="is a file"):
        check_tree(str(file))
    with pytest.raises(NotFound, match="does not exist"):
        check_tree(str(tmp_path / "gone"))


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_an_unreadable_folder_is_refused(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o000)
    with pytest.raises(Forbidden, match="Check its permissions"):
        check_tree(str(closed))
