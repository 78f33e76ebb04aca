import struct
from typing import Any

import pytest

from revo_edge.contract.recall import Filter, Item, ItemKind, NewItem, Source
from revo_edge.contract.recall_writes import (
    FileItems,
    ImportReply,
    RecallImport,
    RecallReplaceFiles,
    RecallSwap,
    RecallVectors,
    ReplaceReply,
    Written,
)
from revo_edge.engines.recall.opening import Options
from revo_edge.errors import BadRequest, NotFound
from tests.unit.engines.recall.memory import Memory

VECTOR = struct.pack("<4e", 1, 0, 0, 0)


def chunk(text: str, line: int = 1, path: str = "/r/a.py", **fields: Any) -> NewItem:
    source = Source(path=path, first_line=line, last_line=line + 4)
    return NewItem(
        text, kind=ItemKind.CODE, source=source, title=text.split("(", maxsplit=1)[0], **fields
    )


def replace(
    memory: Memory, files: dict[str, list[NewItem]], vanished: tuple[str, ...] = ()
) -> tuple[int, int, int]:
    given = tuple(
        FileItems(path, 1, 1, "|".join(item.text for item in items), tuple(items))
        for path, items in files.items()
    )
    params = RecallReplaceFiles("code", "/r", given, vanished)
    reply = memory.writer.call("recall.replace_files", params)
    assert isinstance(reply, ReplaceReply)
    memory.sound()
    return reply.stored, reply.kept, reply.removed


def test_only_what_changed_in_a_file_is_touched(memory: Memory) -> None:
    assert replace(memory, {"a.py": [chunk("f(1)"), chunk("g(1)", 10)]}) == (2, 0, 0)
    ids = {item.title: item.id for item in memory.list().items}
    changed = [chunk("f(1)", 5, metadata={"moved": True}), chunk("g(2)", 20)]
    assert replace(memory, {"a.py": changed}) == (1, 1, 1)
    items = {item.title: item for item in memory.list().items}
    assert items["f"].id == ids["f"]
    assert items["f"].source.first_line == 5
    assert items["g"].id != ids["g"]
    assert memory.texts("g") == ["g(2)"]
    assert memory.list(Filter(metadata={"moved": True})).total == 1


def test_a_file_with_the_same_hash_is_not_read_again(memory: Memory) -> None:
    replace(memory, {"a.py": [chunk("f(1)")]})
    again = RecallReplaceFiles("code", "/r", (FileItems("a.py", 1, 99, "f(1)"),))
    reply = memory.writer.call("recall.replace_files", again)
    assert isinstance(reply, ReplaceReply)
    assert (reply.stored, reply.kept, reply.removed, reply.generation) == (0, 1, 0, 1)
    mtime = memory.writer._db.execute("SELECT mtime_ns FROM file").fetchone()
    assert mtime == (99,)


def test_the_same_text_twice_in_a_file_stays_twice(memory: Memory) -> None:
    twins = [chunk("f(1)"), chunk("f(1)", 9)]
    assert replace(memory, {"a.py": twins}) == (2, 0, 0)
    assert replace(memory, {"a.py": [*twins, chunk("f(1)", 19)]}) == (1, 2, 0)
    assert replace(memory, {"a.py": twins[:1]}) == (0, 1, 2)


def test_what_vanished_is_forgotten_with_its_history(memory: Memory) -> None:
    replace(memory, {"a.py": [chunk("f(1)")], "b.py": [chunk("g(1)")]})
    (item,) = (item for item in memory.list().items if item.title == "f")
    memory.update(item.id, text="f corrected")
    assert replace(memory, {}, ("a.py", "unknown.py")) == (0, 0, 2)
    assert memory.texts("f corrected") == []
    assert replace(memory, {}, ("b.py",)) == (0, 0, 1)
    assert memory.stats().namespaces == ()


def test_a_forgotten_tree_can_be_ingested_again(memory: Memory) -> None:
    replace(memory, {"a.py": [chunk("f(1)")]})
    memory.forget(filter=Filter(namespaces=("code",)))
    assert memory.writer._db.execute("SELECT count(*) FROM file").fetchone() == (0,)
    assert replace(memory, {"a.py": [chunk("f(1)")]}) == (1, 0, 0)


def take(memory: Memory, *items: Item) -> tuple[int, int]:
    reply = memory.writer.call("recall.import_items", RecallImport(items))
    assert isinstance(reply, ImportReply)
    memory.sound()
    return reply.stored, reply.duplicates


def test_what_was_exported_comes_back_as_it_was(memory: Memory, tmp_path: object) -> None:
    item = memory.put("first", tags=("a",), metadata={"n": {"m": 2}}, ttl_s=100).id
    memory.clock.now += 5
    memory.update(item, text="second")
    turn = Source(session="s", turn=3, speaker="Ann")
    other = memory.put("hello", kind=ItemKind.CONVERSATION, source=turn).id
    exported = [*memory.get(item, history=True).items, memory.one(other)]
    assert take(memory, *exported) == (0, 3)
    memory.forget(item, other)
    assert take(memory, *exported) == (3, 0)
    assert [*memory.get(item, history=True).items, memory.one(other)] == exported
    assert take(memory, *exported) == (0, 3)


def test_a_newer_version_supersedes_the_one_that_is_there(memory: Memory) -> None:
    item = memory.put("first").id
    memory.clock.now += 5
    newer = memory.update(item, text="second").item
    memory.forget(item)
    memory.clock.now -= 5
    first = memory.put("first")
    old = memory.one(first.id)
    as_new = Item(first.id, 2, "default", old.kind, "second", newer.created_at, newer.valid_from)
    assert take(memory, as_new) == (1, 0)
    assert memory.texts("first second") == ["second"]
    assert memory.one(first.id, version=1).valid_to == newer.valid_from


def test_the_same_text_under_another_id_is_a_duplicate(memory: Memory) -> None:
    there = memory.one(memory.put("said before").id)
    other = Item("0" * 26, 1, "default", there.kind, "said  before", 1.0, 1.0)
    twin = Item("1" * 26, 1, "default", there.kind, "new", 1.0, 1.0)
    third = Item("2" * 26, 1, "default", there.kind, "new", 1.0, 1.0)
    assert take(memory, other, twin, third) == (1, 2)
    with pytest.raises(BadRequest, match=r"items\[0\]"):
        take(memory, Item("x", 1, "default", there.kind, "text", 1.0, 1.0))


@pytest.fixture
def embedding(tmp_path_factory: pytest.TempPathFactory) -> Memory:
    return Memory(tmp_path_factory.mktemp("m"), Options(model="small-1"))


def put_vectors(memory: Memory, model: str, *rows: tuple[int, bytes]) -> int:
    reply = memory.writer.call("recall.put_vectors", RecallVectors(model, rows))
    assert isinstance(reply, Written)
    memory.sound()
    return reply.changed


def test_vectors_of_what_is_gone_or_of_another_model_are_dropped(embedding: Memory) -> None:
    memory = embedding
    first, second = memory.put("first").id, memory.put("second").id
    memory.forget(first)
    assert put_vectors(memory, "large-2", (2, VECTOR)) == 0
    assert put_vectors(memory, "small-1", (1, VECTOR), (2, VECTOR)) == 1
    assert put_vectors(memory, "small-1", (2, VECTOR)) == 1
    assert memory.stats().embedded_ratio == 1.0
    assert memory.one(second).embedded
    assert memory.writer.note()["pending_vectors"] == 0
    memory.update(second, text="third")
    memory.sound()
    assert memory.writer.note()["pending_vectors"] == 1
    with pytest.raises(BadRequest, match="float16"):
        put_vectors(memory, "small-1", (3, b"odd"))
    memory.close()


def test_another_model_begins_anew(embedding: Memory) -> None:
    memory = embedding
    item = memory.put("first").id
    put_vectors(memory, "small-1", (1, VECTOR))
    memory.options = Options(model="large-2")
    memory.reopen()
    memory.sound()
    stats = memory.stats()
    assert (stats.model, stats.embedded_ratio) == ("large-2", 0.0)
    assert not memory.one(item).embedded
    memory.rest()
    assert memory.writer._db.execute("SELECT count(*) FROM vector").fetchone() == (0,)
    memory.close()


def test_an_index_is_served_by_its_name(memory: Memory) -> None:
    folder = memory.home / "indexes"
    folder.mkdir()
    (folder / "v1.usearch").touch()
    memory.writer.call("recall.swap_index", RecallSwap("v1.usearch"))
    assert memory.stats().index == "v1.usearch"
    with pytest.raises(NotFound):
        memory.writer.call("recall.swap_index", RecallSwap("v2.usearch"))
    for name in ("../memory.db", ".", "", "a/b"):
        with pytest.raises(BadRequest):
            memory.writer.call("recall.swap_index", RecallSwap(name))
