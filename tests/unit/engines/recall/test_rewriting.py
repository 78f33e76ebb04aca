import stat
from pathlib import Path

import pytest

from revo_edge.contract.recall_writes import RecallSwapStore, Written
from revo_edge.engines.recall import rewriting
from revo_edge.engines.recall.opening import Options
from revo_edge.errors import Conflict, NotFound, Unavailable
from tests.unit.engines.recall.memory import Memory


@pytest.fixture
def large(tmp_path: Path) -> Memory:
    return Memory(tmp_path, Options(vacuum_limit_bytes=0))


def swap(memory: Memory) -> int:
    reply = memory.writer.call("recall.swap_store", RecallSwapStore())
    assert isinstance(reply, Written)
    return reply.generation


def test_a_large_file_is_wiped_by_a_copy_of_it(large: Memory) -> None:
    keep = large.put("amber stays").id
    large.forget(large.put("zephyr goes").id)
    assert large.rest() == 60.0
    assert large.stats().purge_pending
    assert large.writer.note()["wants_copy"] == 1.0
    generation = rewriting.write_copy(large.home)
    copy = large.home / rewriting.COPY
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    inode = copy.stat().st_ino
    assert swap(large) == generation == large.stats().generation
    assert large.path.stat().st_ino == inode
    assert large.texts("amber") == ["amber stays"]
    large.rest()
    assert not large.stats().purge_pending
    assert b"zephyr" not in large.raw()
    large.update(keep, text="amber goes on")
    assert large.texts("amber") == ["amber goes on"]
    large.sound()
    large.reopen()
    assert large.texts("amber") == ["amber goes on"]
    large.close()


def test_a_copy_of_an_older_state_is_not_taken(large: Memory) -> None:
    large.put("amber")
    rewriting.write_copy(large.home)
    large.put("birch")
    with pytest.raises(Conflict, match="changed while"):
        swap(large)
    assert not (large.home / rewriting.COPY).exists()
    with pytest.raises(NotFound):
        swap(large)
    assert large.texts("birch") == ["birch"]
    large.close()


def test_a_copy_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        rewriting.write_copy(tmp_path)
    assert list(tmp_path.iterdir()) == []
