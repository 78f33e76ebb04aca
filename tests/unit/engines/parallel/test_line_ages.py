"""Ages of lines: those of git blame, and unknown where nobody can know."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from revo_edge.engines.base import CommandResult
from revo_edge.engines.parallel import line_ages
from revo_edge.engines.parallel.line_ages import FileAges, LineAges, Place, parse_blame, read_ages
from tests.unit.engines.parallel.git_tree import DAY, NOW, commit, git, repository, run

STAMP = (1, 2, 3, 4)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = repository(tmp_path / "tree")
    commit(root, 9, a_py="1\n2\n3\n")
    commit(root, 5, a_py="1\nx\n3\n")
    return root


def place(path: str, *lines: int) -> Place:
    return Place(path, STAMP, list(lines))


def test_ages_are_those_of_git_blame(root: Path) -> None:
    (root / "a.py").write_text("1\nx\n3\nnot committed\n")
    (root / "new.py").write_text("1\n")
    found = read_ages(str(root), [place("a.py", 1, 2, 4), place("new.py", 1)], run)
    assert found.head == git(root, "rev-parse", "HEAD").strip()
    assert found.files == [
        FileAges("a.py", STAMP, [1, 2, 4], [NOW - 9 * DAY, NOW - 5 * DAY, None]),
        FileAges("new.py", STAMP, [1], [None]),
    ]


def test_without_time_a_file_is_left_out_and_not_said_to_be_new(root: Path) -> None:
    assert read_ages(str(root), [place("a.py", 1)], run, timeout_s=0).files == []
    many = [place("a.py", *range(1, 3)), place("a.py", 3)]
    assert len(read_ages(str(root), many, run, timeout_s=1e-9).files) == 0


def test_many_lines_and_an_answer_that_was_cut(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(root, 3, long_py="x\n" * 100)
    (found,) = read_ages(str(root), [place("long.py", *range(1, 101))], run).files
    assert found.changed_at == [NOW - 3 * DAY] * 100
    monkeypatch.setattr(line_ages, "_ANSWER_BYTES", 100)
    assert read_ages(str(root), [place("long.py", *range(1, 101))], run).files == []


def test_what_is_kept_is_used_for_the_same_commit_and_file_only(root: Path) -> None:
    head = git(root, "rev-parse", "HEAD").strip()
    told = FileAges("a.py", STAMP, [1], [7])

    def ages(place: Place, kept: LineAges) -> list[int | None]:
        (file,) = read_ages(str(root), [place], run, kept=kept).files
        return file.changed_at

    kept = LineAges("", head, [told])
    assert ages(place("a.py", 1), kept) == [7]
    true = NOW - 9 * DAY
    assert ages(place("a.py", 1, 3), kept) == [true, true]
    assert ages(Place("a.py", None, [1]), kept) == [true]
    assert ages(Place("a.py", (1, 2, 3, 5), [1]), kept) == [true]
    assert ages(place("a.py", 1), LineAges("", "0" * 40, [told])) == [true]


def test_a_shallow_clone_does_not_know_who_came_before(root: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{root}", "shallow")
    commit(tmp_path / "shallow", 1, a_py="1\nx\ny\n")
    (found,) = read_ages(str(tmp_path / "shallow"), [place("a.py", 1, 3)], run).files
    assert found.changed_at == [None, NOW - DAY]
    (whole,) = read_ages(str(root), [place("a.py", 1)], run).files
    assert whole.changed_at == [NOW - 9 * DAY]


def test_where_git_knows_nothing_it_is_said(tmp_path: Path) -> None:
    assert "Type: git init" in read_ages(str(tmp_path), [place("a", 1)], run).unavailable
    empty = repository(tmp_path / "empty")
    assert read_ages(str(empty), [place("a", 1)], run).unavailable

    def missing(argv: Sequence[str], *, timeout_s: float | None = None) -> CommandResult:
        return CommandResult(127, "", argv[0], timeout_s or 0)

    assert "not installed" in read_ages(str(empty), [place("a", 1)], missing).unavailable


def test_lines_of_one_commit_share_its_header() -> None:
    name = "a" * 40
    text = f"{name} 1 1 1\ncommitter-time 7\n\tx\n{name} 3 3\n\ty\n{'0' * 40} 4 4 1\n\tz\n"
    assert list(parse_blame(text)) == [(1, 7), (3, 7)]
