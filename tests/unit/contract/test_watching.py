import msgspec

from revo_edge.contract.watching import FolderNote, FolderState, WatchFolders


def test_messages_are_one_line_of_json() -> None:
    note = FolderNote("/a\nb", FolderState.POLLED, changed=True, why="why")
    encoded = msgspec.json.encode(note)
    assert b"\n" not in encoded
    assert msgspec.json.decode(encoded, type=FolderNote) == note
    assert msgspec.json.decode(b'{"folders": ["/a"]}', type=WatchFolders) == WatchFolders(("/a",))
