import os
from pathlib import Path
from typing import Any

import pytest

from revo_edge.engines.recall.params import ScannedFile, ScanParams
from revo_edge.engines.recall.reading import KnownFile
from revo_edge.engines.recall.scan import PART, Scan, scan

LONG_AGO_NS = 1_600_000_000 * 10**9


@pytest.fixture
def root(tmp_path: Path) -> Path:
    found = tmp_path / "tree"
    for path in ("a.py", "b/c.md", "b/d.txt", "node_modules/x.js", "out/e.txt", "f.csv"):
        (found / path).parent.mkdir(parents=True, exist_ok=True)
        (found / path).write_text("text")
        os.utime(found / path, ns=(LONG_AGO_NS, LONG_AGO_NS))
    (found / ".gitignore").write_text("out/\n.gitignore\n")
    return found


def look(root: Path, *known: KnownFile, **more: Any) -> Scan:
    params = ScanParams(str(root), "n", **more)
    return scan(params, {each.path: each for each in known}, root.parent / "home")


def paths(found: Scan) -> list[str]:
    return [file.path for file in found.files]


def known(path: str, mtime_ns: int = LONG_AGO_NS) -> KnownFile:
    return KnownFile(path, 4, mtime_ns, f"hash of {path}")


def test_all_that_is_new_is_to_be_read_and_the_rest_has_a_reason(root: Path) -> None:
    os.utime(root, ns=(LONG_AGO_NS, LONG_AGO_NS))
    found = look(root)
    assert found.files[0] == ScannedFile("a.py", "python", 4)
    assert paths(found) == ["a.py", "b/c.md", "b/d.txt"]
    assert found.skipped == [("f.csv", "data")]
    assert found.ignored == 3


def test_a_file_that_is_known_is_read_when_its_size_or_time_differs(root: Path) -> None:
    # its inode was changed just now, so it could change again without a trace: it is read, too
    found = look(root, known("a.py"), known("b/c.md", 1))
    assert [(file.path, file.hash) for file in found.files] == [
        ("a.py", "hash of a.py"),
        ("b/c.md", "hash of b/c.md"),
        ("b/d.txt", ""),
    ]


def test_a_settled_file_is_left_alone_unless_all_is_asked_for(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("revo_edge.engines.recall.scan.SETTLED_S", -3_600.0)
    found = look(root, known("a.py"), known("b/c.md", 1))
    assert (paths(found), found.unchanged) == (["b/c.md", "b/d.txt"], 1)
    assert look(root, known("a.py"), fresh=True).unchanged == 0


def test_what_is_known_and_no_longer_there_or_left_out_has_vanished(root: Path) -> None:
    found = look(root, known("gone.py"), known("out/e.txt"), known("a.py"))
    assert found.vanished == ["gone.py", "out/e.txt"]


def test_conversations_go_with_the_file_that_they_are_in(root: Path) -> None:
    rows = [known(f"a.py{PART}{n}") for n in (1, 2)] + [known(f"gone.json{PART}9")]
    found = look(root, *rows)
    assert found.vanished == [f"gone.json{PART}9"]
    assert sorted(found.parts) == [(f"a.py{PART}1", "1"), (f"a.py{PART}2", "2")]


def test_only_and_leave_out_are_lines_as_of_a_gitignore(root: Path) -> None:
    assert paths(look(root, include=["*.py"])) == ["a.py"]
    assert paths(look(root, include=["b/"])) == ["b/c.md", "b/d.txt"]
    assert paths(look(root, exclude=["*.md", "!node_modules/"])) == [
        "a.py",
        "b/d.txt",
        "node_modules/x.js",
    ]
    assert paths(look(root, only="a.py")) == ["a.py"]
    assert look(root, known("b/c.md"), known("a.py"), only="a.py").vanished == []


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_what_cannot_be_read_now_has_not_vanished(root: Path) -> None:
    (root / "b").chmod(0)
    found = look(root, known("b/c.md"))
    (root / "b").chmod(0o700)
    assert found.vanished == []
    assert ("b/", "unreadable") in found.skipped


def test_a_root_that_is_gone_is_an_error_and_forgets_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        look(tmp_path / "gone", known("a.py"))
