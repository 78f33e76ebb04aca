"""Ingest with real files, the real children and the real store; only the daemon is not there."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from revo_edge.contract.recall import Filter, ItemKind, RecallList, RecallSearch
from revo_edge.contract.tasks import ErrorInfo
from revo_edge.engines.base import Cancelled, ItemFailed
from revo_edge.engines.recall.ingest import (
    PIECE_FILES,
    SLICE_PIECES,
    Ingested,
    deal,
    default_namespace,
)
from revo_edge.engines.recall.params import IngestParams, ScannedFile
from revo_edge.engines.recall.reading import known_files
from tests.unit.engines.recall.local import Local


@pytest.fixture
def root(tmp_path: Path) -> Path:
    found = tmp_path / "project"
    write(
        found,
        "pkg/mod.py",
        "def connect(host):\n    '''Open the harbour gate.'''\n    return host\n",
    )
    write(found, "README.md", "# Project\n\nHow the lighthouse works.\n")
    write(found, "data.bin", "a\0b")
    write(found, "empty.txt", "")
    return found


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def ingest(local: Local, path: Path, **more: Any) -> Ingested:
    params = IngestParams(str(path), **more)
    result: Ingested = local.run("recall.ingest", params)
    return result


def test_a_folder_becomes_items_that_are_found(local: Local, root: Path) -> None:
    result = ingest(local, root)
    assert (result.namespace, result.root) == ("project", str(root))
    assert (result.read, result.stored, result.removed) == (2, 2, 0)
    assert result.skipped == {"binary": 1, "empty": 1}
    assert result.skipped_files["binary"] == [("data.bin", "")]
    reply = local.call("recall.search", RecallSearch("who opens the harbour gate"))
    item = reply["hits"][0]["item"]
    assert item["kind"] == ItemKind.CODE.value
    assert item["title"] == "pkg/mod.py connect(host)"
    assert item["source"] == {"path": str(root / "pkg/mod.py"), "first_line": 1, "last_line": 3}
    assert item["metadata"] == {"language": "Python", "symbol": "connect", "type": "function"}


def test_a_second_ingest_touches_only_what_changed(local: Local, root: Path) -> None:
    ingest(local, root)
    before = local.texts("project")
    write(root, "README.md", "# Project\n\nHow the lighthouse really works.\n")
    (root / "pkg/mod.py").unlink()
    write(root, "new.txt", "A new text.")
    result = ingest(local, root)
    assert (result.stored, result.removed, result.vanished) == (2, 2, 1)
    assert sorted(local.texts("project")) == [
        "# Project\n\nHow the lighthouse really works.",
        "A new text.",
    ]
    again = ingest(local, root)
    assert (again.stored, again.removed, again.vanished) == (0, 0, 0)
    assert len(before) == 2


def test_a_file_that_was_only_touched_keeps_its_items(local: Local, root: Path) -> None:
    ingest(local, root)
    os.utime(root / "README.md", ns=(1, 1))
    result = ingest(local, root)
    assert (result.stored, result.removed) == (0, 0)
    assert known_files(local.home, "project", str(root))["README.md"].mtime_ns == 1


def test_a_file_just_written_is_looked_at_again(local: Local, root: Path) -> None:
    ingest(local, root)
    assert known_files(local.home, "project", str(root))["README.md"].mtime_ns == 0


def test_one_file_is_ingested_alone_and_spares_the_others(local: Local, root: Path) -> None:
    ingest(local, root, namespace="n")
    (root / "pkg/mod.py").unlink()
    write(root, "README.md", "Other words.")
    result = ingest(local, root / "README.md", namespace="n")
    assert (result.read, result.vanished) == (1, 0)
    assert len(local.texts("n")) == 2


def test_no_file_is_remembered_twice_in_a_namespace(local: Local, root: Path) -> None:
    ingest(local, root / "pkg", namespace="n")
    whole = ingest(local, root, namespace="n")
    assert (whole.stored, whole.removed) == (2, 1)
    write(root, "pkg/more.txt", "More words.")
    part = ingest(local, root / "pkg", namespace="n")
    assert (part.root, part.stored, part.removed, part.vanished) == (str(root), 1, 0, 0)
    assert len(local.texts("n")) == 3


def test_what_its_root_leaves_out_is_read_by_itself(local: Local, root: Path) -> None:
    write(root, ".gitignore", "drafts/\n")
    write(root, "drafts/a.txt", "A draft.")
    ingest(local, root, namespace="n")
    drafts = ingest(local, root / "drafts", namespace="n")
    assert (drafts.root, drafts.stored) == (str(root / "drafts"), 1)
    ingest(local, root, namespace="n")
    assert "A draft." in local.texts("n")


def test_conversations_of_one_export_come_and_go_by_themselves(local: Local, root: Path) -> None:
    def export(*names: str) -> str:
        turns = [{"sender": "human", "text": "the same question"}]
        return json.dumps([{"uuid": name, "chat_messages": turns} for name in names])

    write(root, "conversations.json", export("one", "two"))
    ingest(local, root, include=["conversations.json"])
    write(root, "conversations.json", export("two", "three"))
    result = ingest(local, root, include=["conversations.json"])
    assert (result.stored, result.kept, result.removed) == (1, 1, 1)
    asked = RecallList(Filter(kinds=(ItemKind.CONVERSATION,)), order="oldest")
    sessions = [item["source"]["session"] for item in local.call("recall.list", asked)["items"]]
    assert sessions == ["two", "three"]
    (root / "conversations.json").unlink()
    assert ingest(local, root, include=["conversations.json"]).removed == 2


def test_a_file_of_very_many_pieces_is_handed_over_in_slices(local: Local, root: Path) -> None:
    lines = (json.dumps({"role": "user", "content": f"turn {n}"}) for n in range(SLICE_PIECES + 5))
    write(root, "chat.jsonl", "\n".join(lines))
    result = ingest(local, root / "chat.jsonl")
    assert (result.read, result.stored) == (1, SLICE_PIECES + 5)
    write(root, "chat.jsonl", json.dumps({"role": "user", "content": "turn 0"}))
    assert ingest(local, root / "chat.jsonl").removed == SLICE_PIECES + 4


def test_shell_history_is_taken_only_when_asked_for(local: Local, root: Path) -> None:
    write(root, ".bash_history", "make harbour-gate\nexport TOKEN=abc\n")
    assert ingest(local, root).skipped["shell_history"] == 1
    result = ingest(local, root, shell_history=True)
    assert (result.stored, result.commands_left_out) == (1, 1)
    assert ingest(local, root).vanished == 1


def test_names_that_are_not_text_are_read_and_shown(local: Local, root: Path) -> None:
    path = os.fsencode(root) + b"/caf\xe9.txt"
    with open(path, "w") as file:  # noqa: PTH123 - Path shows it, but tests are to write bytes
        file.write("words in an odd file")
    ingest(local, root)
    assert "caf\\xe9.txt" in known_files(local.home, "project", str(root))


def test_a_line_break_in_a_name_is_part_of_it(local: Local, root: Path) -> None:
    write(root, "odd\nname.txt", "words in a file with an odd name")
    ingest(local, root)
    assert ingest(local, root).vanished == 0
    assert "words in a file with an odd name" in local.texts("project")


def test_text_that_is_not_utf8_is_repaired_and_named(local: Local, root: Path) -> None:
    (root / "old.txt").write_bytes("d\u00e9j\u00e0 vu".encode("cp1252"))
    assert ingest(local, root).repaired == ["old.txt"]
    assert "d\u00e9j\u00e0 vu" in local.texts("project")


def test_what_is_wrong_is_refused_with_what_to_do(local: Local, root: Path) -> None:
    for path, text in ((Path("relative"), "not an absolute"), (root / "no", "does not exist")):
        with pytest.raises(ItemFailed, match=text):
            ingest(local, path)
    with pytest.raises(ItemFailed, match="needs a name"):
        ingest(local, root, namespace=" ")


def test_a_child_that_is_lost_names_its_files(
    local: Local, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(*_args: object) -> None:
        raise ItemFailed(ErrorInfo("worker_lost", "lost"))

    monkeypatch.setattr("revo_edge.engines.recall.ingest._read", lose)
    result = ingest(local, root)
    assert result.skipped == {"failed": 4}
    assert ("README.md", "lost") in result.skipped_files["failed"]


def test_a_cancelled_task_leaves_whole_files_behind(local: Local, root: Path) -> None:
    local.cancel_after = 3
    with pytest.raises(Cancelled):
        ingest(local, root)
    local.cancel_after = 1 << 30
    ingest(local, root)
    assert len(local.texts("project")) == 2


def test_files_are_dealt_to_pieces_that_are_not_too_long() -> None:
    files = [ScannedFile(f"{n}", "plain", 10) for n in range(2 * PIECE_FILES + 1)]
    files.append(ScannedFile("big", "plain", 10**7))
    lists = deal(files)
    assert lists[0] == [files[-1]]
    assert max(map(len, lists)) == PIECE_FILES
    assert sorted(file.path for each in lists for file in each) == sorted(f.path for f in files)


def test_a_namespace_is_named_after_its_folder() -> None:
    assert default_namespace("/home/u/project/") == "project"
    assert default_namespace("/") == "default"
    assert len(default_namespace("/" + "x" * 255)) == 200
