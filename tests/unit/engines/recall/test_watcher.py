"""The watcher follows the folders that memory.db names."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from revo_edge.contract.recall import RecallSearch, RecallWatch
from revo_edge.contract.watching import FolderNote, FolderState
from revo_edge.engines.recall.opening import Options
from revo_edge.engines.recall.watcher import LOOK_S, Watcher
from revo_edge.errors import UnknownMethod
from tests.harness import wait_for
from tests.unit.engines.recall.memory import Memory

pytest.importorskip("watchfiles")


@pytest.fixture
def watcher(memory: Memory) -> Iterator[Watcher]:
    watcher = Watcher(memory.home, Options(), time.monotonic)
    yield watcher
    watcher.close()


def next_note(watcher: Watcher, *, changed: bool) -> FolderNote:
    def noted() -> FolderNote | None:
        assert watcher.rest(0.0) == LOOK_S
        notes = [each for each in watcher.news() if isinstance(each, FolderNote)]
        return next((note for note in notes if note.changed == changed), None)

    found = wait_for(noted)
    assert found is not None
    return found


def test_a_folder_is_followed_from_the_moment_it_is_named(
    memory: Memory, watcher: Watcher, tmp_path: Path
) -> None:
    folder = tmp_path / "src"
    folder.mkdir()
    assert watcher.rest(0.0) == LOOK_S
    assert watcher.news() == ()
    memory.writer.call("recall.watch", RecallWatch(str(folder), "code"))
    first = next_note(watcher, changed=True)
    assert first == FolderNote(str(folder), FolderState.WATCHED, changed=True, namespace="code")
    (folder / "a.py").write_text("def one(): pass\n")
    assert next_note(watcher, changed=True).path == str(folder)
    assert watcher.note() == {"followed": 1}
    memory.writer.call("recall.watch", RecallWatch(str(folder), remove=True))
    watcher.rest(0.0)
    assert watcher.note() == {"followed": 0}


def test_a_folder_that_is_not_there_is_said(
    memory: Memory, watcher: Watcher, tmp_path: Path
) -> None:
    memory.writer.call("recall.watch", RecallWatch(str(tmp_path / "none"), "n"))
    note = next_note(watcher, changed=False)
    assert note.state is FolderState.MISSING


def test_it_answers_no_calls(watcher: Watcher) -> None:
    with pytest.raises(UnknownMethod):
        watcher.call("recall.search", RecallSearch("x"))
