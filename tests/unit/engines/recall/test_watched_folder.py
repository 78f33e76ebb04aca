"""A watched folder, with real files and the kernel's own news; only the time is made up."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from revo_edge.contract.watching import FolderNote, FolderState
from revo_edge.engines.recall.watched_folder import MOST_S, POLL_S, QUIET_S, WatchedFolder
from tests.harness import wait_for


class Clock:
    """Monotonic seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0


class Watched:
    """A folder with a watch on it that has begun."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.clock = Clock()
        self.folder = WatchedFolder(str(root), self.clock.now)
        first = self.folder.look(self.clock.now)
        assert first == FolderNote(str(root), FolderState.WATCHED)
        assert self.later() == FolderNote(str(root), FolderState.WATCHED, changed=True)

    def look(self) -> FolderNote | None:
        """Look at the present time."""
        return self.folder.look(self.clock.now)

    def later(self, seconds: float = QUIET_S) -> FolderNote | None:
        """Look after some time."""
        self.clock.now += seconds
        return self.look()

    def pending(self) -> bool:
        """Take news in; tell whether there was some."""
        self.look()
        return self.folder._first is not None

    def is_noted(self) -> bool:
        """Wait for the kernel's news, then for the quiet after it."""
        wait_for(self.pending)
        note = self.later()
        return note is not None and note.changed


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    pytest.importorskip("watchfiles")
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (root / "sub/file.txt").write_text("text")
    (root / ".gitignore").write_text("*.log\nout/\n")
    found = Watched(root)
    yield found
    found.folder.close()


def test_created_changed_and_deleted_files_are_noted_once_it_is_quiet(watched: Watched) -> None:
    (watched.root / "new.txt").write_text("1")
    wait_for(watched.pending)
    assert watched.look() is None, "it is not quiet yet"
    assert watched.later() == FolderNote(str(watched.root), FolderState.WATCHED, changed=True)
    assert watched.later() is None
    (watched.root / "sub/file.txt").write_text("other")
    assert watched.is_noted()
    (watched.root / "sub/file.txt").unlink()
    assert watched.is_noted()
    (watched.root / "sub/deep").mkdir()
    assert watched.is_noted()
    (watched.root / "sub/deep/file").write_text("in a folder that is new")
    assert watched.is_noted()


def test_what_is_left_out_makes_no_noise(watched: Watched) -> None:
    subprocess.run(["git", "init", "-q", watched.root], check=True)
    for path in ("a.log", "out/a", "node_modules/b/index.js", "sub/__pycache__/c.pyc"):
        (watched.root / path).parent.mkdir(parents=True, exist_ok=True)
        (watched.root / path).write_text("noise")
    (watched.root / "last.txt").write_text("the kernel tells in order")
    assert watched.is_noted()
    assert watched.later() is None
    (watched.root / "out/more").write_text("noise")
    (watched.root / ".git/index").write_text("noise")
    assert not watched.pending()
    (watched.root / ".gitignore").write_text("")
    assert watched.is_noted()
    (watched.root / "a.log").write_text("no longer noise")
    assert watched.is_noted()


def test_changes_without_an_end_are_noted_now_and_then(watched: Watched) -> None:
    notes = []
    for number in range(int(2.5 * MOST_S / (QUIET_S / 2))):
        watched.folder._mark(watched.clock.now)
        notes.append(watched.later(QUIET_S / 2))
        assert number < 2 * MOST_S / QUIET_S or any(notes)
    assert sum(note is not None and note.changed for note in notes) == 2


def test_a_folder_that_goes_is_missing_and_noted_when_it_is_back(watched: Watched) -> None:
    shutil.rmtree(watched.root)
    assert watched.look() == FolderNote(str(watched.root), FolderState.MISSING)
    assert watched.later(1_000) is None
    watched.root.mkdir()
    assert watched.look() == FolderNote(str(watched.root), FolderState.WATCHED)
    assert watched.later() == FolderNote(str(watched.root), FolderState.WATCHED, changed=True)
    (watched.root / "file").write_text("the new folder is watched")
    assert watched.is_noted()


def test_a_folder_that_takes_the_place_of_another_is_watched(watched: Watched) -> None:
    other = watched.root.with_name("other")
    other.mkdir()
    watched.root.rename(watched.root.with_name("old"))
    other.rename(watched.root)
    watched.look()
    assert watched.later() == FolderNote(str(watched.root), FolderState.WATCHED, changed=True)
    (watched.root / "file").write_text("seen")
    assert watched.is_noted()


def test_ten_thousand_changes_at_once_are_one_note(watched: Watched) -> None:
    for number in range(10_000):
        (watched.root / "sub" / f"{number}.txt").touch()
    assert watched.is_noted()
    wait_for(lambda: not watched.pending() or not watched.later())
    (watched.root / "after.txt").write_text("still awake")
    assert watched.is_noted()


def test_a_folder_the_kernel_does_not_tell_of_is_looked_through(watched: Watched) -> None:
    watched.folder.close()
    watched.folder._poll("why")
    polled = FolderNote(str(watched.root), FolderState.POLLED, why="why")
    assert watched.look() == polled
    assert watched.later(POLL_S) is None
    note = watched.later()
    assert note is not None
    assert (note.changed, note.state, note.why) == (True, FolderState.POLLED, "why")
