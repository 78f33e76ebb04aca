import random
import shutil
from pathlib import Path

import pytest

from revo_edge.contract.recall import Filter, NewItem
from tests.unit.engines.recall.memory import Memory, check_sound

PAGE = 4096


def filled(folder: Path) -> tuple[Memory, dict[str, str]]:
    memory = Memory(folder)
    texts = [f"item {number} " + f"word{number} " * 60 for number in range(300)]
    known: dict[str, str] = {}
    for start in range(0, 300, 50):
        part = texts[start : start + 50]
        stored = memory.store(*(NewItem(t, f"n{start % 100}", tags=("t",)) for t in part)).stored
        known |= {each.id: text for each, text in zip(stored, part, strict=True)}
    memory.close()
    return memory, known


def damage(path: Path, pages: list[int]) -> None:
    raw = bytearray(path.read_bytes())
    for page in pages:
        raw[page * PAGE : (page + 1) * PAGE] = b"\xa5" * PAGE
    path.write_bytes(raw)


def read_out(memory: Memory) -> dict[str, str]:
    memory.reopen()
    found = {item.id: item.text for item in memory.list(limit=1000).items}
    check_sound(memory.writer._db)
    return found


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_what_can_be_read_of_a_damaged_file_is_kept(tmp_path: Path, seed: int) -> None:
    print(f"seed {seed}")
    memory, known = filled(tmp_path)
    count = memory.path.stat().st_size // PAGE
    pages = random.Random(seed).sample(range(2, count), 4)  # noqa: S311 - chooses pages, no secret
    damage(memory.path, pages)
    found = read_out(memory)
    assert found.items() <= known.items()
    assert len(found) > 150
    salvaged = memory.stats().salvaged
    lost = len(known) - len(found)
    assert (f"{lost} of 300" if lost else "all 300") in salvaged or "how many" in salvaged
    assert [file for file in tmp_path.iterdir() if ".corrupt-" in file.name]
    memory.put("it goes on")
    assert memory.texts("goes") == ["it goes on"]
    memory.reopen()
    assert memory.stats().salvaged == salvaged
    memory.close()


def test_a_file_that_is_none_begins_anew(tmp_path: Path) -> None:
    memory, _ = filled(tmp_path)
    memory.path.write_bytes(b"not a database at all" * 1_000)
    assert read_out(memory) == {}
    assert "how many there were is lost" in memory.stats().salvaged
    memory.put("it goes on")
    memory.close()


def test_a_file_cut_short_gives_its_first_part(tmp_path: Path) -> None:
    memory, known = filled(tmp_path)
    with memory.path.open("r+b") as file:
        file.truncate(memory.path.stat().st_size // 2)
    found = read_out(memory)
    assert found.items() <= known.items()
    memory.close()


def test_numbers_and_namespaces_go_on(tmp_path: Path) -> None:
    memory, known = filled(tmp_path)
    copy = tmp_path / "copy"
    copy.mkdir()
    shutil.copy(memory.path, copy)
    damage(memory.path, [memory.path.stat().st_size // PAGE - 1])
    found = read_out(memory)
    last = memory.writer._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'version'")
    assert last.fetchone() == (300,)
    assert memory.stats().generation > 6
    assert memory.list(Filter(namespaces=("n50",), tags=("t",))).total > 0
    assert set(found) <= set(known)
    memory.close()
