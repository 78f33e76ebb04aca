from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revo_edge.contract.codec import encode
from revo_edge.contract.events import QueueInfo
from revo_edge.contract.task_requests import TaskList
from revo_edge.contract.tasks import ItemResult, TaskSpec, TaskState
from revo_edge.errors import Unavailable
from revo_edge.store.journal import STEPS, Journal
from revo_edge.store.journal_read import PAGE_BYTES, JournalReader, Recorded
from revo_edge.store.sqlite import open_database
from revo_edge.store.writes import (
    DropChildren,
    DropGroup,
    PutChildren,
    PutGroup,
    PutQueue,
    PutReply,
    PutStarts,
    task_hash,
)
from tests.unit.store.rows import children, ended, put


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journal]:
    journal = Journal(tmp_path_factory.mktemp("journal") / "revo.db")
    yield journal
    journal.close()


@pytest.fixture(scope="module")
def reader(journal: Journal) -> Iterator[JournalReader]:
    reader = JournalReader(journal.path)
    yield reader
    reader.close()


@pytest.fixture(autouse=True)
def _empty(journal: Journal) -> None:
    for table in ("task", "children", "child_start", "queue", "worker_group", "reply"):
        journal._db.execute(f"DELETE FROM {table}")  # noqa: S608 - a name from the line above


def test_load_gives_what_a_scheduler_goes_on_from(journal: Journal, reader: JournalReader) -> None:
    journal.apply(
        [
            [put("B"), put("A"), put("C"), put("D"), put("E"), put("A0")],
            [ended("C", 30.0), ended("D", 20.0), ended("E", 10.0)],
            [children("A", 4, 5), children("A", 6, 1, failed=True), children("A/2", 0)],
            [children("A0", 0, failed=True)],
            [PutStarts("A", 1), PutStarts("A", 9), PutStarts("A/2", 1), PutStarts("C", 1)],
            [PutQueue(QueueInfo("q", paused=True)), PutGroup(7, 70), PutGroup(8, 80)],
            [DropGroup(7, 70)],
        ]
    )
    loaded = reader.load(history=2)
    assert [task.row.info.id for task in loaded.live] == ["B", "A", "A0"]
    assert [info.id for info in loaded.finished] == ["D", "C"]
    assert loaded.live[0].children == Recorded()
    assert loaded.live[1].children == Recorded(((1, 1), (4, 6)), 2, (9,))
    assert loaded.live[1].nested == {"A/2": Recorded(((0, 0),), 0, (1,))}
    assert loaded.live[2].children == Recorded(((0, 0),), 1)
    assert loaded.queues == (QueueInfo("q", paused=True),)
    assert loaded.groups == ((8, 80),)


def test_tasks_are_paged_newest_first(journal: Journal, reader: JournalReader) -> None:
    journal.apply([[put(f"T{number:02}") for number in range(25)]])
    query, seen = TaskList(limit=10), []
    while True:
        page = reader.tasks(query)
        seen += [info.id for info in page.tasks]
        if page.cursor is None:
            break
        query = msgspec.structs.replace(query, cursor=page.cursor)
    assert seen == [f"T{number:02}" for number in reversed(range(25))]


def test_tasks_are_filtered(journal: Journal, reader: JournalReader) -> None:
    journal.apply([[put("AA"), put("AB"), put("B")], [ended("AB", 20.0)]])

    def ids(query: TaskList) -> list[str]:
        return [info.id for info in reader.tasks(query).tasks]

    assert ids(TaskList(prefix="A")) == ["AB", "AA"]
    assert ids(TaskList(states=(TaskState.SUCCEEDED, TaskState.FAILED))) == ["AB"]
    assert ids(TaskList(states=(TaskState.QUEUED,))) == ["B", "AA"]
    assert ids(TaskList(kind="parallel.analyze")) == []
    assert ids(TaskList(kind="parallel.map", queue="default", limit=1)) == ["B"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 7), max_size=8), st.integers(1, 9))
def test_children_are_read_in_the_order_of_commit_whatever_the_page(
    journal: Journal, reader: JournalReader, sizes: list[int], limit: int
) -> None:
    journal.apply([[DropChildren("A"), DropChildren("B")]])
    if reader.task("A") is None:
        journal.apply([[put("A"), put("B")]])
    total = 0
    for size in sizes:
        journal.apply([[children("A", *range(total, total + size)), children("B", total)]])
        total += size
    seen: list[int] = []
    cursor, more = 0, True
    while more:
        results, cursor, more = reader.children("A", cursor, limit)
        assert len(results) <= limit
        seen += [result.index for result in results]
    assert seen == list(range(total))
    journal.apply([[children("A", total)]])
    assert [result.index for result in reader.children("A", cursor, limit).results] == [total]


def test_a_page_of_large_children_ends_early(journal: Journal, reader: JournalReader) -> None:
    value = msgspec.Raw(encode(b"x" * 300_000))
    results = tuple(ItemResult(index, value=value) for index in range(10))
    journal.apply([[put("A"), PutChildren("A", "A", results)]])
    page = reader.children("A", 0, 1000)
    assert PAGE_BYTES <= sum(len(memoryview(item.value)) for item in page.results) < 2 * PAGE_BYTES
    assert page.more
    rest = reader.children("A", page.next_cursor, 1000)
    assert rest.results[0].index == len(page.results)


def test_a_key_is_known_by_its_hash(journal: Journal, reader: JournalReader) -> None:
    spec = TaskSpec("parallel.map", params={"a": 1})
    journal.apply([[put("A", spec=spec, params=b"p"), PutReply("K", "queue.pause", "h", b"r", 1)]])
    assert reader.key_hash("A") == task_hash(spec, b"p")
    assert reader.key_hash("B") is None
    assert reader.reply("K") == ("queue.pause", "h", b"r")
    assert reader.reply("L") is None


def test_blobs_in_use_are_those_that_rows_name(journal: Journal, reader: JournalReader) -> None:
    child = PutChildren("A", "A", (ItemResult(0), ItemResult(1, blob="c" * 64)))
    spec = TaskSpec("parallel.map", params_blob="a" * 64)
    result = ItemResult(0, blob="b" * 64)
    journal.apply([[put("A", spec=spec), child, ended("A", 20.0, result)]])
    assert reader.blobs_in_use() == {"a" * 64, "b" * 64, "c" * 64}


def test_spent_blobs_are_named_by_ended_tasks_of_the_kinds_only(
    journal: Journal, reader: JournalReader
) -> None:
    own, shared = "a" * 64, "b" * 64
    for task_id, digest in (("A", own), ("B", shared)):
        spec = TaskSpec("parallel.map", params_blob=digest)
        journal.apply([[put(task_id, spec=spec), ended(task_id, 20.0)]])
    journal.apply([[put("C", spec=TaskSpec("parallel.map", params_blob=shared))]])
    done = (TaskState.SUCCEEDED,)
    assert reader.spent_blobs(["parallel.map"], done) == {own}
    assert reader.spent_blobs(["other.kind"], done) == set()
    assert reader.spent_blobs(["parallel.map"], (TaskState.FAILED,)) == set()
    assert reader.spent_blobs([], done) == set()


def test_what_is_not_there_is_none(reader: JournalReader) -> None:
    assert (reader.task("X"), reader.result("X"), reader.tombstone("X")) == (None, None, False)
    assert reader.children("X", 0, 10) == ((), 0, False)


def test_a_journal_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="Check that"):
        JournalReader(tmp_path / "none.db")


def test_tasks_of_a_group_are_found_also_in_a_journal_from_before_groups(tmp_path: Path) -> None:
    path = tmp_path / "revo.db"
    old = open_database(path, STEPS[:1]).db
    row = put("old")
    old.execute(
        "INSERT INTO task (id, kind, queue, state, created_at, params_hash, info, story)"
        " VALUES ('old', 'parallel.map', 'default', 'queued', 1.0, '', ?, ?)",
        (encode(row.info), encode(row.story)),
    )
    old.execute("INSERT INTO asked (seq, spec) VALUES (1, ?)", (encode(row.spec),))
    old.close()
    journal = Journal(path)
    for name in ("g", "h", None):
        new = put(f"in-{name}")
        grouped = msgspec.structs.replace(new.info, group=name)
        journal.apply([[replace(new, info=grouped)]])
    reader = JournalReader(path)
    found = {info.id: info.group for info in reader.grouped(())}
    assert found == {"in-g": "g", "in-h": "h"}
    assert [info.id for info in reader.grouped(["h", "nobody"])] == ["in-h"]
    assert [info.id for info in reader.tasks(TaskList(group="g")).tasks] == ["in-g"]
    assert len(reader.tasks(TaskList()).tasks) == 4
    assert len(reader.load(9).live) == 4
    reader.close()
    journal.close()
