from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revo_edge.contract.codec import encode
from revo_edge.contract.tasks import ItemResult, TaskState
from revo_edge.errors import Conflict, InternalError
from revo_edge.store.journal import DAY_S, Journal, merge_ranges, to_ranges
from revo_edge.store.journal_read import JournalReader
from revo_edge.store.writes import (
    DropChildren,
    DropTask,
    Prune,
    PutAudit,
    PutReply,
    PutStarts,
    UpdateTask,
    Write,
)
from tests.unit.store.rows import children, ended, info, put


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "revo.db")
    yield journal
    journal.close()


@pytest.fixture
def reader(journal: Journal) -> Iterator[JournalReader]:
    reader = JournalReader(journal.path)
    yield reader
    reader.close()


def count(journal: Journal, table: str) -> int:
    (found,) = journal._db.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - a name of this file
    return int(found)


def test_lists_are_written_all_or_none(journal: Journal, reader: JournalReader) -> None:
    journal.apply([[put("A")]])
    with pytest.raises(Conflict, match="fresh key"):
        journal.apply([[put("B"), children("B", 0)], [put("A")]])
    assert reader.task("B") is None
    journal.apply([[put("B")], [put("C")]])
    assert reader.task("B") is not None


def test_what_cannot_be_written_is_an_error_and_the_next_write_works(journal: Journal) -> None:
    with pytest.raises(InternalError, match="Report it"):
        journal.apply([[put("A"), PutReply("k", "m", "h", b"", 1 << 70)]])
    journal.apply([[put("A")]])
    assert count(journal, "task") == 1


def test_a_task_that_runs_again_loses_its_result(journal: Journal, reader: JournalReader) -> None:
    outcome = ItemResult(0, blob="b" * 64)
    journal.apply([[put("A"), ended("A", 20.0, outcome)]])
    assert reader.result("A") == outcome
    journal.apply([[UpdateTask(info("A", TaskState.CANCELLED), ())]])
    assert reader.result("A") == outcome
    journal.apply([[UpdateTask(info("A"), ())]])
    assert reader.result("A") is None
    assert reader.blobs_in_use() == set()


def test_dropping_children_takes_those_below_and_no_neighbour(
    journal: Journal, reader: JournalReader
) -> None:
    owners = ["A", "A/0", "A/0/7", "A-1", "A-1/0", "A0"]
    writes: list[Write] = [put("A"), put("A-1"), put("A0")]
    for owner in owners:
        writes += [children(owner, 0), PutStarts(owner, 3)]
    journal.apply([writes, [DropChildren("A")]])
    left = [owner for owner in owners if reader.children(owner, 0, 10).results]
    assert left == ["A-1", "A-1/0", "A0"]
    assert count(journal, "child_start") == 3


def test_a_dropped_task_leaves_a_tombstone_only(journal: Journal, reader: JournalReader) -> None:
    journal.apply([[put("A"), children("A", 0), PutStarts("A", 1)], [DropTask("A", until=50.0)]])
    tables = ("task", "asked", "children", "child_start")
    assert [count(journal, table) for table in tables] == [0, 0, 0, 0]
    assert reader.tombstone("A")


def test_late_outcomes_of_a_dropped_task_are_not_kept(journal: Journal) -> None:
    journal.apply([[put("A")], [DropTask("A", until=50.0)], [children("A", 0)]])
    assert count(journal, "children") == 0


def test_pruning_drops_what_is_too_old_and_keeps_what_lives(
    journal: Journal, reader: JournalReader
) -> None:
    now = 100 * DAY_S
    journal.apply(
        [
            [put("old"), children("old", 0), ended("old", now - 31 * DAY_S)],
            [put("young"), ended("young", now - 29 * DAY_S), put("live")],
            [DropTask("gone", now - 1), DropTask("just", now + 1)],
            [PutReply("k1", "m", "h", b"r", now - DAY_S - 1), PutReply("k2", "m", "h", b"r", now)],
            [PutAudit(now - 91 * DAY_S, "me", "m", None, "h", "ok")],
            [PutAudit(now - 89 * DAY_S, "me", "m", "k", "h", "ok")],
        ]
    )
    journal.apply([[Prune(now, keep_days=30)]])
    assert [name for name in ("old", "young", "live") if reader.task(name)] == ["young", "live"]
    assert count(journal, "children") == 0
    assert (reader.tombstone("gone"), reader.tombstone("just")) == (False, True)
    assert (reader.reply("k1") is None, reader.reply("k2") is None) == (True, False)
    assert count(journal, "audit") == 1


@given(st.lists(st.integers(0, 60)))
def test_ranges_hold_exactly_the_indexes(indexes: list[int]) -> None:
    ranges = to_ranges(indexes)
    held = [index for first, last in ranges for index in range(first, last + 1)]
    assert held == sorted(set(indexes))
    assert all(right[0] - left[1] > 1 for left, right in pairwise(ranges))


@given(st.lists(st.lists(st.integers(0, 60))))
def test_merging_batches_equals_one_batch(batches: list[list[int]]) -> None:
    merged = merge_ranges(pair for batch in batches for pair in to_ranges(batch))
    assert merged == to_ranges(index for batch in batches for index in batch)


def test_a_row_keeps_the_values_byte_for_byte(journal: Journal, reader: JournalReader) -> None:
    big = put("A", params=encode({"inputs": list(range(1000))}))
    journal.apply([[big]])
    row = reader.task("A")
    assert row is not None
    assert (row.info, row.spec, row.params, row.story) == (
        big.info,
        big.spec,
        big.params,
        big.story,
    )
