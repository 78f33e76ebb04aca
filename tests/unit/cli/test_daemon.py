from itertools import islice
from pathlib import Path

import pytest

from revo_edge.cli.daemon import tail
from revo_edge.paths import Paths
from tests.unit.cli.runner import revo


def test_the_last_lines_are_shown(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_text("a\nb\nc\n")
    assert list(tail(file, 2, follow=False)) == ["b", "c"]
    assert list(tail(file, 0, follow=False)) == []


def test_new_lines_are_followed_whole_and_through_a_rotation(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_text("a\n")
    lines = tail(file, 1, follow=True)
    assert next(lines) == "a"
    with file.open("a") as more:
        more.write("b\nc\nhal")
    assert list(islice(lines, 2)) == ["b", "c"]
    with file.open("a") as more:
        more.write("f\n")
    assert next(lines) == "half"
    file.rename(tmp_path / "log.1")
    file.write_text("new\n")
    assert next(lines) == "new"


def test_a_log_that_is_not_there_is_not_found(home: Paths) -> None:
    result = revo("daemon", "logs")
    assert result.exit_code == 3
    assert str(home.daemon_log) in result.stderr


@pytest.mark.parametrize("args", [["--log-level", "loud"], ["--bad"]])
def test_wrong_flags_start_nothing(args: list[str]) -> None:
    assert revo("daemon", "run", *args).exit_code == 2
