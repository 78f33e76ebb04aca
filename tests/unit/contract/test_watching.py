"""What is said of watched folders."""

import pytest

from revo_edge.contract.codec import decode_from_worker, encode
from revo_edge.contract.watching import FolderNote, FolderState
from revo_edge.contract.workers import LaneNote


@pytest.mark.parametrize(
    "note",
    [
        FolderNote("/a", FolderState.WATCHED),
        FolderNote("/a b", FolderState.POLLED, changed=True, why="Too many.", namespace="n"),
        FolderNote("/", FolderState.MISSING),
    ],
)
def test_a_note_is_read_back_as_it_was(note: FolderNote) -> None:
    sent = LaneNote({"followed": 1.0}, folders=(note,))
    assert decode_from_worker(encode(sent)) == sent
