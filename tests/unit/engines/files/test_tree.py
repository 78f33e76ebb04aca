"""The walk: every entry ends up in one of three places."""

import contextlib
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revo_edge.engines.files.tree import (
    Skipped,
    SkipReason,
    from_text,
    open_below,
    split_by_size,
    to_text,
    walk,
)


def put(root: Path, **contents: str) -> None:
    """Write files; `__` in a key stands for a slash."""
    for key, text in contents.items():
        path = root / key.replace("__", "/").replace("DOT", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def paths(root: Path) -> list[str]:
    return [path for path, _ in walk(str(root)).files]


def reasons(root: Path) -> dict[str, SkipReason]:
    return {skip.path: skip.reason for skip in walk(str(root)).skipped}


@contextlib.contextmanager
def nobody() -> Iterator[None]:
    """Give up root's right to read everything for a while."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_files_are_listed_with_their_size_in_order(tmp_path: Path) -> None:
    put(tmp_path, b="22", a__z="1", a__b__c="333", DOThidden="")
    assert walk(str(tmp_path)).files == [(".hidden", 0), ("a/b/c", 3), ("a/z", 1), ("b", 2)]


def test_an_empty_tree_has_nothing(tmp_path: Path) -> None:
    tree = walk(str(tmp_path))
    assert (tree.files, tree.skipped, tree.ignored) == ([], [], 0)


@pytest.mark.parametrize(
    ("name", "error"), [("missing", FileNotFoundError), ("file", NotADirectoryError)]
)
def test_a_root_that_is_no_folder_raises(tmp_path: Path, name: str, error: type[OSError]) -> None:
    put(tmp_path, file="")
    with pytest.raises(error):
        walk(str(tmp_path / name))


def test_git_itself_is_no_part_of_the_tree(tmp_path: Path) -> None:
    put(tmp_path, DOTgit__config="x", sub__DOTgit="gitdir: elsewhere", a="")
    tree = walk(str(tmp_path))
    assert (tree.files, tree.skipped, tree.ignored) == ([("a", 0)], [], 0)


def test_an_excluded_folder_is_left_out_under_any_of_its_names(tmp_path: Path) -> None:
    put(tmp_path, tree__home__x="", tree__a="")
    (tmp_path / "other_name").symlink_to(tmp_path / "tree")
    tree = walk(str(tmp_path / "tree"), [str(tmp_path / "other_name/home"), "/no/such/folder"])
    assert (tree.files, tree.ignored) == ([("a", 0)], 1)


def test_what_is_no_regular_file_is_skipped_without_opening_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        found = reasons(tmp_path)
    assert found == {"pipe": SkipReason.NOT_REGULAR, "socket": SkipReason.NOT_REGULAR}


def test_a_file_above_the_limit_is_huge(tmp_path: Path) -> None:
    put(tmp_path, fits="12", huge="123")
    tree = walk(str(tmp_path), huge_bytes=2)
    assert tree.files == [("fits", 2)]
    assert tree.skipped == [Skipped("huge", SkipReason.HUGE)]


def test_links_are_skipped_and_loops_are_told_apart(tmp_path: Path) -> None:
    put(tmp_path, a__b__file="")
    links = {
        "a/to_file": "b/file",
        "a/to_folder": "b",
        "a/b/up": "..",
        "a/b/to_root": str(tmp_path),
        "broken": "nowhere",
        "itself": "itself",
    }
    for name, target in links.items():
        (tmp_path / name).symlink_to(target)
    assert paths(tmp_path) == ["a/b/file"]
    assert reasons(tmp_path) == {
        "a/to_file": SkipReason.SYMLINK,
        "a/to_folder": SkipReason.SYMLINK,
        "a/b/up": SkipReason.SYMLINK_LOOP,
        "a/b/to_root": SkipReason.SYMLINK_LOOP,
        "broken": SkipReason.SYMLINK,
        "itself": SkipReason.SYMLINK_LOOP,
    }


def test_a_folder_that_cannot_be_listed_is_skipped(short_dir: Path) -> None:
    put(short_dir, closed__x="", a="")
    short_dir.chmod(0o755)
    (short_dir / "closed").chmod(0)
    with nobody():
        assert reasons(short_dir) == {"closed/": SkipReason.UNREADABLE}
    (short_dir / "closed").chmod(0o700)


def test_the_kernels_own_trees_are_walked_to_the_end() -> None:
    tree = walk("/proc/self")
    assert "status" in dict(tree.files)
    assert {skip.path: skip.reason for skip in tree.skipped}["root"] in {
        SkipReason.SYMLINK,
        SkipReason.SYMLINK_LOOP,
        SkipReason.UNREADABLE,
    }


def test_a_path_longer_than_the_kernel_takes_is_walked_and_opened(tmp_path: Path) -> None:
    depth, name = 60, "n" * 100
    current = os.open(tmp_path, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir(name, dir_fd=current)
        inner = os.open(name, os.O_RDONLY, dir_fd=current)
        os.close(current)
        current = inner
    os.close(os.open("end", os.O_CREAT | os.O_WRONLY, dir_fd=current))
    os.close(current)
    assert paths(tmp_path) == [f"{name}/" * depth + "end"]
    os.close(open_below(str(tmp_path), f"{name}/" * depth + "end", os.O_RDONLY))
    shutil.rmtree(tmp_path / name)


def test_a_name_that_is_not_utf8_is_printable_and_found_again(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.py")
    (tmp_path / name).write_text("")
    assert paths(tmp_path) == ["caf\\xe9.py"]
    assert from_text("caf\\xe9.py") == name


@given(st.binary(max_size=12).map(lambda raw: raw.replace(b"\0", b"\\x").replace(b"/", b"\\")))
def test_any_name_is_written_one_to_one(raw: bytes) -> None:
    text = to_text(os.fsdecode(raw))
    assert os.fsencode(from_text(text)) == raw
    assert text.encode().decode() == text


def test_an_ignored_folder_counts_once(tmp_path: Path) -> None:
    put(tmp_path, DOTgitignore="out/\n", out__a="", out__b="", c="")
    assert walk(str(tmp_path)).ignored == 1


def test_a_gitignore_that_cannot_be_read_has_no_rules(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".gitignore")
    put(tmp_path, a="")
    assert paths(tmp_path) == ["a"]


@given(
    files=st.lists(st.tuples(st.text("abc", min_size=1, max_size=9), st.integers(0, 10**6))),
    pieces=st.integers(-1, 9),
)
def test_pieces_hold_every_file_once_and_balance(files: list[tuple[str, int]], pieces: int) -> None:
    chunks = split_by_size(files, pieces)
    assert sorted(path for chunk in chunks for path in chunk) == sorted(path for path, _ in files)
    assert len(chunks) <= max(1, pieces)
    assert all(chunks)


def test_big_files_come_first() -> None:
    files = [("a.py", 10_000), ("b.py", 50_000), ("c.py", 30_000), ("d.py", 20_000)]
    assert split_by_size(files, 2) == [["b.py", "a.py"], ["c.py", "d.py"]]
    assert split_by_size([("t.txt", 90_000), ("p.py", 20_000)], 1) == [["p.py", "t.txt"]]


def test_a_stamp_tells_one_state_of_a_file_from_the_next(tmp_path: Path) -> None:
    put(tmp_path, a="1", b="2")
    before = walk(str(tmp_path), settled_ns=2**62)
    assert len(before.stamps) == len(before.files) == 2
    assert walk(str(tmp_path), settled_ns=2**62).stamps == before.stamps
    put(tmp_path, new="3")
    (tmp_path / "new").replace(tmp_path / "b")
    assert before.stamps[1] is not None
    os.utime(tmp_path / "b", ns=(1, before.stamps[1][1]))
    after = walk(str(tmp_path), settled_ns=2**62)
    assert [one == two for one, two in zip(before.stamps, after.stamps, strict=True)] == [
        True,
        False,
    ]


def test_a_file_changed_just_now_has_no_stamp(tmp_path: Path) -> None:
    put(tmp_path, a="1")
    changed_ns = (tmp_path / "a").stat().st_ctime_ns
    assert walk(str(tmp_path)).stamps == [None]
    assert walk(str(tmp_path), settled_ns=changed_ns).stamps == [None]
    assert walk(str(tmp_path), settled_ns=changed_ns + 1).stamps != [None]
    os.utime(tmp_path / "a", ns=(1, 1))  # the inode still tells
    assert walk(str(tmp_path), settled_ns=changed_ns).stamps == [None]
