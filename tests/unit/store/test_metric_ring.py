"""The ring of minutes: never larger than a day, and nothing in it can do harm."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from revo_edge.contract.history import KEPT_MINUTES, Minute, Stat
from revo_edge.store.metric_ring import SLOT_BYTES, MetricRing
from tests.harness import REPOSITORY

AT = 1_800_000_000
DAY = KEPT_MINUTES * 60


@pytest.fixture
def ring(tmp_path: Path) -> MetricRing:
    return MetricRing(tmp_path / "metrics.ring")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "metrics.ring"


def minute(number: int = 0, value: float = 1.0) -> Minute:
    return Minute(AT + 60 * number, {"host": ((value, 0.5, 2.0), None), "self": (None,) * 18})


numbers = st.floats(width=32, allow_nan=False)
stats = st.lists(st.one_of(st.none(), st.tuples(numbers, numbers, numbers)), max_size=30)
sources = st.dictionaries(st.text(min_size=1, max_size=12), stats.map(tuple), max_size=6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sources)
def test_what_was_written_is_read(
    ring: MetricRing, sources: dict[str, tuple[Stat | None, ...]]
) -> None:
    written = Minute(AT, sources)
    assert ring.write(written) == []
    assert ring.read(AT, AT) == [written]


def test_a_file_that_nobody_has_written_is_empty_and_private_once_it_is(
    ring: MetricRing, file: Path
) -> None:
    assert ring.read(AT, AT + 600) == []
    assert not file.exists()
    ring.write(minute())
    assert file.stat().st_mode & 0o777 == 0o600


def test_gaps_are_left_out_and_a_day_later_the_slot_is_taken_again(ring: MetricRing) -> None:
    ring.write(minute(0))
    ring.write(minute(7))
    assert [found.at for found in ring.read(AT, AT + 900)] == [AT, AT + 420]
    ring.write(minute(KEPT_MINUTES, 9.0))
    assert ring.read(AT, AT) == []
    assert ring.read(AT + DAY, AT + DAY) == [minute(KEPT_MINUTES, 9.0)]


def test_the_file_never_grows_beyond_a_day(ring: MetricRing, file: Path) -> None:
    for number in range(0, 3 * KEPT_MINUTES, 7):
        ring.write(minute(number))
    assert file.stat().st_size <= (KEPT_MINUTES + 1) * SLOT_BYTES


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 80), st.binary(min_size=1, max_size=20))
def test_a_torn_slot_is_a_gap_and_its_neighbours_stay(
    ring: MetricRing, file: Path, offset: int, noise: bytes
) -> None:
    for number in range(3):
        ring.write(minute(number))
    with file.open("r+b") as damaged:
        damaged.seek((1 + (AT // 60 + 1) % KEPT_MINUTES) * SLOT_BYTES + offset)
        damaged.write(noise)
    found = ring.read(AT, AT + 120)
    assert [one for one in found if one.at != AT + 60] == [minute(0), minute(2)]
    assert all(one == minute(1) for one in found if one.at == AT + 60)
    ring.write(minute(1))
    assert len(ring.read(AT, AT + 120)) == 3


@pytest.mark.parametrize("damage", [b"", b"\0" * 9_000, b"revo metrics 2\n", b"SQLite format 3\0"])
def test_a_file_of_something_else_is_begun_anew(
    ring: MetricRing, file: Path, damage: bytes
) -> None:
    file.write_bytes(damage)
    assert ring.read(AT, AT + 600) == []
    ring.write(minute())
    assert ring.read(AT - 600, AT + 600) == [minute()]


def test_a_file_cut_in_the_middle_of_a_slot_keeps_what_is_whole(
    ring: MetricRing, file: Path
) -> None:
    first = -(AT // 60) % KEPT_MINUTES  # so that the slots come one after another
    for number in range(first, first + 3):
        ring.write(minute(number))
    os.truncate(file, 3 * SLOT_BYTES + 50)
    found = ring.read(AT + 60 * first, AT + 60 * (first + 2))
    assert found == [minute(first), minute(first + 1)]


def test_a_folder_in_its_place_reads_as_nothing_and_says_why_it_cannot_be_written(
    ring: MetricRing, file: Path
) -> None:
    file.mkdir()
    assert ring.read(AT, AT) == []
    with pytest.raises(IsADirectoryError):
        ring.write(minute())


def test_engines_that_find_no_room_are_named(ring: MetricRing) -> None:
    every: dict[str, tuple[Stat | None, ...]] = {
        f"engine{n:02}": ((1.0, 1.0, 1.0),) * 19 for n in range(20)
    }
    left_out = ring.write(Minute(AT, every))
    (found,) = ring.read(AT, AT)
    assert 12 <= len(found.sources) < 20
    assert sorted([*found.sources, *left_out]) == sorted(every)


WRITER = """
import sys
from pathlib import Path
from revo_edge.store.metric_ring import MetricRing
from tests.unit.store.test_metric_ring import minute
ring, number = MetricRing(Path(sys.argv[1])), 0
while True:
    ring.write(minute(number % 1000, float(number)))
    number += 1
    if number == 50:
        print("writing", flush=True)
"""


def test_a_writer_that_is_killed_leaves_whole_minutes(ring: MetricRing, file: Path) -> None:
    for _ in range(5):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(file)],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == "writing\n"
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        found = ring.read(AT, AT + DAY - 60)
        assert len(found) >= 49, "at most the one that was being written is missing"
        for one in found:
            assert one.sources["self"] == (None,) * 18
        file.unlink()
