import pytest

from revo_edge.contract.recall import RecallWatch, WatchedFolder, WatchReply
from revo_edge.errors import BadRequest, NotFound
from tests.unit.engines.recall.memory import Memory


def watch(memory: Memory, path: str, namespace: str = "", *, remove: bool = False) -> WatchReply:
    reply = memory.writer.call("recall.watch", RecallWatch(path, namespace, remove))
    assert isinstance(reply, WatchReply)
    return reply


def test_followed_folders_outlive_a_restart(memory: Memory) -> None:
    watch(memory, "/r", "code")
    memory.reopen()
    assert memory.stats().watched == (WatchedFolder("/r", "code"),)
    assert [each.name for each in memory.stats().namespaces] == ["code"]
    watch(memory, "/r", remove=True)
    assert memory.stats().watched == ()
    assert memory.stats().namespaces == ()


def test_a_folder_gives_its_name_to_its_namespace(memory: Memory) -> None:
    watch(memory, "/b/second")
    reply = watch(memory, "/a/first")
    assert reply.folders == (
        WatchedFolder("/a/first", "first"),
        WatchedFolder("/b/second", "second"),
    )


def test_what_cannot_be_followed_is_refused(memory: Memory) -> None:
    with pytest.raises(BadRequest, match="absolute"):
        watch(memory, "relative/path")
    with pytest.raises(NotFound, match="not followed"):
        watch(memory, "/r", remove=True)
    with pytest.raises(BadRequest, match="half a character"):
        watch(memory, "/\ud800")
