import pytest

from revo_edge.contract.recall import Filter, ItemKind
from revo_edge.engines.recall import filters, neighbours
from revo_edge.engines.recall.rows import Row
from revo_edge.engines.recall.schema import KIND_NUMBER, KINDS
from tests.unit.engines.recall.memory import Memory


def test_every_kind_has_a_number_that_stays() -> None:
    assert {*KINDS, ItemKind.UNKNOWN} == set(ItemKind)
    assert [KIND_NUMBER[kind] for kind in KINDS] == [0, 1, 2, 3]
    assert [kind.value for kind in KINDS] == ["note", "code", "conversation", "document"]


def test_a_row_has_the_columns_of_the_table(memory: Memory) -> None:
    columns = [row[1] for row in memory.writer._db.execute("PRAGMA table_info(version)")]
    assert list(Row.__struct_fields__) == columns


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (Filter(tags=("t",)), "label"),
        (Filter(metadata={"a": 1}), "label"),
        (Filter(session="s"), "version_session"),
        (Filter(path="/a"), "version_path"),
        (Filter(since=1.0), "version_moment"),
        (Filter(namespaces=("n",)), "version_namespace"),
    ],
)
def test_a_filter_finds_an_index(memory: Memory, wanted: Filter, index: str) -> None:
    memory.put("one", namespace="n")
    db = memory.writer._db
    where = filters.where(db, wanted)
    plan = f"EXPLAIN QUERY PLAN SELECT count(*) FROM version WHERE {where.sql}"  # noqa: S608 - a condition of the package
    steps = " ".join(row[-1] for row in db.execute(plan, where.values))
    assert index in steps


@pytest.mark.parametrize(
    ("rest", "index"),
    [
        ("seq < 9 AND valid_to IS NULL ORDER BY seq DESC LIMIT 9", "INTEGER PRIMARY KEY"),
        (f"{neighbours._IN_SESSION} AND turn < ? ORDER BY turn DESC, seq DESC", "version_session"),
        ("hash = ? AND valid_to IS NULL AND namespace = ?", "version_hash"),
        ("file = ? AND valid_to IS NULL ORDER BY seq DESC", "version_file"),
        ("expires_at <= ? ORDER BY moment, seq LIMIT 9", "version_expires"),
        ("id = ? ORDER BY version DESC", "sqlite_autoindex_version_1"),
    ],
)
def test_what_the_services_ask_finds_an_index(memory: Memory, rest: str, index: str) -> None:
    plan = f"EXPLAIN QUERY PLAN SELECT text FROM version WHERE {rest}"  # noqa: S608 - a condition of this file
    found = memory.writer._db.execute(plan, (None,) * rest.count("?"))
    assert index in " ".join(row[-1] for row in found)
