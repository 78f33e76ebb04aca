"""The watcher as a process of its own, over pipes."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from revo_edge.contract.watching import FolderNote, FolderState, WatchFolders

PROGRAM = "from revo_edge.pool.watcher_main import serve; serve(0, 1)"


class Process:
    """A watcher that runs."""

    def __init__(self) -> None:
        pipe = subprocess.PIPE
        self.popen = subprocess.Popen([sys.executable, "-c", PROGRAM], stdin=pipe, stdout=pipe)

    def watch(self, *folders: Path) -> None:
        """Say which folders to watch."""
        assert self.popen.stdin
        message = WatchFolders(tuple(map(str, folders)))
        self.popen.stdin.write(msgspec.json.encode(message) + b"\n")
        self.popen.stdin.flush()

    def note(self, *, changed: bool = True) -> FolderNote:
        """Wait for a note of this sort; the limit is that of the test."""
        assert self.popen.stdout
        while True:
            note = msgspec.json.decode(self.popen.stdout.readline(), type=FolderNote)
            if note.changed == changed:
                return note


@pytest.fixture
def watcher() -> Iterator[Process]:
    pytest.importorskip("watchfiles")
    process = Process()
    yield process
    with process.popen:
        assert process.popen.stdin
        process.popen.stdin.close()
        assert process.popen.wait(5) == 0, "it ends with its input"


def test_folders_are_followed_as_they_are_asked_for(watcher: Process, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    watcher.watch(one)
    assert watcher.note() == FolderNote(str(one), FolderState.WATCHED, changed=True)
    (one / "file").write_text("1")
    assert watcher.note().path == str(one)
    watcher.watch(one, two)
    assert watcher.note(changed=False) == FolderNote(str(two), FolderState.MISSING)
    two.mkdir()
    assert watcher.note().path == str(two)
    watcher.watch(two)
    (one / "file").write_text("nobody asks any more")
    (two / "file").write_text("2")
    assert watcher.note().path == str(two)


def test_it_ends_when_nobody_listens(tmp_path: Path) -> None:
    process = Process()
    with process.popen:
        assert process.popen.stdout
        process.popen.stdout.close()
        process.watch(tmp_path)
        assert process.popen.wait(10) == 0
