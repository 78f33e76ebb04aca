import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revo_edge.engines.recall import schema, text
from revo_edge.engines.recall.query import MOST_TERMS, parse


@pytest.fixture(scope="module")
def index() -> Iterator[sqlite3.Connection]:
    """The real index with a few texts."""
    db = sqlite3.connect(":memory:")
    db.executescript(schema.full_text(text.TEXT))
    texts = [
        "the café by the sea",
        "日本語のテキスト",
        "near and or not",
        "שלום עולם",
        "to be or not",
    ]
    for seq, body in enumerate(texts):
        columns = text.text_columns("", body, None)
        db.execute(
            "INSERT INTO fts_text(rowid, title, text, days) VALUES (?, ?, ?, ?)", (seq, *columns)
        )
    yield db
    db.close()


def found(index: sqlite3.Connection, query: str) -> list[int]:
    match = parse(query).match()
    if not match:
        return []
    sql = "SELECT rowid FROM fts_text WHERE fts_text MATCH ? ORDER BY rank"
    return [row[0] for row in index.execute(sql, (match,))]


@pytest.mark.parametrize(
    ("query", "seq"),
    [
        ("Cafe", 0),
        ("日本語", 1),
        ("テキスト", 1),
        ("NEAR(", 2),
        ("עולם", 3),
        ("to be or not to be", 4),
    ],
)
def test_the_right_text_is_first(index: sqlite3.Connection, query: str, seq: int) -> None:
    assert found(index, query)[0] == seq


@pytest.mark.parametrize(
    "query",
    ["", "   ", '"', "'; DROP TABLE items; --", "a* OR ^b", "col:x -y {", "\ud800", "\x00", "(("],
)
def test_nothing_in_a_query_is_syntax(index: sqlite3.Connection, query: str) -> None:
    found(index, query)


@settings(max_examples=200, deadline=None)
@given(query=st.text(max_size=200))
def test_any_query_is_valid(index: sqlite3.Connection, query: str) -> None:
    found(index, query)


def test_stop_words_go_unless_there_is_nothing_else() -> None:
    assert parse("what is the answer").terms == ("answer",)
    assert parse("what is it").terms == ("what", "is", "it")


def test_identifiers_are_asked_whole_and_in_parts() -> None:
    assert parse("readFile_fast").terms == ("readfile", "fast", "read", "file")


def test_ten_thousand_words_become_few_terms_and_keep_what_repeats() -> None:
    asked = parse(" ".join(f"word{n}" for n in range(10_000)) + " topic topic")
    assert len(asked.terms) == MOST_TERMS
    assert "topic" in asked.terms


def test_a_phrase_counts_beside_its_words() -> None:
    asked = parse('who read "Charlotte\'s Web"')
    assert asked.phrases == ("charlotte s web",)
    assert "web" in asked.terms


def test_days_are_asked_as_they_are_indexed() -> None:
    assert "d20230507" in parse("what happened on 7 May 2023").terms
    assert parse("when did it happen").asks_when
