import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fault.recall_writer import BATCH
from tests.unit.engines.recall.memory import Memory

ROOT = Path(__file__).parents[2]


def run_and_kill(home: Path, seed: int, lines: int) -> list[list[str]]:
    """Let a writer run until it said so many lines, kill it, and return what it acknowledged."""
    command = [sys.executable, "-m", "tests.fault.recall_writer", str(home), str(seed)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        said = [writer.stdout.readline() for _ in range(lines)]
        writer.kill()
        said += writer.stdout.read().splitlines(keepends=True)
    return [line.decode().split() for line in said if line.endswith(b"\n")]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_acknowledged_is_lost_and_nothing_half_indexed(tmp_path: Path, seed: int) -> None:
    print(f"seed {seed}")
    chance = random.Random(seed)  # noqa: S311 - chooses moments, no secret
    expected: dict[str, str] = {}
    gone: set[str] = set()
    for part in range(3):
        chunks = doubtful = ""
        for sign, *rest in run_and_kill(tmp_path, 10 * seed + part, chance.randint(50, 400)):
            if sign == "=":
                chunks = rest[0]
            elif sign == "-":
                gone.add(rest[0])
            elif sign != "?":
                expected[rest[0]] = rest[1]
            doubtful = rest[0] if sign == "?" else ""
        expected.pop(doubtful, None)  # committed or not: it was killed before it said so
        memory = Memory(tmp_path)
        memory.sound()
        check(memory, expected, gone, chunks)
        memory.close()


def check(memory: Memory, expected: dict[str, str], gone: set[str], chunks: str) -> None:
    db = memory.writer._db
    found = dict(db.execute("SELECT id, text FROM version WHERE valid_to IS NULL"))
    assert not gone & found.keys()
    live = [item for item in expected if item not in gone]
    assert [item for item in live if expected[item] not in found.get(item, "").split()] == []
    if chunks:
        texts = [text for text in found.values() if text.startswith("chunk")]
        assert len(texts) == BATCH
        assert {text.split()[1] for text in texts} <= {chunks, str(int(chunks) + 1)}
    for item in live[-5:]:
        assert item in {hit.item.id for hit in memory.hits(expected[item])}
