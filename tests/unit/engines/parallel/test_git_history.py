"""What git knows, asked of real repositories; the parser also of bytes cut anywhere."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revo_edge.engines.base import CommandResult
from revo_edge.engines.parallel.git_history import (
    Change,
    FileHistory,
    History,
    explain,
    parse_log,
    read_history,
    sum_up,
)
from tests.unit.engines.parallel.git_tree import DAY, NOW, commit, git, repository, run

LOG = (
    b"\0commit aa bb|100 Ann <a@x>\0\n3\t1\ta b.py\0-\t-\tc.png\0\0"
    b"commit |90 B\xff <b@x>\0\n2\t0\tnew\nline\0"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return repository(tmp_path / "tree")


def history(root: Path) -> History:
    return read_history(str(root), run, now=NOW)


def by_path(root: Path) -> dict[str, FileHistory]:
    found = history(root)
    assert found.unavailable == ""
    return {file.path: file for file in found.files}


@given(st.integers(1, len(LOG)))
def test_a_log_is_read_wherever_it_is_cut(size: int) -> None:
    parts = [LOG[at : at + size] for at in range(0, len(LOG), size)]
    assert list(parse_log(parts)) == [
        Change(1, 100, "Ann <a@x>", "a b.py", 3, 1),
        Change(1, 100, "Ann <a@x>", "c.png", 0, 0),
        Change(2, 90, "B\ufffd <b@x>", "new\nline", 2, 0),
    ]


def test_where_a_shallow_clone_ends_nothing_is_counted() -> None:
    assert [change.commit for change in parse_log([LOG], is_shallow=True)] == [1, 1]


def test_the_share_of_the_main_author_and_of_the_few() -> None:
    def change(number: int, author: str, added: int) -> Change:
        return Change(number, number, author, "f", added, 0)

    changes = [
        change(1, "Ann <A@x>", 60),
        change(2, "ann k. <a@X>", 10),
        change(3, "Bob <b@x>", 20),
        change(4, "Cid <c@x>", 10),
    ]
    (file,) = sum_up(changes, 0).files
    assert (file.commits, file.authors, file.main_author) == (4, 3, "Ann")
    assert (file.main_share, file.few_authors, file.last_change) == (0.7, 2, 4)


def test_a_binary_file_is_shared_by_its_commits() -> None:
    changes = [Change(n, n, f"{who} <{who}@x>", "f", 0, 0) for n, who in enumerate("aab")]
    (file,) = sum_up(changes, 0).files
    assert (file.main_author, file.main_share, file.few_authors) == ("a", 0.6667, 2)


def test_the_last_twelve_months_are_counted(root: Path) -> None:
    commit(root, 400, a_py="1\n2\n3\n")
    commit(root, 200, a_py="1\n2\n4\n", b_py="1\n")
    commit(root, 100, "Bob <bob@x>", a_py="1\n")
    found = history(root)
    assert (found.commits, found.authors, found.since) == (2, 2, NOW - 365 * DAY)
    a, b = found.files
    assert (a.path, a.commits, a.added, a.deleted) == ("a.py", 2, 1, 3)
    assert (a.authors, a.last_change) == (2, NOW - 100 * DAY)
    assert (b.path, b.commits, b.added, b.main_share) == ("b.py", 1, 1, 1.0)


def test_a_subfolder_has_its_own_paths_only(root: Path) -> None:
    commit(root, 9, a_py="1\n", sub__b_py="1\n")
    assert list(by_path(root / "sub")) == ["b.py"]


def test_both_sides_of_a_merge_count_and_the_merge_does_not(root: Path) -> None:
    commit(root, 9, a_py="1\n")
    git(root, "checkout", "-qb", "side")
    commit(root, 8, a_py="2\n")
    git(root, "checkout", "-q", "main")
    commit(root, 7, a_py="3\n")
    git(root, "merge", "-q", "-s", "ours", "side", "-m", "m", days_ago=6)
    assert by_path(root)["a.py"].commits == 3


def test_files_in_conflict_do_not_matter(root: Path) -> None:
    commit(root, 9, a_py="1\n")
    git(root, "checkout", "-qb", "side")
    commit(root, 8, a_py="2\n")
    git(root, "checkout", "-q", "main")
    commit(root, 7, a_py="3\n")
    with pytest.raises(Exception, match="merge"):
        git(root, "merge", "side")
    assert by_path(root)["a.py"].commits == 2


def test_hostile_names(root: Path) -> None:
    names = ["tab\tnew\nline", '"q"', ":(top)x", "-x", "\u4e2d", os.fsdecode(b"\xff.py")]
    for name in names:
        (root / name).write_text("1\n")
    commit(root, 9, "N\u00e9 | <e|e@x>")
    assert {*by_path(root)} == {*names[:-1], "\\xff.py"}


def test_a_shallow_clone_says_so(root: Path, tmp_path: Path) -> None:
    for days in (9, 8, 7):
        commit(root, days, a_py=f"{days}\n")
    git(tmp_path, "clone", "-q", "--depth", "2", f"file://{root}", "shallow")
    found = history(tmp_path / "shallow")
    assert [(file.path, file.commits) for file in found.files] == [("a.py", 1)]
    assert "git fetch --unshallow" in found.notes[0]


def test_submodules_are_named_as_not_counted(root: Path, tmp_path: Path) -> None:
    inner = repository(tmp_path / "inner")
    commit(inner, 9, a_py="1\n")
    git(root, "submodule", "add", "-q", str(inner), "sub")
    commit(root, 8, b_py="1\n")
    found = history(root)
    assert "1 submodules" in found.notes[0]
    assert "sub/a.py" not in {file.path for file in found.files}


def test_where_there_is_no_history_it_is_said(root: Path, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    assert "Type: git init" in history(tmp_path / "plain").unavailable
    assert "no commit yet" in history(root).unavailable
    assert "git's own folder" in history(root / ".git").unavailable
    commit(root, 400, a_py="1\n")
    assert "no change of a file" in history(root).unavailable
    git(tmp_path, "clone", "-q", "--bare", str(root), "bare")
    assert "bare repository" in history(tmp_path / "bare").unavailable


def test_without_git_it_is_said(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "bin").mkdir()
    (root / "bin" / "env").symlink_to("/usr/bin/env")
    monkeypatch.setenv("PATH", str(root / "bin"))
    assert "git is not installed" in history(root).unavailable


def test_a_repository_of_another_user_says_what_to_type() -> None:
    text = (
        "fatal: detected dubious ownership in repository at '/r x'\nTo add an exception:\n\n"
        "\tgit config --global --add safe.directory '/r x'\n"
    )
    said = explain("/r x", CommandResult(128, "", text, 0))
    assert said.endswith("type: git config --global --add safe.directory '/r x'")


def test_the_environment_and_settings_change_nothing(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(root, 9, a_py="1\n")
    trap = tmp_path / "trap"
    for key in ("core.fsmonitor", "diff.external", "gpg.program", "core.pager"):
        git(root, "config", key, f"touch {trap}")
    git(root, "config", "diff.noprefix", "true")
    git(root, "config", "log.showSignature", "true")
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", f"touch {trap}")
    assert by_path(root)["a.py"].commits == 1
    assert not trap.exists()
