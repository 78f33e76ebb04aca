import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from revo_edge.store.start import start_journal
from tests.fault.journal_writer import CHILDREN

ROOT = Path(__file__).parents[2]


def run_module(name: str, *arguments: str | Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", name, *map(str, arguments)], cwd=ROOT, stdout=subprocess.PIPE
    )


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk; the limit variant runs everywhere")
    (disk / "ballast").write_bytes(b"b" * 5_000_000)
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_acknowledged_is_lost_when_the_writer_is_killed(tmp_path: Path, seed: int) -> None:
    print(f"seed {seed}")
    rows = random.Random(seed).randint(100, 3_000)  # noqa: S311 - chooses a moment, no secret
    path = tmp_path / "revo.db"
    with run_module("tests.fault.journal_writer", path) as writer:
        assert writer.stdout is not None
        acknowledged = [writer.stdout.readline() for _ in range(rows)]
        writer.kill()
        acknowledged += writer.stdout.read().splitlines(keepends=True)
    names = {line.decode().strip() for line in acknowledged if line.endswith(b"\n")}
    assert len(names) >= rows
    started = start_journal(path, 0)
    assert started.aside is None
    live = {task.row.info.id: task for task in started.loaded.live}
    assert names <= live.keys()
    for name, task in live.items():  # a list is there as a whole, acknowledged or not
        assert task.children.done == ((0, CHILDREN - 1),)
        assert started.reader.reply(name) is not None
    started.reader.close()
    started.journal.close()


def test_a_file_size_limit_is_a_full_disk(tmp_path: Path) -> None:
    with run_module("tests.fault.journal_full", tmp_path, "limit") as run:
        assert run.wait(25) == 0


def test_a_full_disk_loses_nothing_and_heals_when_there_is_room(small_disk: Path) -> None:
    with run_module("tests.fault.journal_full", small_disk, "ballast") as run:
        assert run.wait(25) == 0


def test_a_damaged_journal_is_kept_aside_and_a_fresh_one_taken(tmp_path: Path) -> None:
    path = tmp_path / "revo.db"
    with run_module("tests.fault.journal_writer", path) as writer:
        assert writer.stdout is not None
        for _ in range(2_000):
            writer.stdout.readline()
        writer.kill()
    started = start_journal(path, 0)  # folds the log into the file
    started.reader.close()
    started.journal.close()
    damaged = bytearray(path.read_bytes())
    chooser = random.Random(7)  # noqa: S311 - chooses bytes to break, no secret
    for _ in range(200):
        damaged[chooser.randrange(100, len(damaged))] ^= 0xFF
    path.write_bytes(damaged)
    again = start_journal(path, 0)
    assert again.loaded.live == ()
    assert again.aside is not None
    assert len(again.aside.read_bytes()) >= len(damaged)
    again.reader.close()
    again.journal.close()
