import random
import sqlite3
from pathlib import Path

import pytest

from revo_edge.contract.recall import Filter, ItemKind, NewItem, Source
from tests.unit.engines.recall.memory import Memory


def fill(memory: Memory, seed: int) -> dict[str, str]:
    """Store items that say a word of their own everywhere; return it for each id."""
    chance = random.Random(seed)  # noqa: S311 - chooses texts, no secret
    own: dict[str, str] = {}
    for number in range(8):
        secrets = [f"zq{number}x{place}secret" for place in range(25)]
        stored = memory.store(*(item(chance, secret) for secret in secrets)).stored
        own |= {each.id: secret for each, secret in zip(stored, secrets, strict=True)}
        for each in chance.sample(sorted(own), 5):
            memory.update(each, text=f"{own[each]} corrected {chance.random()}")
        if number % 3 == 0:
            memory.rest()
    return own


def item(chance: random.Random, secret: str) -> NewItem:
    words = [f"word{chance.randrange(2_000)}" for _ in range(chance.choice((3, 60, 700)))]
    return NewItem(
        " ".join([*words, secret]),
        chance.choice(("red", "green")),
        chance.choice((ItemKind.NOTE, ItemKind.CODE, ItemKind.CONVERSATION)),
        title=f"{secret}title",
        tags=(f"{secret}tag",),
        metadata={"f": f"{secret}field"},
        source=Source(path=f"/{secret}", session="s", turn=chance.randrange(500)),
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_no_byte_of_what_was_forgotten_is_left(memory: Memory, seed: int) -> None:
    print(f"seed {seed}")
    own = fill(memory, seed)
    gone = random.Random(seed).sample(sorted(own), 60)  # noqa: S311 - chooses ids, no secret
    memory.forget(*gone[:30])
    for _ in range(3):
        memory.writer.rest(0.0)  # a wipe that is under way begins again
    memory.forget(*gone[30:])
    assert memory.rest() == 60.0
    assert not memory.stats().purge_pending
    memory.put("what is stored later must not bring it back")
    raw = memory.raw()
    assert [own[each] for each in gone if own[each].encode() in raw] == []
    kept = next(each for each in own if each not in gone)
    assert own[kept].encode() in raw
    memory.sound()


def test_a_wipe_goes_on_after_a_restart(memory: Memory) -> None:
    memory.put("amber zephyr")
    item = memory.put("zephyr alone", namespace="n").id
    memory.forget(item)
    memory.writer.rest(0.0)
    memory.reopen()
    assert memory.stats().purge_pending
    memory.rest()
    assert b"zephyr alone" not in memory.raw()
    memory.forget(filter=Filter(namespaces=("default",)))
    memory.rest()
    assert b"zephyr" not in memory.raw()


def test_the_log_is_cut_once_nobody_reads_from_it(memory: Memory) -> None:
    item = memory.put("zephyr").id
    reader = sqlite3.connect(f"file:{memory.path}?mode=ro", uri=True, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM version").fetchone()
    memory.writer._db.execute("PRAGMA busy_timeout=10")
    memory.forget(item)
    after = memory.rest()
    assert after is not None
    assert 0 < after < 1
    assert memory.stats().purge_pending
    reader.close()
    assert memory.rest() == 60.0
    assert b"zephyr" not in memory.raw()


def test_files_beside_the_database_are_none_of_its_text(memory: Memory) -> None:
    memory.put("zephyr")
    names = {Path(file).name for file in memory.home.iterdir()}
    assert names == {"memory.db", "memory.db-wal", "memory.db-shm"}
